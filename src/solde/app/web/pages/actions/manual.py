"""The form of an operation made by hand, of any type that allows it."""

from __future__ import annotations

from collections.abc import Iterable

from solde.db import Connection
from solde.kernel.refusals import Kind, declare
from solde.operations import CLASSES, NewOperation, OperationType, Side, Types
from solde.operations.executors import manual_content
from solde.operations.rules import UNKNOWN_TYPE, may_post_by_hand

from ...i18n import t
from ...visitors import Visitor
from .submission import FormContext, ShownForm, Submission, texts
from .typed import FieldReader

UNKNOWN_BILLING = declare(
    "form_billing_account_unknown", Kind.INVALID, "Choose one of the billing accounts of this account."
)


def manual_types(types: Types, visitor: Visitor) -> list[OperationType]:
    """The types that this visitor may make by hand, those of one class together, by label."""
    order = list(CLASSES)
    found = [kind for kind in types.by_code.values() if may_post_by_hand(kind, visitor.permissions)]
    return sorted(found, key=lambda kind: (order.index(kind.class_), kind.label.casefold()))


def menu(types: Iterable[OperationType], base: str) -> list[dict[str, str]]:
    """The types as entries of a menu, each with the side it stands on."""
    return [
        {
            "code": kind.code,
            "label": t(kind.label),
            "class": t(CLASSES[kind.class_]),
            "word": "DR" if kind.side is Side.DEBIT else "CR",
            "tone": "debit" if kind.side is Side.DEBIT else "credit",
            "href": f"{base}/new?type={kind.code}",
        }
        for kind in types
    ]


async def new_operation(_: Connection, desk: FormContext) -> ShownForm:
    """Post an operation by hand."""
    known = {kind.code: kind for kind in manual_types(desk.types, desk.visitor)}
    billing = {b.code: b for b in desk.profile.billing_accounts}
    fields = texts(
        desk.given, type="", amount="", date=desk.today.isoformat(), due_date="", reference="", description="",
        billing_account="", net="", tax="", comment="", reason="",
    )  # fmt: skip
    values = {
        "types": [(code, f"{t(k.label)} ({'DR' if k.side is Side.DEBIT else 'CR'})") for code, k in known.items()],
        "billing": [(b.code, b.description or b.code) for b in billing.values()],
        "has_tax": bool(fields["net"] or fields["tax"]),
    }
    typed = FieldReader(desk.given, desk.currency)
    code = typed.among("type", list(known), UNKNOWN_TYPE, needed=True)
    amount, on, due = typed.amount("amount"), typed.day("date", desk.today), typed.day("due_date")
    net, tax = typed.amount("net", needed=False), typed.amount("tax", needed=False, zero=True)
    named = typed.among("billing_account", list(billing), UNKNOWN_BILLING)
    reference, description, comment = (typed.text(name) for name in ("reference", "description", "comment"))
    reason = typed.text("reason")
    if typed.refusals or code is None or amount is None or on is None:
        return ShownForm(fields, values, refusals=tuple(typed.refusals))
    new = NewOperation(
        desk.account.account_id, code, amount, on, due, desk.currency, net, tax, reference=reference,
        description=description, comment=comment,
        billing_account_id=None if named is None else billing[named].billing_account_id,
    )  # fmt: skip
    said = t("{label} posted", label=t(known[code].label))
    return ShownForm(fields, values, Submission(said, "manual_operation", amount, manual_content(new, reason), reason))
