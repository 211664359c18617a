"""The bank gives payments for deposits back: what each funded is asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.refusals import Refusal, refuse
from solde.kernel.texts import say
from solde.operations import OpenItem, Types
from solde.payments import rules as payment_rules
from solde.payments import store as payment_store
from solde.payments.effects import Key
from solde.payments.model import StandingLine
from solde.payments.settling import undo_lines

from . import rules, store
from .batch import (
    Decided,
    DepositBatch,
    DepositStep,
    Link,
    add_post,
    choose_day,
    find_deposit,
    finish,
    moved,
    open_desk,
    take_held,
)
from .executing import Answer, carry_out
from .model import Deposit, EntryKind, StepRole
from .requests import FundingRejection
from .rules import Event


async def reject_fundings(
    conn: Connection, requests: Sequence[FundingRejection], types: Types, *, today: date
) -> list[Answer]:
    """Book that the bank gave payments for deposits back, whole, and once each.

    The payment is unmatched from the request, which is open again, and settled by a rejection; DEB_SD takes as much
    from what is held: of the same payment first, then the oldest. Only where so much is held still.
    Refuses: unknown_account, unknown_deposit, deposit_funding_unknown, already_rejected, deposit_funding_used,
    no_rejection_type, action_reason_missing, dated_in_future, effective_too_early.
    Source: product §5 Deposit.
    """
    payments = [(r.account_id, r.number) for r in requests]
    desk = await open_desk(conn, [(r.account_id, r.deposit_number) for r in requests], types, today, payments)
    desk.routes = await payment_store.load_routes(conn)
    found = _Found(
        await store.fundings_of(conn, payments),
        await payment_store.standing_lines(conn, sorted(set(payments))),
        await payment_store.find_taken_back(conn, payments),
    )
    return await carry_out(conn, desk, [_decide(desk, request, found) for request in requests])


@dataclass(frozen=True, slots=True)
class _Found:
    """What the payments named are: of which deposit, matched how, rejected before."""

    fundings: dict[Key, tuple[int, int]]
    lines: Sequence[StandingLine]
    gone: set[Key]


def _decide(desk: DepositBatch, request: FundingRejection, found: _Found) -> Decided:
    deposit = find_deposit(desk, request.account_id, request.deposit_number)
    if isinstance(deposit, Refusal):
        return (deposit,)
    key = (request.account_id, request.number)
    if (bad := payment_rules.check_reason(request.reason) or _check(deposit, request, found)) is not None:
        return (bad,)
    item = desk.items[key]
    if item.amount > deposit.balance:
        said = say(
            "payment {number} is {amount}; {balance} is held",
            number=item.number,
            amount=item.amount,
            balance=deposit.balance,
        )
        return (refuse(rules.FUNDING_USED, said),)
    event = Event.REJECT_ALL if item.amount == deposit.balance else Event.REJECT_PART
    kind = payment_rules.rejection_type(item.number, desk.types.by_id[item.type_id], desk.routes.by_type)
    if (bad := rules.check_event(deposit, event)) is not None or isinstance(kind, Refusal):
        return tuple(one for one in (bad, kind) if isinstance(one, Refusal))
    lines = [line for line in found.lines if (line.account_id, line.number) == key]
    taken = take_held(desk, deposit, item.amount, first=found.fundings[key][1])
    day = choose_day(desk, deposit, (deposit.request_number, item.number, *taken), request.on)
    if isinstance(day, Refusal):
        return (day,)
    return _reject(desk, deposit, request, item, kind, event, lines, taken, day, found)


def _check(deposit: Deposit, request: FundingRejection, found: _Found) -> Refusal | None:
    key = (request.account_id, request.number)
    if found.fundings.get(key, (0, 0))[0] != deposit.number:
        said = say(
            "operation {number} is no payment for deposit {deposit_number}",
            number=request.number,
            deposit_number=deposit.number,
        )
        return refuse(rules.NO_FUNDING, said)
    if key in found.gone:
        return refuse(payment_rules.ALREADY_REJECTED, "payment {number} was rejected before", number=request.number)
    return None


def _reject(
    desk: DepositBatch, deposit: Deposit, request: FundingRejection, item: OpenItem, type_code: str, event: Event,
    lines: Sequence[StandingLine], taken: dict[int, Decimal], day: date, found: _Found,
) -> Decided:  # fmt: skip
    amount = item.amount
    after = moved(
        deposit, day, rules.next_state(deposit.state, event), funded=deposit.funded - amount,
        balance=deposit.balance - amount,
    )  # fmt: skip
    step = DepositStep(EntryKind.FUNDING_REJECTED, amount, after, day, request.actor, request.reason, late=request.late)
    step.concerns = item.number
    step.reversals = undo_lines(lines, request.actor, day, request.reason)
    rejected = add_post(
        desk, step, StepRole.REJECTION, type_code, amount, f"Rejection of operation {item.number}", excluded=True,
        reference=request.reference,
    )  # fmt: skip
    used = add_post(desk, step, StepRole.USED, "DEB_SD", amount, f"Deposit {deposit.name} gives up a rejected payment")
    step.links += [Link({rejected: amount}, {item.number: amount}), Link({used: amount}, taken)]
    _reopen(desk, deposit, item, amount)
    decided = finish(desk, step)
    if isinstance(decided, DepositStep):
        found.gone.add((item.account_id, item.number))
    return decided


def _reopen(desk: DepositBatch, deposit: Deposit, item: OpenItem, amount: Decimal) -> None:
    """Leave the payment and the request on the desk as the reversal leaves them."""
    for key in ((item.account_id, item.number), (deposit.account_id, deposit.request_number)):
        one = desk.items[key]
        desk.items[key] = replace(one, open=one.open + amount)
