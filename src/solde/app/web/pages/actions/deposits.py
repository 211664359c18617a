"""Forms of security deposits: ask for one, fund it, pay with it, give it back, cancel it, take a funding back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from solde.actions.requests import content_of
from solde.customers import list_payment_methods
from solde.db import Connection
from solde.deposits import (
    CancelRequest,
    Deposit,
    DepositRequest,
    FundingRejection,
    FundRequest,
    GiveBackRequest,
    PayRequest,
    TemplateState,
    cancel_deposits,
    deposits_of_accounts,
    fund_deposits,
    list_templates,
    reject_fundings,
    request_deposits,
)
from solde.deposits.rules import NO_DEPOSIT, NO_TEMPLATE, floor_to
from solde.deposits.shapes import deposit_effect_shape
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.matching.rules import by_due
from solde.operations import OpenItem, Operation
from solde.operations import store as operation_store
from solde.operations.rules import UNKNOWN_OPERATION
from solde.payments import Allocate
from solde.payments.rules import NO_METHOD

from ... import formats
from ...addresses import Address, account_path, customer_path
from ...i18n import t
from .typed import Typed, as_typed
from .wishes import Desk, Form, Outcome, Wish, name_of, outcome_of, reason_of, texts

OFFERED_MOST = 100
"""Debits that the form of a payment by deposit offers."""

Action = Callable[..., Awaitable[Sequence[Any]]]


def deposits_path(customer: str, account: str) -> str:
    """The address of the Deposits tab, with the account that is looked at."""
    return str(Address(customer_path(customer, "deposits"), [("account", account)]))


def _values(desk: Desk, deposit: Deposit | None = None, **more: object) -> dict[str, object]:
    """What every form of a deposit shows of it, and where it leads back."""
    shown = None if deposit is None else _shown(deposit)
    return {"back": deposits_path(desk.customer.code, desk.account.code), "deposit": shown, **more}


def _shown(one: Deposit) -> dict[str, str]:
    return {
        "number": str(one.number),
        "name": one.name,
        "held": formats.money(one.balance, one.currency),
        "asked": formats.money(one.asked, one.currency) if one.asked else "",
        "currency": one.currency,
    }


async def _all(conn: Connection, desk: Desk) -> list[Deposit]:
    return [one.deposit for one in await deposits_of_accounts(conn, [desk.account.account_id])]


async def _named(conn: Connection, desk: Desk) -> Deposit:
    """The deposit that the form is of; refuses unknown_deposit."""
    asked = desk.given.one("deposit")
    found = next((one for one in await _all(conn, desk) if str(one.number) == asked), None)
    if found is None:
        raise Refused(refuse(NO_DEPOSIT, f"account {desk.account.code} has no deposit {asked!r}"))
    return found


def _refused(form: Form, *refusals: Refusal) -> Form:
    return replace(form, refusals=tuple(refusals))


def _at_once(form: Form, desk: Desk, said: str, action: Action, request: object) -> Form:
    """The form with a wish that needs no second person."""

    async def perform(conn: Connection) -> Outcome:
        (done,) = await action(conn, [request], desk.types, today=desk.today)
        if isinstance(done, tuple):
            raise Refused(done)
        return outcome_of(deposit_effect_shape(done, desk.account.code), desk.account.code)

    return replace(form, wish=Wish(said, perform=perform, back=str(form.values["back"])))


def _proposed(form: Form, said: str, kind: str, amount: Decimal, request: object, reason: str | None) -> Form:
    """The form with a wish that may need a second person."""
    return replace(form, wish=Wish(said, kind, amount, content_of(request), reason, back=str(form.values["back"])))


async def ask_for(conn: Connection, desk: Desk) -> Form:
    """Ask the account for a deposit, by a template of its currency."""
    templates = [
        one for one in await list_templates(conn) if one.state is TemplateState.ACTIVE and one.currency == desk.currency
    ]
    first = templates[0] if len(templates) == 1 else None
    at_first = {"template": "" if first is None else first.code, "amount": "", "name": "", "valid_until": ""}
    fields = texts(desk.given, **at_first, date=desk.today.isoformat(), reason="")
    form = Form(fields, _values(desk, templates=[(one.code, t(one.label)) for one in templates]))
    typed = Typed(desk.given)
    template = typed.among("template", [one.code for one in templates], NO_TEMPLATE, needed=True)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    name, until, reason = typed.text("name"), typed.day("valid_until"), typed.text("reason")
    if typed.refusals or amount is None or template is None:
        return _refused(form, *typed.refusals)
    request = DepositRequest(
        desk.account.account_id, template, amount, desk.visitor.actor, name, until, on, reason, desk.visitor.posts_late
    )
    return _at_once(form, desk, t("Deposit requested"), request_deposits, request)


async def fund(conn: Connection, desk: Desk) -> Form:
    """Register money that came for a deposit."""
    deposit, methods = await _named(conn, desk), await list_payment_methods(conn)
    at_first = {"amount": as_typed(deposit.asked, deposit.currency), "method": desk.account.payment_method or ""}
    fields = texts(
        desk.given, **at_first, date=desk.today.isoformat(), reference="", rest_to=str(Allocate.OLDEST), reason=""
    )
    ways = [(str(Allocate.OLDEST), t("the oldest debts first")), (str(Allocate.NONE), t("nothing yet"))]
    form = Form(fields, _values(desk, deposit, methods=[(m.code, t(m.label)) for m in methods], ways=ways))
    typed = Typed(desk.given)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    method = typed.among("method", [m.code for m in methods], NO_METHOD, needed=True)
    reference, reason = typed.text("reference"), typed.text("reason")
    if typed.refusals or amount is None or method is None:
        return _refused(form, *typed.refusals)
    rest_to = Allocate.NONE if fields["rest_to"] == Allocate.NONE else Allocate.OLDEST
    request = FundRequest(
        deposit.account_id,
        deposit.number,
        amount,
        desk.visitor.actor,
        method,
        rest_to,
        on,
        reference,
        reason,
        desk.visitor.posts_late,
    )
    return _at_once(form, desk, t("Deposit funded"), fund_deposits, request)


async def pay_chosen(conn: Connection, desk: Desk) -> Form:
    """Pay the chosen debit with one of the account's deposits."""
    holding = [one for one in await _all(conn, desk) if one.balance > 0]
    debit = desk.chosen[0]
    asked = desk.given.one("deposit") or (str(holding[0].number) if holding else "")
    deposit = next((one for one in holding if str(one.number) == asked), None)
    most = "" if deposit is None else _most(deposit, debit)
    fields = texts(desk.given, deposit=asked, amount=most, date=desk.today.isoformat(), reason="")
    options = [(str(one.number), _option(one)) for one in holding]
    form = Form(fields, {"back": account_path(desk.account.code), "deposits": options})
    if deposit is None:
        code = f"account {desk.account.code} has no deposit that holds money"
        return _refused(form, refuse(NO_DEPOSIT, code, field="deposit"))
    return _pay(form, desk, deposit, debit.number)


