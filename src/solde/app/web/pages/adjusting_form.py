"""The second step of the wizard: the fields of each operation, and what was typed into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from solde.adjustments import AccountStanding, AdjustmentRequest, AdjustmentType
from solde.adjustments.model import CARD_TYPES, SERVICE_TYPES, TRANSACTION_TYPES
from solde.adjustments.options import card_subjects
from solde.adjustments.rules import subjects
from solde.cards import CardTransaction, PaymentCard, list_cards
from solde.cards.rules import UNKNOWN_CARD, UNKNOWN_TRANSACTION
from solde.customers.store import list_payment_methods
from solde.db import Connection
from solde.kernel.refusals import Refusal
from solde.payments.rules import NO_METHOD
from solde.unbilled import list_services
from solde.unbilled.rules import UNKNOWN_SERVICE

from .. import formats
from ..amounts import as_typed
from ..i18n import t
from .actions.typed import FieldReader, FormFields

T = AdjustmentType
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AdjustmentForm:
    """An operation with what was typed: `request` where all of it is fit; `said` are the choices in words."""

    kind: AdjustmentType
    values: Mapping[str, str]
    choices: Mapping[str, Choices]
    request: AdjustmentRequest | None = None
    refusals: tuple[Refusal, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the summary carries along."""
        return [("type", self.kind.value), *((name, value) for name, value in self.values.items() if value)]


CAPTIONS = {
    "amount": "Amount",
    "service": "Service",
    "method": "Payment method",
    "card": "Card",
    "transaction_id": "Card transaction",
    "date": "Date",
    "reference": "Reference",
    "visible": "Visible comment",
    "internal": "Internal comment",
}
FIELD_HINTS = {
    "reference": "Such as the number of a cheque or a receipt",
    "visible": "The customer reads it.",
    "internal": "Only the staff reads it.",
}
BLANKS = {"method": "As the money came", "service": "Choose", "transaction_id": "Choose"}
OF_MONEY = {T.MANUAL_PAYMENT: ("date", "reference"), T.REFUND: ("date",)}
"""What is asked of money that comes or goes by hand besides how."""
OPTIONAL_AMOUNT = (T.CAPTURE_PAYMENT, T.ECOMMERCE_REFUND)
"""Without an amount it is all there is."""


async def ask_for(
    conn: Connection,
    kind: AdjustmentType,
    standing: AccountStanding,
    given: FormFields,
    actor: str,
    now: datetime,
    today: date,
) -> AdjustmentForm:
    """The form of an operation, read as far as it was filled in."""
    choices = await _choices(conn, kind, standing, now)
    names = [*([] if kind is T.VOID else ["amount"]), *choices, *OF_MONEY.get(kind, ()), "visible", "internal"]
    first = {"date": formats.day(today)}
    values = {name: given.one(name, first.get(name) or _first(kind, name, choices, standing)) for name in names}
    if not given.has("type"):
        return AdjustmentForm(kind, values, choices)
    typed = FieldReader(FormFields(values.items()), standing.currency)
    amount = typed.amount("amount", needed=kind not in OPTIONAL_AMOUNT) if "amount" in values else None
    picked = {name: _pick(typed, kind, name, known) for name, known in choices.items()}
    visible, internal = typed.text("visible"), typed.text("internal")
    on = typed.day("date") if "date" in values else None
    reference = typed.text("reference") if "reference" in values else None
    said = {name: dict(known).get(values[name], "") for name, known in choices.items()}
    said |= {"date": formats.day(on), "reference": reference or ""}
    said |= {"visible": visible or "", "internal": internal or ""}
    if typed.refusals:
        return AdjustmentForm(kind, values, choices, None, tuple(typed.refusals), said)
    request = AdjustmentRequest(
        standing.account_id, kind, actor, amount, picked.get("service"), picked.get("method"),
        _number(picked.get("transaction_id")), _number(picked.get("card")), visible, internal, on,
        reference=reference,
    )  # fmt: skip
    return AdjustmentForm(kind, values, choices, request, (), said)


