"""The actions that settle operations, described for every face."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from solde.access import Permission
from solde.actions.action import Action, Button, Route, Run, Settle, Several, Suggestion, Words
from solde.actions.rows import AVAILABLE, CREDIT, DEBIT, NOT_DEPOSIT, NOT_REVERSED, ONE
from solde.actions.subjects import Subject
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused
from solde.operations import Side
from solde.operations.descriptions import OPERATION
from solde.operations.executors import types_of

from . import rules, store
from .credit_parts import wished_amount
from .crediting import credit_note, find_rooms
from .effects import find_item, join_effects
from .model import Effect
from .requests import (
    CreditNoteRequest,
    CreditNoteReversalRequest,
    RefundRequest,
    RejectionRequest,
    TransferRequest,
    WriteOffRequest,
    WriteOffReversalRequest,
    WriteOffsRequest,
)
from .reversing import reject_payment, reverse_credit_note, reverse_write_off
from .settling import EffectAnswer, refund, transfer, write_off
from .shapes import EffectShape, effect_shape

Batch = Callable[..., Awaitable[Sequence[EffectAnswer]]]


def effect_of(batch: Batch) -> Run:
    """Carries requests of a batch function out, all or none, and tells what they did together."""

    async def run(conn: Connection, requests: Sequence[Any], context: ExecutionContext) -> EffectShape:
        answers = await batch(conn, requests, await types_of(context), today=context.today)
        if refusals := [refusal for one in answers if isinstance(one, tuple) for refusal in one]:
            raise Refused(refusals)
        effect = join_effects([one for one in answers if isinstance(one, Effect)])
        parties = await store.parties_of(conn, sorted({one.account_id for one in effect.touched}))
        return effect_shape(effect, {party.account_id: party.code for party in parties.values()})

    return run


def all_available(side: Side | None, number_of: Callable[[Any], int] = lambda request: request.number) -> Settle:
    """Without an amount all that is available of an operation of this side (None: either)."""

    async def settle(conn: Connection, request: Any, context: ExecutionContext) -> tuple[Any, Decimal]:
        if request.amount is not None:
            return request, request.amount
        number, types = number_of(request), await types_of(context)
        item = await find_item(conn, request.account_id, number)
        if (bad := rules.check_settled(number, side, item, None, types.deposit_ids)) is not None:
            raise Refused(bad)
        return msgspec.structs.replace(request, amount=item.available), item.available

    return settle


async def all_creditable(
    conn: Connection, request: CreditNoteRequest, context: ExecutionContext
) -> tuple[CreditNoteRequest, Decimal]:
    """Without an amount all that may still be credited of an invoice."""
    item, types = await find_item(conn, request.account_id, request.number), await types_of(context)
    if (bad := rules.check_credit(request.number, item, types.by_id[item.type_id])) is not None:
        raise Refused(bad)
    key = (request.account_id, request.number)
    room = (await find_rooms(conn, {key: item}, types))[key]
    wished = wished_amount(request.amount, request.net, request.tax)
    amount = rules.credited_amount(request.number, room, wished)
    if isinstance(amount, Refusal):
        raise Refused(amount)
    return msgspec.structs.replace(request, amount=amount), amount


async def whole(conn: Connection, request: Any, _: ExecutionContext) -> tuple[Any, Decimal]:
    """What is reversed is reversed wholly: as large as the operation."""
    return request, (await find_item(conn, request.account_id, request.number)).amount


async def all_named(
    _conn: Connection, request: WriteOffsRequest, _: ExecutionContext
) -> tuple[WriteOffsRequest, Decimal]:
    """Together as large as the amounts named."""
    return request, sum(request.amounts.values(), Decimal(0))


async def suggest_available(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """All that is available of the operation."""
    return Suggestion({"amount": (await find_item(conn, subject.account_id, subject.number)).available})


async def suggest_creditable(conn: Connection, subject: Subject, context: ExecutionContext) -> Suggestion:
    """All that may be credited of the invoice, and what stands in the way of more."""
    key, types = (subject.account_id, subject.number), await types_of(context)
    room = (await find_rooms(conn, {key: await find_item(conn, *key)}, types))[key]
    notes = (
        ("{amount} is credited already.", room.credited),
        ("{amount} was written off or transferred and is not credited.", room.given_up),
        ("{amount} is in litigation: update or remove that to credit it.", room.disputed),
    )
    said = tuple((text, {"amount": amount}) for text, amount in notes if amount)
    return Suggestion({"amount": room.free} if room.free > 0 else {}, said)


_ONE_DEBIT = ("debit", "!credit")
_REVERSED = "What it settled is open again, and its opposite settles it: both stay in the list."

REFUND = Action(
    kind="refund",
    words=Words("Refund", "Refund", "Refunded"),
    permission=Permission.REFUNDS,
    at=OPERATION,
    button=Button(
        icon="undo-2",
        shown=("credit", "!debit"),
        wants=(CREDIT, *AVAILABLE, ("!write_off", "A write-off is no money to give back")),
        one=ONE,
        key="r",
    ),
    route=Route(
        tag="Payments",
        path="refunds",
        example={"credit": 7, "amount": "40.00", "method": "WIRETRANSFER", "reason": "paid twice"},
    ),
    request=RefundRequest,
    run=effect_of(refund),
    gives=EffectShape,
    settle=all_available(Side.CREDIT, lambda request: request.credit_number),
    suggest=suggest_available,
)

TRANSFER = Action(
    kind="transfer",
    words=Words("Transfer", "Transfer to another account", "Transferred"),
    permission=Permission.TRANSFERS,
    at=OPERATION,
    button=Button(icon="external-link", wants=AVAILABLE, one=ONE, key="t"),
    route=Route(tag="Payments", example={"to": "EX-002", "reason": "paid to the wrong account", "amount": "40.00"}),
    request=TransferRequest,
    run=effect_of(transfer),
    gives=EffectShape,
    settle=all_available(None),
    suggest=suggest_available,
)

CREDIT_NOTE = Action(
    kind="credit_note",
    words=Words("Credit note", "Credit note", "Credited", "Credit the invoice"),
    permission=Permission.CREDIT_NOTES,
    feature="credit_notes",
    at=OPERATION,
    button=Button(
        icon="receipt",
        shown=_ONE_DEBIT,
        wants=(
            ("!not_invoice", "Only invoices are credited"),
            ("!all_argued", "In litigation: nothing of it can be credited"),
        ),
        one=ONE,
        key="c",
    ),
    route=Route(tag="Payments", example={"reason": "wrong price", "amount": "40.00", "reference": "CN-2026-7"}),
    request=CreditNoteRequest,
    run=effect_of(credit_note),
    gives=EffectShape,
    settle=all_creditable,
    suggest=suggest_creditable,
    undo=Action(
        kind="credit_note_reversal",
        words=Words("Reverse", "Reversal of a credit note", "Credit note reversed", note=_REVERSED),
        permission=Permission.CREDIT_NOTES,
        feature="credit_notes",
        at=OPERATION,
        button=Button(
            icon="undo-2", shown=("crn",), wants=(("crn", "Choose a credit note"), NOT_REVERSED), one=ONE, danger=True
        ),
        route=Route(
            tag="Payments", path="operations/{number}/credit-note/reversal", example={"reason": "the price was right"}
        ),
        request=CreditNoteReversalRequest,
        run=effect_of(reverse_credit_note),
        gives=EffectShape,
        settle=whole,
    ),
)

WRITE_OFF = Action(
    kind="write_off",
    words=Words("Write off", "Write-off", "Written off"),
    permission=Permission.WRITE_OFFS,
    feature="write_offs",
    at=OPERATION,
    button=Button(icon="trash-2", shown=_ONE_DEBIT, wants=(DEBIT, *AVAILABLE), key="w", danger=True),
    route=Route(tag="Payments", example={"reason": "company dissolved", "amount": "40.00"}),
    request=WriteOffRequest,
    run=effect_of(write_off),
    gives=EffectShape,
    settle=all_available(Side.DEBIT),
    suggest=suggest_available,
    several=Several(WriteOffsRequest, WriteOffsRequest.each, all_named),
    undo=Action(
        kind="write_off_reversal",
        words=Words("Reverse", "Reversal of a write-off", "Write-off reversed", note=_REVERSED),
        permission=Permission.WRITE_OFFS,
        feature="write_offs",
        at=OPERATION,
        button=Button(
            icon="undo-2",
            shown=("given_up",),
            wants=(("given_up", "Choose a write-off"), NOT_REVERSED),
            one=ONE,
            danger=True,
        ),
        route=Route(
            tag="Payments", path="operations/{number}/write-off/reversal", example={"reason": "paid after all"}
        ),
        request=WriteOffReversalRequest,
        run=effect_of(reverse_write_off),
        gives=EffectShape,
        settle=whole,
    ),
)

REJECTION = Action(
    kind="rejection",
    words=Words(
        "Reject payment",
        "Rejection of a payment",
        "Payment rejected",
        note="The bank gave it back: what it paid is open again, and a rejection of the whole amount settles it.",
        command="reject",
    ),
    permission=Permission.PAYMENTS,
    at=OPERATION,
    button=Button(
        icon="circle-alert",
        shown=("paying",),
        wants=(("paying", "Choose a payment or a refund"), NOT_DEPOSIT, ("!taken_back", "Rejected already")),
        one=ONE,
        danger=True,
    ),
    route=Route(tag="Payments", example={"reason": "insufficient funds", "date": "2026-04-08", "reference": "R-4711"}),
    request=RejectionRequest,
    run=effect_of(reject_payment),
    gives=EffectShape,
    settle=whole,
)

ACTIONS = (REFUND, TRANSFER, CREDIT_NOTE, WRITE_OFF, REJECTION)
