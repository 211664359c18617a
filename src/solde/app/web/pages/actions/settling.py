"""Forms on one operation: refund, write off, transfer, reject."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from solde.customers import list_payment_methods
from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.payments import RefundRequest, TakeBackRequest, TransferRequest, WriteOffRequest
from solde.payments.executors import content_of
from solde.payments.rules import NO_METHOD

from ...i18n import t
from .typed import Typed, as_typed
from .wishes import Desk, Form, Wish, reason_of, texts


def _available(desk: Desk) -> str:
    return as_typed(desk.chosen[0].available, desk.currency)


def _form(form: Form, kind: str, said: str, amount: Decimal, request: object, reason: str | None) -> Form:
    return replace(form, wish=Wish(said, kind, amount, content_of(request), reason))


def _refused(form: Form, typed: Typed) -> Form:
    return replace(form, refusals=tuple(typed.refusals))


async def refund(conn: Connection, desk: Desk) -> Form:
    """Give back a credit, up to what is unallocated of it."""
    methods = await list_payment_methods(conn)
    fields = texts(desk.given, amount=_available(desk), method="", date=desk.today.isoformat(), reference="", reason="")
    form = Form(fields, {"methods": [(m.code, m.label) for m in methods]})
    typed = Typed(desk.given)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    method = typed.among("method", [m.code for m in methods], NO_METHOD)
    reference, reason = typed.text("reference"), typed.text("reason")
    if typed.refusals or amount is None:
        return _refused(form, typed)
    request = RefundRequest(
        desk.account.account_id, desk.chosen[0].number, desk.visitor.actor, amount, method, on=on,
        reference=reference, reason=reason,
    )  # fmt: skip
    return _form(form, "refund", t("Refunded"), amount, request, reason)


async def write_off(_: Connection, desk: Desk) -> Form:
    """Give up a debit, whole or part, with the reason why."""
    form = Form(
        texts(desk.given, amount=_available(desk), date=desk.today.isoformat(), reason="", comment=""),
    )
    typed = Typed(desk.given)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    reason, comment = reason_of(desk, typed), typed.text("comment")
    if typed.refusals or amount is None:
        return _refused(form, typed)
    request = WriteOffRequest(
        desk.account.account_id, desk.chosen[0].number, desk.visitor.actor, reason, amount, on, comment
    )
    return _form(form, "write_off", t("Written off"), amount, request, reason)


async def transfer(_: Connection, desk: Desk) -> Form:
    """Bring an operation, or a part of it, to another account."""
    fields = texts(desk.given, to="", amount=_available(desk), date=desk.today.isoformat(), reason="", comment="")
    own = [(a.code, a.currency) for a in desk.customer.accounts if a.code != desk.account.code]
    form = Form(fields, {"accounts": [code for code, currency in own if currency == desk.currency]})
    typed = Typed(desk.given)
    to, amount, on = typed.text("to", needed=True), typed.amount("amount"), typed.day("date", desk.today)
    reason, comment = reason_of(desk, typed), typed.text("comment")
    target = desk.others.get(to or "")
    if to is not None and target is None:
        typed.refusals.append(_unknown(to))
    if typed.refusals or amount is None or target is None:
        return _refused(form, typed)
    request = TransferRequest(
        desk.account.account_id, desk.chosen[0].number, target.account_id, desk.visitor.actor, reason, amount, on,
        comment,
    )  # fmt: skip
    return _form(form, "transfer", t("Transferred"), amount, request, reason)


def _unknown(code: str) -> Refusal:
    return refuse(UNKNOWN_ACCOUNT, f"there is no account {code!r}", field="to")


async def reject(_: Connection, desk: Desk) -> Form:
    """Book that the bank gave a payment, or a refund, back."""
    form = Form(texts(desk.given, date=desk.today.isoformat(), reference="", reason=""))
    typed = Typed(desk.given)
    on, reference, reason = typed.day("date"), typed.text("reference"), reason_of(desk, typed)
    if typed.refusals:
        return _refused(form, typed)
    operation = desk.chosen[0]
    request = TakeBackRequest(desk.account.account_id, operation.number, desk.visitor.actor, reason, on, reference)
    return _form(form, "rejection", t("Payment rejected"), operation.amount, request, reason)
