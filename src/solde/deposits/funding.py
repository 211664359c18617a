"""Fund deposits, pay with them, give them back: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from solde.db import Connection
from solde.kernel.refusals import Refusal, refuse
from solde.kernel.texts import say
from solde.operations import NewOperation, Types
from solde.payments import rules as payment_rules
from solde.payments import store as payment_store

from . import rules
from .batch import (
    Decided,
    DepositBatch,
    DepositStep,
    Link,
    add_post,
    cancel_rest,
    choose_day,
    find_deposit,
    finish,
    moved,
    open_desk,
    take_held,
)
from .executing import Answer, carry_out
from .model import Deposit, EntryKind, StepRole
from .requests import FundRequest, GiveBackRequest, PayRequest
from .rules import Event


async def fund_deposits(
    conn: Connection, requests: Sequence[FundRequest], types: Types, *, today: date
) -> list[Answer]:
    """Register money that came for each deposit, whole or in parts.

    Posts the payment, kept out of the default balance and matched with the request, and CRD_SD of the same amount,
    which stands open: the money held. What came beyond what the deposit asks for is an ordinary payment of its own.
    Refuses: unknown_account, unknown_deposit, account_closed, deposit_state_forbids, deposit_expired,
    payment_method_unknown, an unfit amount, dated_in_future, effective_too_early.
    Source: product §5 Deposit.
    """
    desk = await open_desk(conn, [(r.account_id, r.deposit_number) for r in requests], types, today)
    desk.routes = await payment_store.load_routes(conn)
    return await carry_out(conn, desk, [_decide_funding(desk, request) for request in requests])


def _decide_funding(desk: DepositBatch, request: FundRequest) -> Decided:
    deposit = find_deposit(desk, request.account_id, request.deposit_number)
    if isinstance(deposit, Refusal):
        return (deposit,)
    if (bad := _check_funding(desk, deposit, request)) is not None:
        return (bad,)
    day = choose_day(desk, deposit, (deposit.request_number,), request.on)
    if isinstance(day, Refusal):
        return (day,)
    amount = min(request.amount, deposit.asked)
    after = moved(
        deposit, day, rules.next_state(deposit.state, rules.funding_event(deposit, amount)),
        funded=deposit.funded + amount, balance=deposit.balance + amount, method=request.method,
    )  # fmt: skip
    step = DepositStep(
        EntryKind.FUND, amount, after, day, request.actor, request.reason, rest_to=request.rest_to, late=request.late
    )
    kind = desk.routes.payment_types[request.method]
    paid = add_post(
        desk, step, StepRole.PAYMENT, kind, amount, f"Payment for deposit {deposit.name}", excluded=True,
        reference=request.reference, method=request.method,
    )  # fmt: skip
    add_post(desk, step, StepRole.HELD, "CRD_SD", amount, f"Held as deposit {deposit.name}")
    step.links.append(Link({deposit.request_number: amount}, {paid: amount}))
    if request.amount > amount:
        step.rest = NewOperation(
            request.account_id, kind, request.amount - amount, day, reference=request.reference,
            description=f"Beyond deposit {deposit.name}", payment_method=request.method, source="payment",
        )  # fmt: skip
    return finish(desk, step)


def _check_funding(desk: DepositBatch, deposit: Deposit, request: FundRequest) -> Refusal | None:
    if (bad := rules.check_event(deposit, Event.FUND_PART)) is not None:
        return bad
    if rules.is_expired(deposit, desk.today):
        said = say("deposit {number} ended on {valid_until}", number=deposit.number, valid_until=deposit.valid_until)
        return refuse(rules.EXPIRED, said)
    if request.method not in desk.routes.payment_types:
        return refuse(payment_rules.NO_METHOD, "{method!r} is no payment method", method=request.method, field="method")
    return rules.check_amount(request.amount, deposit.currency) or payment_rules.check_words(request.reason)


async def pay_with_deposits(
    conn: Connection, requests: Sequence[PayRequest], types: Types, *, today: date
) -> list[Answer]:
    """Pay each debit with money that a deposit holds, never more than is held or available.

    Posts DEB_SD, matched with the credits held, oldest first, and PAY_SD, matched with the debit. What of the request
    was not paid is cancelled: a deposit in use asks for nothing more.
    Refuses: unknown_account, unknown_deposit, account_closed, deposit_state_forbids, deposit_over_held,
    deposit_pays_apart, deposit_nothing_to_pay, dated_in_future, effective_too_early, what `check_settled` refuses.
    Source: product §5 Deposit.
    """
    wanted = [(r.account_id, r.number) for r in requests]
    desk = await open_desk(conn, [(r.account_id, r.deposit_number) for r in requests], types, today, wanted)
    return await carry_out(conn, desk, [_decide_payment(desk, request) for request in requests])


def _decide_payment(desk: DepositBatch, request: PayRequest) -> Decided:
    deposit = find_deposit(desk, request.account_id, request.deposit_number)
    if isinstance(deposit, Refusal):
        return (deposit,)
    item = desk.items.get((request.account_id, request.number))
    amount = rules.amount_to_pay(deposit, request.number, item, request.amount, desk.types.deposit_ids)
    if isinstance(amount, Refusal):
        return (amount,)
    if (bad := payment_rules.check_words(request.reason)) is not None:
        return (bad,)
    taken = take_held(desk, deposit, amount)
    day = choose_day(desk, deposit, (deposit.request_number, request.number, *taken), request.on)
    if isinstance(day, Refusal):
        return (day,)
    after = moved(
        deposit, day, rules.next_state(deposit.state, Event.PAY), balance=deposit.balance - amount,
        cancelled=deposit.cancelled + deposit.asked,
    )  # fmt: skip
    step = DepositStep(
        EntryKind.PAY, amount, after, day, request.actor, request.reason, concerns=request.number, late=request.late
    )
    used = add_post(
        desk, step, StepRole.USED, "DEB_SD", amount, f"Deposit {deposit.name} pays operation {request.number}"
    )
    paying = add_post(desk, step, StepRole.PAYING, "PAY_SD", amount, f"Payment by deposit {deposit.name}")
    step.links += [Link({used: amount}, taken), Link({request.number: amount}, {paying: amount})]
    cancel_rest(desk, step, deposit)
    return finish(desk, step)


async def give_back_deposits(
    conn: Connection, requests: Sequence[GiveBackRequest], types: Types, *, today: date
) -> list[Answer]:
    """Give each deposit back, whole or in part: posts REF_SD, matched with the credits held, oldest first.

    What of the request was not paid is cancelled.
    Refuses: unknown_account, unknown_deposit, account_closed, deposit_state_forbids, deposit_over_held,
    payment_method_unknown, dated_in_future, effective_too_early, an unfit amount.
    Source: product §5 Deposit.
    """
    return await _give_back(conn, requests, types, today, EntryKind.REFUND)


async def refund_expired(
    conn: Connection, requests: Sequence[GiveBackRequest], types: Types, *, today: date
) -> list[Answer]:
    """Give back all that each deposit holds, because its time is over."""
    return await _give_back(conn, requests, types, today, EntryKind.AUTO_REFUND)


async def _give_back(
    conn: Connection, requests: Sequence[GiveBackRequest], types: Types, today: date, kind: EntryKind
) -> list[Answer]:
    desk = await open_desk(conn, [(r.account_id, r.deposit_number) for r in requests], types, today)
    desk.routes = await payment_store.load_routes(conn)
    return await carry_out(conn, desk, [_decide_giving(desk, request, kind) for request in requests])


def _decide_giving(desk: DepositBatch, request: GiveBackRequest, kind: EntryKind) -> Decided:
    deposit = find_deposit(desk, request.account_id, request.deposit_number)
    if isinstance(deposit, Refusal):
        return (deposit,)
    amount = rules.amount_to_give(deposit, request.amount)
    if isinstance(amount, Refusal):
        return (amount,)
    event = Event.REFUND_PART if amount < deposit.balance else Event.REFUND_ALL
    event = Event.EXPIRE if kind is EntryKind.AUTO_REFUND else event
    if (bad := _check_giving(desk, deposit, request, event)) is not None:
        return (bad,)
    taken = take_held(desk, deposit, amount)
    day = choose_day(desk, deposit, (deposit.request_number, *taken), request.on)
    if isinstance(day, Refusal):
        return (day,)
    after = moved(
        deposit, day, rules.next_state(deposit.state, event), balance=deposit.balance - amount,
        cancelled=deposit.cancelled + deposit.asked,
    )  # fmt: skip
    step = DepositStep(kind, amount, after, day, request.actor, request.reason, late=request.late)
    given = add_post(
        desk, step, StepRole.REFUND, "REF_SD", amount, f"Refund of deposit {deposit.name}",
        reference=request.reference, method=request.method or deposit.method,
    )  # fmt: skip
    step.links.append(Link({given: amount}, taken))
    cancel_rest(desk, step, deposit)
    return finish(desk, step)


def _check_giving(desk: DepositBatch, deposit: Deposit, request: GiveBackRequest, event: Event) -> Refusal | None:
    if event is Event.EXPIRE and not rules.is_expired(deposit, desk.today):
        said = say("deposit {number} holds until {valid_until}", number=deposit.number, valid_until=deposit.valid_until)
        return refuse(rules.BAD_STATE, said)
    if request.method is not None and request.method not in desk.routes.payment_types:
        return refuse(payment_rules.NO_METHOD, "{method!r} is no payment method", method=request.method, field="method")
    return payment_rules.check_words(request.reason)