def _pick(typed: FieldReader, kind: AdjustmentType, name: str, known: Choices) -> str | None:
    codes = {
        "service": UNKNOWN_SERVICE, "method": NO_METHOD, "card": UNKNOWN_CARD, "transaction_id": UNKNOWN_TRANSACTION,
    }  # fmt: skip
    return typed.among(name, [code for code, _ in known], codes[name], needed=kind is not T.REFUND)


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _first(kind: AdjustmentType, name: str, choices: Mapping[str, Choices], standing: AccountStanding) -> str:
    """What is filled in before anybody typed."""
    if name == "amount" and kind is T.REFUND and standing.refundable:
        return as_typed(standing.refundable, standing.currency)
    if name == "method" and kind is T.MANUAL_PAYMENT:
        return "CASH" if "CASH" in dict(choices["method"]) else ""
    if name == "card" or (name == "transaction_id" and len(choices[name]) == 1):
        return choices[name][0][0] if choices[name] else ""
    return ""


async def _choices(
    conn: Connection, kind: AdjustmentType, standing: AccountStanding, now: datetime
) -> dict[str, Choices]:
    """What can be chosen for it: services, methods, cards, card transactions."""
    account, currency = standing.account_id, standing.currency
    if kind in SERVICE_TYPES:
        services = [one for one in await list_services(conn) if one.is_service and one.active]
        return {
            "service": [
                (one.code, t("{label}, {rate} % tax", label=t(one.label), rate=_rate(one.tax_rate))) for one in services
            ]
        }
    if kind in (T.MANUAL_PAYMENT, T.REFUND):
        return {"method": [(one.code, t(one.label)) for one in await list_payment_methods(conn)]}
    if kind in CARD_TYPES:
        return {"card": [(str(one.card_number), _card(one)) for one in await list_cards(conn, account)]}
    if kind in TRANSACTION_TYPES:
        found = subjects(kind, await card_subjects(conn, account), now)
        return {"transaction_id": [(str(one.number), _transaction(one, most, currency)) for one, most in found]}
    return {}


def _rate(rate: Decimal) -> str:
    return formats.plain_text(rate)


def _card(one: PaymentCard) -> str:
    return f"{one.brand} •••• {one.last4}, {one.expires_month:02}/{one.expires_year}"


def _transaction(one: CardTransaction, most: Decimal, currency: str) -> str:
    until = t(", until {when}", when=formats.instant(one.expires_at)) if one.expires_at else ""
    return t("No. {n} of {day}: {amount}", n=one.number, day=formats.day(one.created_at.date()),
             amount=f"{formats.money(most, currency)} {currency}") + until  # fmt: skip


def shown_fields(form: AdjustmentForm, wrong: Mapping[str, str]) -> list[dict[str, object]]:
    """The fields as the template draws them."""
    return [
        {
            "name": name,
            "label": t(CAPTIONS[name]),
            "value": value,
            "wrong": wrong.get(name, ""),
            "hint": _hint(form.kind, name),
            "options": list(form.choices.get(name, [])),
            "chooses": name in form.choices,
            "blank": _blank(form.kind, name),
            "needed": name in ("amount", "service", "card", "transaction_id", "date")
            and not _optional(form.kind, name),
        }
        for name, value in form.values.items()
    ]


def _optional(kind: AdjustmentType, name: str) -> bool:
    return name == "amount" and kind in OPTIONAL_AMOUNT


def _hint(kind: AdjustmentType, name: str) -> str:
    if _optional(kind, name):
        return t("All there is, unless given.")
    if name == "amount" and kind in SERVICE_TYPES:
        return t("Gross: the tax of the service is contained in it.")
    return t(FIELD_HINTS[name]) if name in FIELD_HINTS else ""


def _blank(kind: AdjustmentType, name: str) -> str:
    if name == "method":
        return t(BLANKS[name]) if kind is T.REFUND else ""
    return t(BLANKS[name]) if name in BLANKS else ""
