"""Chargebacks: the cardholder's bank takes money back; fought and won, it comes again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.litigation.model import Disputed
from solde.payments import store as payment_store
from solde.payments.effects import read_items

from . import booking, store
from .booking import GivingBack
from .gateway import EventKind, GatewayEvent
from .model import Chargeback, ChargebackState, Key
from .results import Case, open_case, save, with_excess
from .rules import RefundPart

EVENT_EARLY = declare(
    "gateway_event_early", Kind.CONFLICT, "Send it again later: the payment that it concerns is not known yet."
)

NO_INVOICE = "No invoice could be put into litigation: settle the chargeback with the customer."

ENDINGS = {EventKind.CHARGEBACK_WON: ChargebackState.WON, EventKind.CHARGEBACK_LOST: ChargebackState.LOST}


async def take_chargeback(conn: Connection, key: Key, event: GatewayEvent, *, now: datetime) -> str:
    """Take a word about a chargeback in, in whatever order they come; gives what was made of it.

    Refuses: gateway_event_early.
    Source: product §7.
    """
    case = await open_case(conn, key, now)
    assert event.about_reference is not None, "a chargeback has a name"
    if case.transaction.operation_number is None:
        raise Refused(
            refuse(EVENT_EARLY, "transaction {key} has no payment yet that could be charged back", key=key[1])
        )
    known = await store.list_chargebacks(conn, key[0], gateway_reference=event.about_reference)
    ending = ENDINGS.get(event.kind)
    if not known:
        return await _open(conn, case, event, ending)
    if ending is None or known[0].state is not ChargebackState.OPEN:
        return f"chargeback {known[0].chargeback_number} is known"
    return await _end(conn, case, known[0], ending)


async def _open(conn: Connection, case: Case, event: GatewayEvent, ending: ChargebackState | None) -> str:
    """Book a chargeback; one that is over before we heard of it and was won never took anything."""
    one, amount = case.transaction, event.amount or case.transaction.captured
    assert event.about_reference is not None, "checked before"
    assert one.operation_number is not None, "checked before"
    (action_id,) = await audit.next_action_ids(conn, 1)
    state = ending or ChargebackState.OPEN
    if state is ChargebackState.WON:
        number = await store.insert_chargeback(
            conn, one, event.about_reference, amount, state, event.reason, None, None, case.now, action_id
        )
        await _note(conn, case, action_id, number, state, amount, event.reason)
        return f"chargeback {number} was won before it was heard of"
    wish = GivingBack(
        one.account_id, one.operation_number, amount, booking.REJECTION_TYPE, _actor(case), event.reason,
        event.about_reference, f"Chargeback of card payment {one.number}",
    )  # fmt: skip
    back = await booking.give_back(conn, case.types, wish, case.today)
    disputed = await _dispute(conn, case, back.reopened, event)
    task = None if any(disputed.values()) else NO_INVOICE
    number = await store.insert_chargeback(
        conn, one, event.about_reference, amount, state, event.reason, back.number, task, case.now, action_id
    )
    lines = [(n, part, disputed[n]) for n, part in sorted(back.reopened.items())]
    await store.insert_chargeback_lines(conn, (one.account_id, number), lines)
    case.transaction = with_excess(replace(one, charged_back=one.charged_back + amount))
    await save(conn, case)
    await _note(conn, case, action_id, number, state, amount, event.reason)
    return f"chargeback {number} of {plain(amount)} {one.currency} is booked as operation {back.number}"


def _actor(case: Case) -> str:
    return f"gateway:{case.transaction.gateway}"


async def _dispute(
    conn: Connection, case: Case, reopened: Mapping[int, Decimal], event: GatewayEvent
) -> dict[int, bool]:
    """Put what is open again into litigation, where it is an invoice; gives what was."""
    account = case.transaction.account_id
    items = await read_items(conn, [(account, number) for number in reopened])
    told: dict[int, bool] = {}
    for number, amount in sorted(reopened.items()):
        item = items[account, number]
        verb = DisputeVerb.UPDATE if item.disputed > 0 else DisputeVerb.ENTER
        why = f"Chargeback {event.about_reference}" + (f": {event.reason}" if event.reason else "")
        wish = DisputeRequest(account, number, verb, _actor(case), item.disputed + amount, None, why[:500])
        (answer,) = await dispute(conn, [wish], today=case.today)
        told[number] = isinstance(answer, Disputed)
    return told


async def _end(conn: Connection, case: Case, chargeback: Chargeback, ending: ChargebackState) -> str:
    number = None
    if ending is ChargebackState.WON:
        number = await _give_back(conn, case, chargeback)
    task = chargeback.task if ending is ChargebackState.LOST else None
    key = (chargeback.account_id, chargeback.chargeback_number)
    await store.end_chargeback(conn, key, ending, number, task, case.now)
    (action_id,) = await audit.next_action_ids(conn, 1)
    await _note(conn, case, action_id, chargeback.chargeback_number, ending, chargeback.amount, chargeback.reason)
    return f"chargeback {chargeback.chargeback_number} was {ending.value.lower()}"


async def _give_back(conn: Connection, case: Case, chargeback: Chargeback) -> int:
    """All of it is reversed: the money that came again settles the rejection, the payment pays what it paid."""
    one, types, today = case.transaction, case.types, case.today
    assert one.operation_number is not None, "it was booked"
    assert chargeback.rejection_number is not None, "it was booked"
    account, payment, rejection, actor = one.account_id, one.operation_number, chargeback.rejection_number, _actor(case)
    why = f"Chargeback {chargeback.gateway_reference} was won"
    lines = await store.list_chargeback_lines(conn, (account, chargeback.chargeback_number))
    await _end_disputes(conn, case, [(n, amount) for n, amount, disputed in lines if disputed], why)
    standing = await payment_store.standing_lines(conn, [(account, payment)])
    parts = [
        RefundPart(line.group_number, rejection, line.amount, line.effective_on)
        for line in standing if line.other_number == rejection
    ]  # fmt: skip
    day = max([today, *(part.effective_on for part in parts)])
    await booking.undo(conn, account, payment, parts, day, actor, why)
    new = booking.card_payment(
        account,
        chargeback.amount,
        today,
        chargeback.gateway_reference,
        f"Chargeback of card payment {one.number} won",
        None,
    )
    number = await booking.book_unallocated(conn, types, new, actor, why, today)
    await booking.match_softly(conn, types, account, [(rejection, number, chargeback.amount)], actor, why, today)
    await booking.match_softly(
        conn, types, account, [(n, payment, amount) for n, amount, _ in lines], actor, why, today
    )
    moved = replace(one, charged_back=one.charged_back - chargeback.amount)
    is_over = moved.refunded + moved.refunding + moved.charged_back > moved.captured
    case.transaction = replace(moved, exceeded=is_over, alert=moved.alert if is_over else None)
    await save(conn, case)
    return number


async def _end_disputes(conn: Connection, case: Case, lines: list[tuple[int, Decimal]], why: str) -> None:
    """Take out of litigation what the chargeback put there; what else is disputed stays."""
    account = case.transaction.account_id
    items = await read_items(conn, [(account, number) for number, _ in lines])
    for number, amount in lines:
        left = max(ZERO, items[account, number].disputed - amount)
        verb = DisputeVerb.UPDATE if left > 0 else DisputeVerb.REMOVE
        wish = DisputeRequest(account, number, verb, _actor(case), left if left > 0 else None, None, why)
        # One that a person has ended meanwhile stays ended.
        await dispute(conn, [wish], today=case.today)


async def _note(
    conn: Connection,
    case: Case,
    action_id: int,
    number: int,
    state: ChargebackState,
    amount: Decimal,
    reason: str | None,
) -> None:
    one = case.transaction
    told = {"chargeback": number, "transaction": one.number, "state": state, "amount": plain(amount)}
    record = AuditRecord(one.account_id, action_id, _actor(case), "card_chargeback", reason, None, told)
    await audit.append(conn, [record])
