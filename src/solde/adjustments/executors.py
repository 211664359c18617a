"""Adjustments carried out from their content as JSON: at once within a limit, or by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations.executors import types_of
from solde.payments.store import parties_of

from .actions import adjust
from .card_adjustments import adjust_by_card
from .model import LEDGER_TYPES, AdjustmentRequest, AdjustmentType
from .shapes import AdjustmentShape, adjustment_shape
from .store import find_adjustment


def content_of(request: AdjustmentRequest) -> dict[str, Any]:
    """A request as JSON that says all of it, but not who asks: that is the proposal's."""
    content: dict[str, Any] = msgspec.to_builtins(request)
    return {name: value for name, value in content.items() if name not in ("actor", "late")}


async def execute_adjustment(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> AdjustmentShape:
    """Carry out a transaction of the wizard."""
    asked = {**content, "actor": context.actor, "late": context.posts_late}
    request = msgspec.convert(asked, AdjustmentRequest, strict=False)
    (answer,) = await adjust(conn, [request], await types_of(context), today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    return await told(conn, answer.account_id, answer.number)


async def told(conn: Connection, account_id: int, number: int) -> AdjustmentShape:
    """An adjustment just written, as JSON shows it."""
    found = await find_adjustment(conn, account_id, number)
    assert found is not None, "just written"
    parties = await parties_of(conn, [account_id])
    return adjustment_shape(found, parties[account_id].code if parties else str(account_id))


async def execute_by_card(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> AdjustmentShape:
    """Write down what the gateway shall be asked; it is asked when that is committed, or by the janitor."""
    request = msgspec.convert({**content, "actor": context.actor}, AdjustmentRequest, strict=False)
    names = context.extra.get("gateway")
    assert isinstance(names, tuple), "the application gives its name and its merchant"
    made = await adjust_by_card(conn, request, names, today=context.today, now=context.now)
    return await told(conn, made.account_id, made.number)


EXECUTORS: Mapping[str, Executor] = {
    kind.kind: execute_adjustment if kind in LEDGER_TYPES else execute_by_card for kind in AdjustmentType
}
"""By kind of action."""
