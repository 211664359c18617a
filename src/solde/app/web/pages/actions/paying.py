"""The form that registers a payment: of chosen debits, of the oldest, or of nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from solde.actions.requests import content_of
from solde.customers import PaymentMethod, list_payment_methods
from solde.db import Connection
from solde.operations import NewOperation
from solde.payments import Allocate, PaymentRequest
from solde.payments.rules import NO_METHOD

from ... import formats
from ...amounts import as_typed
from ...i18n import t
from .submission import FormContext, ShownForm, Submission, name_of, texts, total_available
from .typed import FieldReader


async def pay(conn: Connection, desk: FormContext) -> ShownForm:
    """Register a payment: how much, how, when; and how much of it each chosen debit gets, if that is said."""
    methods = await list_payment_methods(conn)
    form = _wanted(desk, {method.code: method.payment_type for method in methods})
    return form if desk.confirms else _drawn(form, desk, methods)


def _wanted(desk: FormContext, types: Mapping[str, str]) -> ShownForm:
    """What was typed, read; `types` are the operation types of the payment methods."""
    typed = FieldReader(desk.given, desk.currency)
    amount = typed.amount("amount")
    method = typed.among("payment_method", list(types), NO_METHOD, needed=True)
    on = typed.day("date", desk.today)
    parts = _parts(desk, typed)
    reference, description, reason = typed.text("reference"), typed.text("description"), typed.text("reason")
    if typed.refusals or amount is None or method is None or on is None:
        return ShownForm({}, refusals=tuple(typed.refusals))
    payment = NewOperation(
        desk.account.account_id, types[method], amount, on, None, desk.currency,
        reference=reference, description=description, payment_method=method, source="payment",
    )  # fmt: skip
    to: Allocate | tuple[int, ...] = tuple(o.number for o in desk.chosen)
    if not desk.chosen:
        to = Allocate.NONE if desk.given.one("allocate") == Allocate.NONE else Allocate.OLDEST
    request = PaymentRequest(payment, desk.visitor.actor, to, reason, amounts=parts)
    return ShownForm({}, wish=Submission(t("Payment registered"), "payment", amount, content_of(request), reason))


def _drawn(form: ShownForm, desk: FormContext, methods: Sequence[PaymentMethod]) -> ShownForm:
    """The form with what stands in its fields, and what may be chosen."""
    usual = desk.profile.payment_method
    fields = texts(
        desk.given,
        amount=as_typed(total_available(desk.chosen), desk.currency) if desk.chosen else "",
        payment_method=usual if usual in {method.code for method in methods} else "",
        date=desk.today.isoformat(),
        reference="",
        description="",
        reason="",
        allocate=Allocate.OLDEST.value,
    )
    values = {
        "methods": [(method.code, t(method.label)) for method in methods],
        "ways": [("oldest", t("The oldest due first")), ("none", t("Nothing yet: it stays unallocated"))],
        "rows": [
            {
                "name": f"part-{o.number}",
                "reference": name_of(o),
                "due": formats.day(o.due_on),
                "available": formats.money(o.available, o.currency),
                "typed": desk.given.one(f"part-{o.number}"),
            }
            for o in desk.chosen
        ],
    }
    return replace(form, fields=fields, values=values)


def _parts(desk: FormContext, typed: FieldReader) -> dict[int, Decimal]:
    """How much of the payment each chosen debit gets, where that was typed."""
    found = {o.number: typed.amount(f"part-{o.number}", needed=False) for o in desk.chosen}
    return {number: amount for number, amount in found.items() if amount is not None}
