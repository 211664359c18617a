"""The actions of security deposits, described for every face."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from solde.access import Permission
from solde.actions.action import Action, Button, Route, Run, Suggestion, Words
from solde.actions.rows import AVAILABLE, DEBIT, ONE
from solde.actions.subjects import ACCOUNT, Heading, Subject, SubjectKind, numbered
from solde.approvals import ExecutionContext
from solde.customers.store import method_of
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.operations.descriptions import OPERATION
from solde.operations.executors import types_of
from solde.payments import store as payment_store
from solde.payments.effects import find_item

from . import rules
from .actions import cancel_deposits, request_deposits
from .api.settings import FEATURE, TAG
from .executing import Answer
from .funding import fund_deposits, give_back_deposits, pay_with_deposits
from .lists import get_deposit
from .requests import (
    CancelRequest,
    DepositRequest,
    FundingRejection,
    FundRequest,
    GiveBackRequest,
    PayByDepositRequest,
    PayRequest,
    find_debits,
    find_holding,
    find_templates,
)
from .returns import reject_fundings
from .shapes import DepositEffectShape, deposit_effect_shape


async def show_deposit(conn: Connection, subject: Subject, _: ExecutionContext) -> Heading:
    """A deposit with what it holds, and what is still asked for; refuses unknown_deposit."""
    found = await get_deposit(conn, subject.account_id, subject.number)
    asked = (("still asked", found.asked),) if found.asked else ()
    return Heading(found.name, "Security deposit", (("held", found.balance), *asked))


DEPOSIT = SubjectKind(
    place="deposit",
    path="security-deposits/{number}",
    parameter="deposit",
    read=numbered(lambda text: refuse(rules.NO_DEPOSIT, "{text!r} is no number of a deposit", text=text)),
    show=show_deposit,
)


def step_of(batch: Callable[..., Awaitable[Sequence[Answer]]]) -> Run:
    """Carries out a step of one deposit, and tells what it did."""

    async def run(conn: Connection, requests: Sequence[Any], context: ExecutionContext) -> DepositEffectShape:
        (answer,) = await batch(conn, requests, await types_of(context), today=context.today)
        if isinstance(answer, tuple):
            raise Refused(answer)
        account_id = answer.deposit.account_id
        parties = await payment_store.parties_of(conn, [account_id])
        return deposit_effect_shape(answer, parties[account_id].code if parties else str(account_id))

    return run


async def as_much_as_both_allow(
    conn: Connection, request: PayRequest, context: ExecutionContext
) -> tuple[PayRequest, Decimal]:
    """Without an amount as much as is held of the deposit and available of the debit."""
    deposit = await get_deposit(conn, request.account_id, request.deposit_number)
    item, types = await find_item(conn, request.account_id, request.number), await types_of(context)
    return _decided(request, rules.amount_to_pay(deposit, request.number, item, request.amount, types.deposit_ids))


async def all_held(conn: Connection, request: GiveBackRequest, _: ExecutionContext) -> tuple[GiveBackRequest, Decimal]:
    """Without an amount all that is held."""
    deposit = await get_deposit(conn, request.account_id, request.deposit_number)
    return _decided(request, rules.amount_to_give(deposit, request.amount))


def _decided(request: Any, amount: Decimal | Refusal) -> tuple[Any, Decimal]:
    if isinstance(amount, Refusal):
        raise Refused(amount)
    return msgspec.structs.replace(request, amount=amount), amount


async def suggest_template(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """The template, where there is one only."""
    found = await find_templates(conn, subject)
    if not found:
        return Suggestion(notes=("No active template has the currency of this account.",))
    return Suggestion({"template": found[0][0]} if len(found) == 1 else {})


async def suggest_asked(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """All that is asked for, the way the account pays."""
    deposit = await get_deposit(conn, subject.account_id, subject.number)
    return Suggestion({"amount": deposit.asked, "method": await method_of(conn, subject.account_id)})


async def suggest_debit(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """The debit due first, as much of it as the deposit holds."""
    found = await find_debits(conn, subject)
    if not found:
        return Suggestion(notes=("There is nothing to pay on this account",))
    number = found[0][0]
    return Suggestion({"operation": number, "amount": await _most(conn, subject, subject.number, int(number))})


async def suggest_deposit(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """A deposit that holds money, as much of it as the debit wants."""
    found = await find_holding(conn, subject)
    if not found:
        return Suggestion(notes=(NOTHING_HELD,))
    number = found[0][0]
    return Suggestion({"deposit": number, "amount": await _most(conn, subject, int(number), subject.number)})


async def _most(conn: Connection, subject: Subject, deposit_number: int, debit: int) -> Decimal:
    deposit = await get_deposit(conn, subject.account_id, deposit_number)
    item = await find_item(conn, subject.account_id, debit)
    return rules.floor_to(min(deposit.balance, item.available), deposit.currency)


async def suggest_held(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """All that is held; what is still asked for ends with it."""
    deposit = await get_deposit(conn, subject.account_id, subject.number)
    notes = ("What is still asked for is cancelled with it.",) if deposit.asked else ()
    return Suggestion({"amount": deposit.balance}, notes)


NOTHING_HELD = "No security deposit of this account holds money. Request one in the Deposits tab, or register what was paid for it."

REQUEST = Action(
    kind="security_deposit",
    words=Words(
        "Request a deposit",
        "Security deposit",
        "Deposit requested",
        confirm="Request the deposit",
        note="The request stands apart from what the customer owes. Nothing is held before it is paid.",
        command="deposits request",
    ),
    permission=Permission.DEPOSITS,
    feature=FEATURE,
    at=ACCOUNT,
    button=Button(icon="plus", dialog="deposit-request", place="deposits"),
    route=Route(
        tag=TAG,
        path="security-deposits",
        example={"template": "STANDARD", "amount": "100.00"},
        location="/accounts/{account}/security-deposits/{deposit.number}",
    ),
    request=DepositRequest,
    run=step_of(request_deposits),
    gives=DepositEffectShape,
    suggest=suggest_template,
)

FUND = Action(
    kind="deposit_funding",
    words=Words(
        "Register money for it",
        "Security deposit",
        "Deposit funded",
        confirm="Register the money",
        command="deposits fund",
    ),
    permission=Permission.DEPOSITS,
    feature=FEATURE,
    at=DEPOSIT,
    button=Button(icon="banknote", dialog="deposit-fund", wants=(("fund", "Nothing more is asked for"),)),
    route=Route(
        tag=TAG,
        path="security-deposits/{number}/fund",
        example={"amount": "100.00", "method": "WIRETRANSFER", "reference": "TRANSFER-88"},
    ),
    request=FundRequest,
    run=step_of(fund_deposits),
    gives=DepositEffectShape,
    suggest=suggest_asked,
)

PAY = Action(
    kind="deposit_payment",
    words=Words(
        "Pay an invoice",
        "Payment by security deposit",
        "Paid with the deposit",
        confirm="Pay with the deposit",
        command="deposits pay",
    ),
    permission=Permission.DEPOSITS,
    feature=FEATURE,
    at=DEPOSIT,
    button=Button(icon="link", dialog="deposit-pay", wants=(("pay", "Nothing is held"),)),
    route=Route(tag=TAG, path="security-deposits/{number}/pay", example={"operation": 4, "amount": "80.00"}),
    request=PayRequest,
    run=step_of(pay_with_deposits),
    gives=DepositEffectShape,
    settle=as_much_as_both_allow,
    suggest=suggest_debit,
)

PAY_BY_DEPOSIT = replace(
    PAY,
    words=replace(PAY.words, label="Pay with security deposit", command=None),
    at=OPERATION,
    button=Button(
        icon="wallet", shown=("debit", "!credit"), wants=(DEBIT, *AVAILABLE), one=ONE, key="d", dialog="pay-by-deposit"
    ),
    route=None,
    request=PayByDepositRequest,
    suggest=suggest_deposit,
)
"""The same, begun at the debit."""

REFUND = Action(
    kind="deposit_refund",
    words=Words(
        "Refund",
        "Refund of a security deposit",
        "Deposit refunded",
        confirm="Refund the deposit",
        command="deposits refund",
    ),
    permission=Permission.REFUNDS,
    feature=FEATURE,
    at=DEPOSIT,
    button=Button(icon="undo-2", wants=(("refund", "Nothing is held"),)),
    route=Route(
        tag=TAG,
        path="security-deposits/{number}/refund",
        example={"amount": "20.00", "method": "WIRETRANSFER", "reason": "the contract ended"},
    ),
    request=GiveBackRequest,
    run=step_of(give_back_deposits),
    gives=DepositEffectShape,
    settle=all_held,
    suggest=suggest_held,
)

CANCEL = Action(
    kind="deposit_cancellation",
    words=Words(
        "Cancel",
        "Security deposit",
        "Deposit cancelled",
        confirm="Cancel the deposit",
        note="The request is taken back; nothing was paid for it.",
        command="deposits cancel",
    ),
    permission=Permission.DEPOSITS,
    feature=FEATURE,
    at=DEPOSIT,
    button=Button(
        icon="trash-2", dialog="deposit-cancel", wants=(("cancel", "Only what nobody paid is cancelled"),), danger=True
    ),
    route=Route(tag=TAG, path="security-deposits/{number}/cancel", example={"reason": "not needed any more"}),
    request=CancelRequest,
    run=step_of(cancel_deposits),
    gives=DepositEffectShape,
)

REJECT = Action(
    kind="deposit_rejection",
    words=Words(
        "Reject payment",
        "Security deposit",
        "Payment of the deposit rejected",
        confirm="Reject the payment",
        note="The bank gave it back: the deposit is asked for again by as much, and holds as much less.",
        command="deposits reject-funding",
    ),
    permission=Permission.DEPOSITS,
    feature=FEATURE,
    at=DEPOSIT,
    button=Button(icon="circle-alert", dialog="deposit-reject", place="funding", danger=True),
    route=Route(
        tag=TAG,
        path="security-deposits/{number}/reject-funding",
        example={"payment": 2, "reason": "insufficient funds", "reference": "R-4711"},
    ),
    request=FundingRejection,
    run=step_of(reject_fundings),
    gives=DepositEffectShape,
)

ACTIONS = (REQUEST, FUND, PAY, PAY_BY_DEPOSIT, REFUND, CANCEL, REJECT)
