"""Carry out the wizard's transactions that need no card: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.kernel.texts import say
from solde.operations import NewOperation, Types
from solde.operations import store as operation_store
from solde.payments import Effect, PaymentRequest, RefundRequest, Registered, refund, register
from solde.payments import store as payment_store
from solde.payments.rules import NO_METHOD
from solde.unbilled import Made, NewItem, add_items
from solde.unbilled.rules import PROMOTIONS

from . import rules, store
from .model import (
    ITEM_TYPES,
    LEDGER_TYPES,
    AccountStanding,
    Adjusted,
    AdjustmentRecord,
    AdjustmentRequest,
    AdjustmentType,
)

AdjustAnswer = Adjusted | tuple[Refusal, ...]
Done = AdjustmentRecord | tuple[Refusal, ...]

CASH = "CASH"
"""How money came that names no other way."""
CREDITS_MOST = 500
"""From how many unallocated payments one refund is taken at the most."""


async def adjust(
    conn: Connection, requests: Sequence[AdjustmentRequest], types: Types, *, today: date
) -> list[AdjustAnswer]:
    """Carry out each transaction; gives its number, or its refusals, and then nothing of it is left.

    Shape: at most one request an account; none of a card.
    Refuses: unknown_account, what `check_request` refuses, and what unbilled items, payments and refunds refuse.
    Source: product §6.
    """
    account_ids = [request.account_id for request in requests]
    assert len(set(account_ids)) == len(account_ids), "one request an account"
    assert all(request.type in LEDGER_TYPES for request in requests), "cards go through the gateway"
    await operation_store.lock_accounts(conn, account_ids)
    standings = await store.standings_of(conn, account_ids)
    checked = {r.account_id: _check(r, standings.get(r.account_id)) for r in requests}
    wanted = [r for r in requests if not checked[r.account_id]]
    done: dict[int, Done] = {account: refusals for account, refusals in checked.items() if refusals}
    done |= await _make_items(conn, [r for r in wanted if r.type in ITEM_TYPES], standings, today)
    done |= await _pay(conn, [r for r in wanted if r.type is AdjustmentType.MANUAL_PAYMENT], standings, types, today)
    done |= await _refund(conn, [r for r in wanted if r.type is AdjustmentType.REFUND], standings, types, today)
    made = await record(conn, [one for one in done.values() if isinstance(one, AdjustmentRecord)])
    return [_answer(done[request.account_id], made) for request in requests]


def _check(request: AdjustmentRequest, standing: AccountStanding | None) -> tuple[Refusal, ...]:
    if standing is None:
        return (refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),)
    return tuple(rules.check_request(request, standing))


def _answer(done: Done, made: dict[int, Adjusted]) -> AdjustAnswer:
    return made[done.request.account_id] if isinstance(done, AdjustmentRecord) else done


async def _make_items(
    conn: Connection, requests: Sequence[AdjustmentRequest], standings: dict[int, AccountStanding], today: date
) -> dict[int, Done]:
    """Charges and credits: unbilled items of the open period."""
    if not requests:
        return {}
    new = [
        NewItem(
            r.account_id, rules.ITEM_KINDS[r.type], r.service or PROMOTIONS, r.amount, r.on or today, r.actor,
            r.visible, r.internal,
        )
        for r in requests if r.amount is not None
    ]  # fmt: skip
    answers = await add_items(conn, new, today=today)
    return {
        r.account_id: _recorded(r, standings, today, item_number=one.item.item_number) if isinstance(one, Made) else one
        for r, one in zip(requests, answers, strict=True)
    }


async def _pay(
    conn: Connection,
    requests: Sequence[AdjustmentRequest],
    standings: dict[int, AccountStanding],
    types: Types,
    today: date,
) -> dict[int, Done]:
    """Payments: they pay the oldest due first, the rest is unallocated."""
    if not requests:
        return {}
    routes = (await payment_store.load_routes(conn)).payment_types
    done: dict[int, Done] = {
        r.account_id: (refuse(NO_METHOD, "{method!r} is no payment method", method=r.method, field="method"),)
        for r in requests if (r.method or CASH) not in routes
    }  # fmt: skip
    known = [r for r in requests if r.account_id not in done]
    wishes = [
        PaymentRequest(_payment(r, routes[r.method or CASH], today), r.actor, reason=r.internal, late=r.late)
        for r in known
    ]
    answers = await register(conn, wishes, types, today=today)
    for r, one in zip(known, answers, strict=True):
        done[r.account_id] = _recorded(r, standings, today, (one.number,)) if isinstance(one, Registered) else one
    return done


def _payment(request: AdjustmentRequest, type_code: str, today: date) -> NewOperation:
    assert request.amount is not None, "checked before"
    return NewOperation(
        request.account_id, type_code, request.amount, request.on or today, None, reference=request.reference,
        description=request.visible, payment_method=request.method or CASH, comment=request.internal, source="adjustment",
    )  # fmt: skip


async def _refund(
    conn: Connection,
    requests: Sequence[AdjustmentRequest],
    standings: dict[int, AccountStanding],
    types: Types,
    today: date,
) -> dict[int, Done]:
    """Refunds: of the oldest unallocated payments, each a refund of its own."""
    if not requests:
        return {}
    credits = await store.unallocated_of(conn, [r.account_id for r in requests], CREDITS_MOST)
    done: dict[int, Done] = {}
    wishes: list[tuple[AdjustmentRequest, RefundRequest]] = []
    for r in requests:
        assert r.amount is not None, "checked before"
        found = credits[r.account_id]
        if (reached := sum((c.available for c in found), ZERO)) < r.amount:
            said = say(
                "{amount} is more than {credits_most} payments hold together, {reached}",
                amount=r.amount,
                credits_most=CREDITS_MOST,
                reached=reached,
            )
            done[r.account_id] = (refuse(rules.OVER_UNALLOCATED, said, field="amount"),)
            continue
        for number, part in rules.split_refund(found, r.amount):
            wishes.append((r, _refund_of(r, number, part)))
    answers = await refund(conn, [wish for _, wish in wishes], types, today=today)
    posted: dict[int, tuple[int, ...]] = {}
    for (r, _), one in zip(wishes, answers, strict=True):
        if not isinstance(one, Effect):
            # Another part of it may be posted: the whole batch is taken back.
            raise Refused(one)
        posted[r.account_id] = (*posted.get(r.account_id, ()), *(p.number for p in one.posted))
    by_account = {r.account_id: r for r, _ in wishes}
    return done | {a: _recorded(by_account[a], standings, today, numbers) for a, numbers in posted.items()}


def _refund_of(request: AdjustmentRequest, number: int, part: Decimal) -> RefundRequest:
    return RefundRequest(
        request.account_id, number, request.actor, part, request.method, on=request.on, comment=request.internal,
        reason=request.internal, late=request.late,
    )  # fmt: skip


def _recorded(
    request: AdjustmentRequest,
    standings: dict[int, AccountStanding],
    today: date,
    operations: tuple[int, ...] = (),
    item_number: int | None = None,
) -> AdjustmentRecord:
    assert request.amount is not None, "checked before"
    before = standings[request.account_id]
    return AdjustmentRecord(
        request, request.amount, before, before, request.on or today, item_number=item_number, operations=operations
    )


async def record(conn: Connection, done: Sequence[AdjustmentRecord]) -> dict[int, Adjusted]:
    """Write what was done, with how the accounts stand after it; the accounts are locked."""
    if not done:
        return {}
    after = await store.standings_of(conn, [one.request.account_id for one in done])
    made = [replace(one, after=after[one.request.account_id]) for one in done]
    action_ids = await audit.next_action_ids(conn, len(made))
    await store.insert_adjustments(conn, made, action_ids)
    records = [_audited(one, action) for one, action in zip(made, action_ids, strict=True)]
    await audit.append(conn, records)
    return {
        one.request.account_id: Adjusted(one.request.account_id, one.number, one.transaction_number) for one in made
    }


def _audited(one: AdjustmentRecord, action: int) -> AuditRecord:
    request = one.request
    was = {"owed": plain(one.before.owed), "unallocated": plain(one.before.unallocated)}
    told = {
        "adjustment": one.number, "type": request.type.value, "amount": plain(one.amount), "owed": plain(one.balance_after),
        "item": one.item_number, "operations": list(one.operations), "transaction": one.transaction_number,
    }  # fmt: skip
    return AuditRecord(request.account_id, action, request.actor, "adjustment", request.internal, was, told)