async def pay(conn: Connection, desk: Desk) -> Form:
    """Pay a debit of the account with a deposit."""
    deposit, debits = await _named(conn, desk), await _debits(conn, desk)
    asked = desk.given.one("operation") or (str(debits[0].number) if debits else "")
    debit = next((one for one in debits if str(one.number) == asked), None)
    most = "" if debit is None else _most(deposit, debit)
    fields = texts(desk.given, operation=asked, amount=most, date=desk.today.isoformat(), reason="")
    options = [
        (str(o.number), f"{name_of(o)} · {t(o.label)} · {formats.money(o.available, o.currency)} {o.currency}")
        for o in debits
    ]
    form = Form(fields, _values(desk, deposit, debits=options))
    if debit is None:
        said = t("There is nothing to pay on this account") if not debits else f"no operation {asked!r} is open"
        return _refused(form, refuse(UNKNOWN_OPERATION, said, field="operation"))
    return _pay(form, desk, deposit, debit.number)


def _pay(form: Form, desk: Desk, deposit: Deposit, number: int) -> Form:
    typed = Typed(desk.given)
    amount, on, reason = typed.amount("amount"), typed.day("date", desk.today), typed.text("reason")
    if typed.refusals or amount is None:
        return _refused(form, *typed.refusals)
    request = PayRequest(deposit.account_id, deposit.number, number, desk.visitor.actor, amount, on, reason)
    return _proposed(form, t("Paid with the deposit"), "deposit_payment", amount, request, reason)


