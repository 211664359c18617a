"""Payments carried out from their content as JSON, for approvals: at once within a limit, or by a second person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations import TypeCatalogue, Types

from . import store
from .actions import register
from .credit_model import CreditNoteRequest, WriteOffsRequest
from .crediting import credit_note
from .effects import join_effects
from .model import (
    AssignRequest,
    Effect,
    PaymentRequest,
    RefundRequest,
    TakeBackRequest,
    TransferRequest,
    WriteOffRequest,
)
from .receipts import assign_receipts, get_receipt
from .reversing import reject_payment, reverse_credit_note, reverse_write_off
from .settling import EffectAnswer, refund, transfer, write_off
from .shapes import AssignedShape, EffectShape, RegisteredShape, assigned_shape, effect_shape, registered_shape

R = TypeVar(
    "R", AssignRequest, CreditNoteRequest, PaymentRequest, RefundRequest, TakeBackRequest, TransferRequest, WriteOffRequest,
    WriteOffsRequest,
)  # fmt: skip
Action = Callable[..., Awaitable[Sequence[EffectAnswer]]]


def content_of(request: object) -> dict[str, Any]:
    """A request as JSON that says all of it, and nothing of who asks: that is the proposal's."""
    content: dict[str, Any] = msgspec.to_builtins(request, str_keys=True)
    return {name: value for name, value in content.items() if name not in ("actor", "key", "fingerprint", "late")}


def _read(content: Mapping[str, object], shape: type[R], context: ExecutionContext) -> R:
    asked = {**content, "actor": context.actor, "late": context.posts_late}
    return msgspec.convert(asked, shape, strict=False, str_keys=True)


async def types_of(context: ExecutionContext) -> Types:
    """The operation types, as the application gives them."""
    catalogue = context.extra["types"]
    assert isinstance(catalogue, TypeCatalogue), "the application gives its catalogue"
    return await catalogue.get()


def _executor(action: Action, shape: type[R]) -> Executor:
    """Carries out an action of one account or two, and tells its effect."""

    async def execute(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> EffectShape:
        request = _read(content, shape, context)
        answers = await action(conn, [request], await types_of(context), today=context.today)
        return await _told(conn, answers)

    return execute


async def _told(conn: Connection, answers: Sequence[EffectAnswer]) -> EffectShape:
    """The effect of requests that are done together; refuses what any of them refused."""
    if refusals := [refusal for one in answers if isinstance(one, tuple) for refusal in one]:
        raise Refused(refusals)
    effect = join_effects([one for one in answers if isinstance(one, Effect)])
    parties = await store.parties_of(conn, sorted({one.account_id for one in effect.touched}))
    return effect_shape(effect, {party.account_id: party.code for party in parties.values()})


async def execute_write_off(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> EffectShape:
    """Write a debit off, or several together."""
    if "amounts" not in content:
        one = _read(content, WriteOffRequest, context)
        return await _told(conn, await write_off(conn, [one], await types_of(context), today=context.today))
    all_of = _read(content, WriteOffsRequest, context)
    requests = [
        WriteOffRequest(
            all_of.account_id,
            number,
            all_of.actor,
            all_of.reason,
            amount,
            all_of.on,
            all_of.comment,
            context.posts_late,
        )
        for number, amount in all_of.amounts.items()
    ]
    return await _told(conn, await write_off(conn, requests, await types_of(context), today=context.today))


async def execute_payment(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> RegisteredShape:
    """Register a payment."""
    request = _read(content, PaymentRequest, context)
    types, new = await types_of(context), request.payment
    (answer,) = await register(conn, [request], types, today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    parties = await store.parties_of(conn, [new.account_id])
    code = parties[new.account_id].code if parties else str(new.account_id)
    return registered_shape(answer, new.type_code, new.amount, code, new.currency or "")


async def execute_assignment(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> AssignedShape:
    """Register a part of a receipt as a payment."""
    request = _read(content, AssignRequest, context)
    (answer,) = await assign_receipts(conn, [request], await types_of(context), today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    parties = await store.parties_of(conn, [request.account_id])
    code = parties[request.account_id].code if parties else str(request.account_id)
    return assigned_shape(answer, await get_receipt(conn, request.receipt_id), code)


EXECUTORS: Mapping[str, Executor] = {
    "payment": execute_payment,
    "refund": _executor(refund, RefundRequest),
    "rejection": _executor(reject_payment, TakeBackRequest),
    "write_off": execute_write_off,
    "write_off_reversal": _executor(reverse_write_off, TakeBackRequest),
    "credit_note": _executor(credit_note, CreditNoteRequest),
    "credit_note_reversal": _executor(reverse_credit_note, TakeBackRequest),
    "transfer": _executor(transfer, TransferRequest),
    "receipt_assignment": execute_assignment,
}
"""By kind of action."""
