"""Solde from Python: the same actions, refusals and keys as on the other faces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from conftest import TestClock

import solde

ACME: dict[str, Any] = {
    "name": "Acme", "country": "FR", "language": "fr", "account_code": "ACME", "billing_cycle": "MONTHLY",
    "tax_category": "STANDARD", "last_name": "Martin", "first_name": "Camille", "email": "camille@acme.example",
    "currency": "EUR", "payment_method": "DIRECTDEBIT", "payment_terms": "NET30", "payment_mode": "POSTPAID",
    "seller": "MAIN", "category": "BUSINESS",
}  # fmt: skip


@pytest.fixture
async def ledger(database_url: str, clock: TestClock) -> AsyncIterator[solde.Ledger]:
    """A ledger with an account ACME."""
    async with solde.open(database_url, actor="billing", clock=clock) as opened:
        await opened.create_customer(**ACME)
        yield opened


async def numbers(ledger: solde.Ledger) -> list[int]:
    return [one.number async for one in ledger.list_operations("ACME", sort="number")]


async def test_a_payment_pays_the_oldest_invoice(ledger: solde.Ledger) -> None:
    await ledger.post_operation("ACME", "INV_STD", "120.00", date=date(2026, 11, 1))

    paid = await ledger.register_payment("ACME", Decimal(100))

    assert (paid.number, paid.matched, [line.debit for line in paid.lines]) == (2, "100", [1])
    assert (await ledger.balance("ACME")).balance == "20"


async def test_an_invoice_is_due_by_the_terms_of_its_account(ledger: solde.Ledger) -> None:
    posted = await ledger.post_operation("ACME", "INV_STD", "120.00", date=date(2026, 11, 1))

    assert posted.due_date == "2026-12-01"


async def test_a_balance_is_told_as_of_a_day(ledger: solde.Ledger) -> None:
    await ledger.post_operation("ACME", "INV_STD", "120.00", date=date(2026, 11, 10))

    assert (await ledger.balances("ACME", as_of=date(2026, 11, 9)))["default"].balance == "0"
    assert (await ledger.balances("ACME", as_of=date(2026, 11, 10)))["default"].balance == "120"


async def test_named_operations_are_matched(ledger: solde.Ledger) -> None:
    await ledger.post_operation("ACME", "INV_STD", "120.00")
    await ledger.register_payment("ACME", "50", allocate_to="none")

    made = await ledger.match("ACME", [1], [2], amounts={1: "40"})

    assert (made.amount, [(line.debit, line.credit) for line in made.lines]) == ("40", [(1, 2)])


async def test_a_dry_run_answers_and_keeps_nothing(ledger: solde.Ledger) -> None:
    posted = await ledger.post_operation("ACME", "INV_STD", "120.00", dry_run=True, key="K")
    paid = await ledger.register_payment("ACME", "5", dry_run=True)

    assert (posted.dry_run, paid.dry_run, await numbers(ledger)) == (True, True, [])


async def test_with_a_key_an_action_is_done_once(ledger: solde.Ledger) -> None:
    first = await ledger.register_payment("ACME", "5", key="K")

    assert await ledger.register_payment("ACME", "5", key="K") == first
    assert await numbers(ledger) == [1]


async def test_a_key_is_not_used_for_something_else(ledger: solde.Ledger) -> None:
    await ledger.register_payment("ACME", "5", key="K")

    with pytest.raises(solde.Refused) as refused:
        await ledger.register_payment("ACME", "6", key="K")

    assert [one.code for one in refused.value.refusals] == ["idempotency_key_reused"]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        (("NOBODY", "5"), "unknown_account", "account"),
        (("ACME", "-5"), "amount_not_positive", "amount"),
        (("ACME", "much"), "amount_not_a_number", "amount"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_its_place(
    ledger: solde.Ledger, values: tuple[str, str], code: str, field: str
) -> None:
    with pytest.raises(solde.Refused) as refused:
        await ledger.register_payment(*values)

    assert [(one.code, one.field) for one in refused.value.refusals] == [(code, field)]


async def test_a_payment_of_tomorrow_is_refused(ledger: solde.Ledger) -> None:
    with pytest.raises(solde.Refused):
        await ledger.register_payment("ACME", "5", date=date(2026, 11, 24))


async def test_a_float_is_no_amount(ledger: solde.Ledger) -> None:
    with pytest.raises(TypeError, match="not exact"):
        await ledger.register_payment("ACME", 0.1)  # type: ignore[arg-type]