async def _debits(conn: Connection, desk: Desk) -> list[Operation]:
    """The debits that a deposit may pay, the oldest due first."""
    account_id = desk.account.account_id
    found: Sequence[OpenItem] = await operation_store.oldest_open_debits(
        conn, [account_id], desk.types.deposit_ids, OFFERED_MOST
    )
    numbers = [item.number for item in sorted(found, key=by_due) if not item.excluded]
    known: Mapping[int, Operation] = {
        o.number: o for o in await operation_store.get_operations(conn, account_id, numbers)
    }
    return [known[number] for number in numbers]


def _option(one: Deposit) -> str:
    return t(
        "{name}: {amount} held", name=one.name, amount=f"{formats.money(one.balance, one.currency)} {one.currency}"
    )


def _most(deposit: Deposit, debit: Operation) -> str:
    return as_typed(floor_to(min(deposit.balance, debit.available), deposit.currency), deposit.currency)


async def give_back(conn: Connection, desk: Desk) -> Form:
    """Give a deposit back, whole or in part."""
    deposit, methods = await _named(conn, desk), await list_payment_methods(conn)
    fields = texts(
        desk.given, amount=as_typed(deposit.balance, deposit.currency), method="", date=desk.today.isoformat(),
        reference="", reason="",
    )  # fmt: skip
    form = Form(fields, _values(desk, deposit, methods=[(m.code, t(m.label)) for m in methods]))
    typed = Typed(desk.given)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    method = typed.among("method", [m.code for m in methods], NO_METHOD)
    reference, reason = typed.text("reference"), typed.text("reason")
    if typed.refusals or amount is None:
        return _refused(form, *typed.refusals)
    request = GiveBackRequest(
        deposit.account_id, deposit.number, desk.visitor.actor, amount, method, on, reference, reason
    )
    return _proposed(form, t("Deposit refunded"), "deposit_refund", amount, request, reason)


async def cancel(conn: Connection, desk: Desk) -> Form:
    """Take back the request of a deposit nobody paid."""
    deposit = await _named(conn, desk)
    form = Form(texts(desk.given, date=desk.today.isoformat(), reason=""), _values(desk, deposit))
    typed = Typed(desk.given)
    on, reason = typed.day("date", desk.today), reason_of(desk, typed)
    if typed.refusals:
        return _refused(form, *typed.refusals)
    request = CancelRequest(deposit.account_id, deposit.number, desk.visitor.actor, reason, on, desk.visitor.posts_late)
    return _at_once(form, desk, t("Deposit cancelled"), cancel_deposits, request)


async def reject(conn: Connection, desk: Desk) -> Form:
    """Book that the bank gave a payment for a deposit back."""
    deposit = await _named(conn, desk)
    fields = texts(desk.given, payment="", date=desk.today.isoformat(), reference="", reason="")
    number = int(fields["payment"]) if fields["payment"].isdecimal() and len(fields["payment"]) < 19 else 0
    found = await operation_store.get_operations(conn, deposit.account_id, [number])
    if not found:
        raise Refused(refuse(UNKNOWN_OPERATION, f"the account has no operation {fields['payment']!r}"))
    paid = {
        "name": name_of(found[0]),
        "label": t(found[0].label),
        "on": formats.day(found[0].operation_on),
        "amount": formats.money(found[0].amount, found[0].currency),
    }
    form = Form(fields, _values(desk, deposit, paid=paid))
    typed = Typed(desk.given)
    on, reference, reason = typed.day("date", desk.today), typed.text("reference"), reason_of(desk, typed)
    if typed.refusals:
        return _refused(form, *typed.refusals)
    request = FundingRejection(
        deposit.account_id, deposit.number, number, desk.visitor.actor, reason, on, reference, desk.visitor.posts_late
    )
    return _at_once(form, desk, t("Payment of the deposit rejected"), reject_fundings, request)
