"""The third step of the wizard: what will be made, what it pays, and the balance before and after."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from solde.adjustments.shapes import AdjustmentShape
from solde.db import Connection
from solde.matching import lines_of_operations
from solde.operations import store as operation_store

from .. import formats
from ..i18n import t
from .actions.submission import name_of
from .adjusting_form import AdjustmentForm

PAID_SHOWN = 20
"""Lines shown of what a payment pays."""


def figure(owed: Decimal, currency: str, *, prepaid: bool) -> tuple[str, str, str]:
    """What is owed, or the funds of who pays before: the figure, what it means in words, its tone."""
    tone = formats.DIRECTIONS[formats.direction(owed)]
    if prepaid:
        return formats.money(-owed, currency), t("used up") if owed > 0 else "", tone
    words = {"DR": t("DR, owed"), "CR": t("CR, overpaid"), "ZERO": ""}
    return formats.size(owed, currency), words[formats.direction(owed)], tone


def rows_of(told: AdjustmentShape, *, prepaid: bool) -> list[dict[str, object]]:
    """Balance, and unallocated payments, before and after."""
    currency = told.currency
    before, after = Decimal(told.balance.before), Decimal(told.balance.after)
    rows: list[dict[str, object]] = [
        {
            "label": t("Funds") if prepaid else t("Current balance"),
            "before": figure(before, currency, prepaid=prepaid),
            "after": figure(after, currency, prepaid=prepaid),
        }
    ]
    if told.unallocated is not None and told.unallocated.before != told.unallocated.after:
        moved = (Decimal(told.unallocated.before), Decimal(told.unallocated.after))
        was, now = ((formats.money(one, currency), "", "") for one in moved)
        rows.append({"label": t("Unallocated payments"), "before": was, "after": now})
    return rows


def made_of(told: AdjustmentShape, form: AdjustmentForm) -> list[tuple[str, str]]:
    """What will be made, as facts."""
    currency = told.currency
    facts = [(t("Amount"), money_of(told.amount, currency))]
    if told.item is not None:
        net, tax = money_of(told.item.net, currency), money_of(told.item.tax, currency)
        facts += [
            (t("Made as"), t("Unbilled item of the open period")),
            (t("Service"), form.said.get("service", told.item.service)),
            (t("Of it"), t("{net} net, {tax} tax", net=net, tax=tax)),
        ]
    elif told.operations and told.transaction_id is None:
        many = t("{n} operations", n=len(told.operations)) if len(told.operations) > 1 else t("An operation")
        facts.append((t("Made as"), many))
    elif told.transaction_id is not None:
        facts.append((t("Made as"), t("Request to the card gateway")))
    facts += [(t(label), form.said[name]) for name, label in _SAID if form.said.get(name)]
    return facts


_SAID = (
    ("method", "Payment method"),
    ("card", "Card"),
    ("transaction_id", "Card transaction"),
    ("date", "Date"),
    ("reference", "Reference"),
    ("visible", "Visible comment"),
    ("internal", "Internal comment"),
)


async def pays_of(conn: Connection, account_id: int, told: AdjustmentShape) -> Sequence[tuple[str, str, str]]:
    """What a payment just made pays: the debit, the day it is due, how much; and how many more there are."""
    if told.type != "manual_payment" or not told.operations:
        return []
    lines = await lines_of_operations(conn, account_id, list(told.operations))
    known = {
        one.number: one
        for one in await operation_store.get_operations(conn, account_id, sorted({line.debit_number for line in lines}))
    }
    shown = [
        (name_of(known[line.debit_number]), formats.day(known[line.debit_number].due_on),
         formats.money(line.amount, told.currency))
        for line in lines[:PAID_SHOWN]
    ]  # fmt: skip
    more = len(lines) - len(shown)
    return [*shown, (t("and {n} more", n=more), "", "")] if more else shown


def money_of(text: str, currency: str) -> str:
    """An amount of an answer, with its currency."""
    return f"{formats.money(Decimal(text), currency)} {currency}"
