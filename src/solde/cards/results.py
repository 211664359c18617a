"""What a gateway says becomes the state of a transaction, of what it belongs to, and of the account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.money import plain
from solde.kernel.refusals import Refused, refuse
from solde.operations import Types, load_types
from solde.operations import store as operation_store

from . import booking, rules, store
from .booking import GivingBack
from .gateway import Reply
from .model import CardKind, CardState, CardTransaction, Key, Verdict

log = structlog.get_logger("solde.cards")

HOLDS_FOR = timedelta(days=6)
"""How long an authorization is believed to hold where the gateway does not say."""
BOOK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class GatewayResult:
    """A word of a gateway, or of a person who knows: `what` it answers, and who says so where it is a person."""

    what: str
    reply: Reply
    actor: str | None = None
    attempt_number: int | None = None


@dataclass(slots=True)
class Case:
    """A transaction and what it belongs to, locked, as they stand and as they will."""

    transaction: CardTransaction
    parent: CardTransaction | None
    now: datetime
    today: date
    types: Types

    @property
    def whole(self) -> CardTransaction:
        """The charge or authorization that holds the sums."""
        return self.parent or self.transaction

    def move_whole(self, moved: CardTransaction) -> None:
        """Replace the charge or authorization."""
        if self.parent is None:
            self.transaction = moved
        else:
            self.parent = moved


async def open_case(conn: Connection, key: Key, now: datetime) -> Case:
    """Lock the account, then read; refuses unknown_card_transaction."""
    await operation_store.lock_accounts(conn, [key[0]])
    found = await store.get_transactions(conn, key[0], [key[1]])
    transaction = found.get(key[1])
    if transaction is None:
        raise Refused(refuse(rules.UNKNOWN_TRANSACTION, "the account has no card transaction {key}", key=key[1]))
    parent = None
    if transaction.parent_number is not None:
        parent = (await store.get_transactions(conn, key[0], [transaction.parent_number]))[transaction.parent_number]
    today = today_in(await store.zone_of(conn, key[0]), now)
    return Case(transaction, parent, now, today, await load_types(conn))


async def take_reply(conn: Connection, key: Key, told: GatewayResult, *, now: datetime) -> CardTransaction:
    """Take a word in: late or repeated it changes nothing; done, it is booked on the account in this transaction."""
    case = await open_case(conn, key, now)
    before = case.transaction
    reply = await _believed(conn, case, told.reply)
    if told.attempt_number is None:
        await store.insert_attempt(conn, key, told.what, now, actor=told.actor, reply=told.reply)
    else:
        await store.end_attempt(conn, key, told.attempt_number, told.reply, now)
    state = rules.next_state(before.kind, before.state, reply.verdict)
    if state is before.state:
        return await _wait(conn, case, reply)
    case.transaction = replace(
        case.transaction, state=state, gateway_reference=reply.gateway_reference or before.gateway_reference,
        code=reply.code, alert=None if state is rules.DONE_STATE[before.kind] else case.transaction.alert,
        redirect_url=reply.redirect_url if state is CardState.PENDING else None,
        check_at=now + rules.pause_after(before.attempts) if state in {CardState.PENDING, CardState.UNKNOWN} else None,
    )  # fmt: skip
    if state is rules.DONE_STATE[before.kind]:
        _done(case, before, reply)
    elif not case.transaction.is_live and before.is_live and before.kind is CardKind.REFUND:
        case.move_whole(replace(case.whole, refunding=case.whole.refunding - before.amount))
    await save(conn, case)
    await _note(conn, case, told.actor or f"gateway:{before.gateway}", before.state)
    if needs_booking(case.transaction):
        await book(conn, case)
    return case.transaction


async def _believed(conn: Connection, case: Case, reply: Reply) -> Reply:
    """The reply, or that nothing is known for sure where it does not fit what was asked."""
    asked = case.transaction
    if reply.verdict is not Verdict.APPROVED:
        return reply
    strange = rules.check_words_of(asked, reply.amount, reply.currency)
    if reply.gateway_reference is not None and strange is None:
        reference = (asked.gateway, asked.merchant, reply.gateway_reference)
        await store.insert_reference(conn, *reference, asked.key)
        owner = await store.find_reference(conn, *reference)
        if owner != asked.key:
            strange = f"the gateway's reference {reply.gateway_reference} is that of another transaction"
    if strange is None:
        return reply
    log.warning("a reply of the gateway does not fit", account=asked.account_id, transaction=asked.number)
    case.transaction = replace(asked, alert=strange)
    return replace(reply, verdict=Verdict.UNKNOWN, gateway_reference=None)


async def _wait(conn: Connection, case: Case, reply: Reply) -> CardTransaction:
    """Nothing moved: look again later, less and less often."""
    one = case.transaction
    if one.is_live:
        one = replace(
            one, check_at=case.now + rules.pause_after(one.attempts),
            gateway_reference=one.gateway_reference or reply.gateway_reference,
            redirect_url=reply.redirect_url or one.redirect_url,
        )  # fmt: skip
        case.transaction = one
        await store.move_transaction(conn, one, case.now)
    return one


def _done(case: Case, before: CardTransaction, reply: Reply) -> None:
    """Move the sums and the state of the charge or authorization."""
    whole, amount, kind = case.whole, before.amount, before.kind
    if kind is CardKind.CHARGE:
        case.transaction = replace(whole, captured=amount)
    elif kind is CardKind.AUTHORIZE:
        until = reply.expires_at or case.now + HOLDS_FOR
        case.transaction = replace(whole, expires_at=until, check_at=until)
    elif kind is CardKind.CAPTURE:
        alert = whole.alert
        if rules.is_late_capture(whole):
            alert = f"captured by the gateway although {whole.state.value}: capture {before.number}"
        case.parent = replace(whole, state=rules.parent_state(whole, kind), captured=amount, alert=alert, check_at=None)
    elif kind is CardKind.VOID:
        case.parent = replace(whole, state=rules.parent_state(whole, kind), check_at=None)
    else:
        _refunded(case, whole, amount, was_counted=before.is_live)


def _refunded(case: Case, whole: CardTransaction, amount: Decimal, *, was_counted: bool) -> None:
    refunding = whole.refunding - amount if was_counted else whole.refunding
    moved = replace(
        whole, state=rules.parent_state(whole, CardKind.REFUND), refunding=refunding, refunded=whole.refunded + amount
    )
    case.parent = with_excess(moved)


def with_excess(whole: CardTransaction) -> CardTransaction:
    """Say so where more was given back than taken: that is booked, and a person is told."""
    back = whole.refunded + whole.refunding + whole.charged_back
    if back <= whole.captured:
        return whole
    return replace(whole, exceeded=True, alert=f"{plain(back)} goes back of {plain(whole.captured)} captured")


async def save(conn: Connection, case: Case) -> None:
    """Write both as they stand now."""
    if case.parent is not None:
        await store.move_transaction(conn, case.parent, case.now)
    await store.move_transaction(conn, case.transaction, case.now)


async def _note(conn: Connection, case: Case, actor: str, before: CardState) -> None:
    one = case.transaction
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = {
        "transaction": one.number,
        "kind": one.kind,
        "state": one.state,
        "amount": plain(one.amount),
        "parent": one.parent_number,
        "gateway_reference": one.gateway_reference,
        "code": one.code,
    }
    record = AuditRecord(one.account_id, action_id, actor, "card_state", one.reason, {"state": before}, told)
    await audit.append(conn, [record])


def needs_booking(one: CardTransaction) -> bool:
    """Was it done, and is it not on the account yet?"""
    if one.operation_number is not None:
        return False
    if one.kind is CardKind.REFUND:
        return one.state is CardState.REFUNDED
    return one.kind in {CardKind.CHARGE, CardKind.CAPTURE} and one.state in {CardState.CAPTURED, CardState.REFUNDED}


async def book(conn: Connection, case: Case) -> None:
    """Post what was done. An account that takes nothing now (it was closed) is tried again, and a person is told."""
    one = case.transaction
    try:
        async with conn.transaction():
            number = await _post(conn, case)
    except Refused as refused:
        said = f"not on the account yet: {refused.refusals[0].message}"
        log.warning("a card transaction could not be booked", account=one.account_id, transaction=one.number)
        case.transaction = replace(one, alert=said, check_at=case.now + BOOK_AGAIN_AFTER)
        await save(conn, case)
        return
    booked = replace(one, operation_number=number, check_at=None)
    case.transaction = replace(booked, alert=None) if (one.alert or "").startswith("not on the account") else booked
    if case.parent is not None and one.kind is CardKind.CAPTURE:
        case.parent = replace(case.parent, operation_number=number)
    await save(conn, case)


NOT_BOOKED = rules.NOT_CARD_REFUNDABLE


async def _post(conn: Connection, case: Case) -> int:
    one, whole = case.transaction, case.whole
    if one.kind is not CardKind.REFUND:
        words = f"Card payment {whole.number}"
        new = booking.card_payment(one.account_id, one.amount, case.today, one.gateway_reference, words, one.comment)
        return await booking.book_payment(conn, case.types, new, one.actor, one.reason, case.today)
    if whole.operation_number is None:
        raise Refused(refuse(NOT_BOOKED, "the payment of transaction {number} is not booked yet", number=whole.number))
    wish = GivingBack(
        one.account_id, whole.operation_number, one.amount, booking.REFUND_TYPE, one.actor, one.reason,
        one.gateway_reference, f"Refund {one.number} of card payment {whole.number}", one.comment,
    )  # fmt: skip
    return (await booking.give_back(conn, case.types, wish, case.today)).number


async def expire(conn: Connection, key: Key, *, now: datetime, told: bool = False) -> bool:
    """End an authorization whose time has come, or that the gateway says is over; gives whether it did.

    While a capture or void of it is under way it waits for the outcome of that.
    """
    case = await open_case(conn, key, now)
    one = case.transaction
    if one.state is not CardState.AUTHORIZED or not (told or rules.is_over(one, now)):
        return False
    family = await store.get_transactions(conn, key[0], [key[1]])
    steps = [step for number, step in family.items() if number != key[1]]
    if any(step.is_live for step in steps):
        case.transaction = replace(one, check_at=now + rules.LEASE)
        await save(conn, case)
        return False
    case.transaction = replace(one, state=CardState.EXPIRED, check_at=None)
    await save(conn, case)
    await _note(conn, case, f"gateway:{one.gateway}" if told else "janitor", one.state)
    return True


async def book_again(conn: Connection, key: Key, *, now: datetime) -> bool:
    """Try once more to book what could not be; gives whether it is booked now."""
    case = await open_case(conn, key, now)
    if not needs_booking(case.transaction):
        case.transaction = replace(case.transaction, check_at=None)
        await save(conn, case)
        return False
    await book(conn, case)
    return case.transaction.operation_number is not None
