"""Operations made by hand, as approvals carry them out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from .actions import post
from .model import NewOperation, Posted, PostRequest
from .payment_terms import by_terms
from .rules import NOT_MANUAL, check_not_ahead_of
from .types import TypeCatalogue, Types

KIND = "manual_operation"


def manual_content(new: NewOperation, reason: str | None = None) -> dict[str, object]:
    """The content of a `manual_operation`."""
    return {"operation": msgspec.to_builtins(new), "reason": reason}


async def types_of(context: ExecutionContext) -> Types:
    """The operation types, as the application gives them."""
    catalogue = context.extra["types"]
    assert isinstance(catalogue, TypeCatalogue), "the application gives its catalogue"
    return await catalogue.get()


async def post_manual(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> Posted:
    """Post an operation made by hand; gives its number.

    Refuses: manual_creation_disallowed, dated_in_future, what posting refuses.
    """
    catalogue = context.extra["types"]
    assert isinstance(catalogue, TypeCatalogue), "the application gives its catalogue"
    new = msgspec.convert(content["operation"], NewOperation)
    types = await catalogue.get([new.type_code])
    kind = types.by_code.get(new.type_code)
    if kind is not None and not kind.manual_creation:
        raise Refused(refuse(NOT_MANUAL, "{type_code} is not created by hand", type_code=new.type_code, field="type"))
    reason = msgspec.convert(content.get("reason"), str | None)
    (new,) = await by_terms(conn, (new,), types)
    if refusals := check_not_ahead_of(new, context.today):
        raise Refused(refusals)
    (answer,) = await post(conn, [PostRequest((new,), context.actor, reason, late=context.posts_late)], types)
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


EXECUTORS: Mapping[str, Executor] = {KIND: post_manual}
