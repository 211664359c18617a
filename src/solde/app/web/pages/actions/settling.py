"""Forms that settle operations: refund, write off, credit, transfer, reject; and take that back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from solde.customers import list_payment_methods
from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.payments import (
    CreditNoteRequest,
    RefundRequest,
    TakeBackRequest,
    TransferRequest,
    WriteOffRequest,
    WriteOffsRequest,
)
from solde.payments.credit_model import CreditRoom
from solde.payments.crediting import find_rooms
from solde.payments.effects import read_items
from solde.payments.executors import content_of
from solde.payments.rules import NO_METHOD

from ... import formats
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
    form = Form(fields, {"methods": [(m.code, t(m.label)) for m in methods]})
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
    """Give up a debit, whole or part, or several debits each wholly, with the reason why."""
    if len(desk.chosen) > 1:
        return _write_offs(desk)
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


def _write_offs(desk: Desk) -> Form:
    form = Form(texts(desk.given, date=desk.today.isoformat(), reason="", comment=""))
    typed = Typed(desk.given)
    on, reason, comment = typed.day("date", desk.today), reason_of(desk, typed), typed.text("comment")
    if typed.refusals:
        return _refused(form, typed)
    amounts = {o.number: o.available for o in desk.chosen}
    request = WriteOffsRequest(desk.account.account_id, amounts, desk.visitor.actor, reason, on, comment)
    return _form(form, "write_off", t("Written off"), sum(amounts.values(), ZERO), request, reason)


async def credit_note(conn: Connection, desk: Desk) -> Form:
    """Credit an invoice, whole or part, with the reason why."""
    operation, account = desk.chosen[0], desk.account.account_id
    items = await read_items(conn, [(account, operation.number)])
    room = (await find_rooms(conn, items, desk.types))[account, operation.number]
    fields = texts(
        desk.given, amount=as_typed(room.free, desk.currency) if room.free > 0 else "", date=desk.today.isoformat(), reference="",
        reason="", comment="", net="", tax="",
    )  # fmt: skip
    form = Form(fields, {"notes": _notes(room, desk.currency)})
    typed = Typed(desk.given)
    amount, on = typed.amount("amount"), typed.day("date", desk.today)
    reference, reason, comment = typed.text("reference"), reason_of(desk, typed), typed.text("comment")
    net, tax = (typed.amount(name, needed=False, zero=True) for name in ("net", "tax"))
    if typed.refusals or amount is None:
        return _refused(form, typed)
    request = CreditNoteRequest(
        account, operation.number, desk.visitor.actor, reason, amount, on, reference, comment, net=net, tax=tax
    )
    return _form(form, "credit_note", t("Credited"), amount, request, reason)


def _notes(room: CreditRoom, currency: str) -> list[str]:
    """What stands in the way of crediting all of an invoice."""
    said = (
        (room.credited, "{amount} is credited already."),
        (room.given_up, "{amount} was written off or transferred and is not credited."),
        (room.disputed, "{amount} is in litigation: update or remove that to credit it."),
    )
    return [t(words, amount=f"{formats.money(amount, currency)} {currency}") for amount, words in said if amount]


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


async def take_write_off_back(_: Connection, desk: Desk) -> Form:
    """Take a write-off back."""
    return _taken_back(desk, "write_off_reversal", t("Write-off taken back"))


async def take_credit_note_back(_: Connection, desk: Desk) -> Form:
    """Take a credit note back."""
    return _taken_back(desk, "credit_note_reversal", t("Credit note taken back"))


def _taken_back(desk: Desk, kind: str, said: str) -> Form:
    form = Form(texts(desk.given, date=desk.today.isoformat(), reason=""))
    typed = Typed(desk.given)
    on, reason = typed.day("date"), reason_of(desk, typed)
    if typed.refusals:
        return _refused(form, typed)
    operation = desk.chosen[0]
    request = TakeBackRequest(desk.account.account_id, operation.number, desk.visitor.actor, reason, on)
    return _form(form, kind, said, operation.amount, request, reason)


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
