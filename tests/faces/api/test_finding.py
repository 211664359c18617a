"""Lists over all accounts through the API: operations by reference and by what is overdue, balances by what is owed."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from solde.db import Pool
from solde.kernel.dates import Clock

from .asking import Asking, make_token


@pytest.fixture
async def booked(ask: Asking, account: str) -> str:
    """An invoice long overdue, one not due yet, and a payment on account."""
    for body in (
        {"type": "INV_STD", "amount": "120", "date": "2026-01-05", "due_date": "2026-02-05", "reference": "F-00277"},
        {"type": "INV_STD", "amount": "10", "date": "2026-11-01", "due_date": "2027-11-01", "reference": "F-00278"},
        {"type": "PAY_WIRE", "amount": "30", "date": "2026-03-01", "reference": "VIR 4471"},
    ):
        assert (await ask.post(f"/accounts/{account}/operations", body)).status_code == 201
    return account


async def test_an_invoice_is_found_by_its_number_with_its_account(ask: Asking, booked: str) -> None:
    (one,) = (await ask.get("/operations?reference=F-00277")).json()["items"]
    assert (one["account"], one["amount"], one["open"], one["side"]) == (booked, "120", "120", "debit")
    assert all(one[name] for name in ("customer_name", "seller", "recorded_at"))
    for query in (
        "q=277",
        "q=f-277",
        "reference_begins=F-0027&amount_from=100",
        "overdue=true",
        "due_before=2026-03-01&class=I",
    ):
        found = (await ask.get(f"/operations?{query}")).json()["items"]
        assert [row["reference"] for row in found] == ["F-00277"], query


async def test_what_is_new_is_followed_by_the_instant_of_recording(ask: Asking, booked: str) -> None:
    first, *later = (await ask.get("/operations?sort=recorded")).json()["items"]
    found = (await ask.get(f"/operations?recorded_after={first['recorded_at']}")).json()
    # An instant is told to the millisecond, so the first may come again.
    assert [row["number"] for row in found["items"]][-2:] == [row["number"] for row in later]


async def test_another_sellers_operations_and_balances_are_not_there(
    ask: Asking, booked: str, pool: Pool, clock: Clock
) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            b"insert into seller (code, name, country, currency, time_zone, language)"
            b" values ('OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
    stranger = Asking(ask.client, await make_token(pool, clock, "admin", seller="OTHER"))
    for path in (
        "/operations",
        "/operations?reference=F-00277",
        "/operations?q=277",
        "/balances",
        f"/operations?account={booked}",
    ):
        assert (await stranger.get(path)).json()["items"] == [], path


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/operations?sort=colour", "unknown_sort"),
        ("/operations?sort=amount", "sort_too_wide"),
        ("/operations?matching_status=X", "unknown_filter_value"),
        ("/operations?due_before=tomorrow", "date_not_readable"),
        ("/operations?amount_from=x", "amount_not_a_number"),
        ("/operations?colour=red", "unknown_filter"),
        ("/balances?sort=colour", "unknown_sort"),
        ("/balances?at_least=x", "amount_not_a_number"),
    ],
)
async def test_nonsense_is_refused(ask: Asking, path: str, code: str) -> None:
    answer = await ask.get(path)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] == code


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
async def test_the_list_is_downloaded_with_its_totals(ask: Asking, booked: str, form: str) -> None:
    answer = await ask.get(f"/operations:export?format={form}&class=I")
    assert answer.status_code == 200
    if form == "csv":
        *lines, total = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
        assert [line["reference"] for line in lines] == ["F-00278", "F-00277"]
        assert total["debit"] in {"130", "130.00"}


@pytest.mark.parametrize("definition", ["", "&definition=dunning"])
async def test_balances_of_all_accounts_begin_with_who_owes_most(ask: Asking, booked: str, definition: str) -> None:
    found = (await ask.get(f"/balances?at_least=0.01{definition}")).json()
    (one,) = found["items"]
    expected = "120" if definition else "100"
    assert (one["account"], one["balance"], one["direction"]) == (booked, expected, "DR")
    assert found["ordered_at"]
    assert (await ask.get(f"/balances?at_least=500{definition}")).json()["items"] == []


async def test_a_balance_whose_order_is_not_kept_is_listed_too(ask: Asking, booked: str) -> None:
    made = await ask.post(
        "/balance-definitions", {"code": "invoiced", "label": "Invoiced", "credit": {"choice": "none"}}
    )
    assert made.status_code == 201, made.text
    found = (await ask.get("/balances?definition=invoiced&at_least=130&sort=-balance")).json()
    assert [(row["account"], row["balance"], row["count"]) for row in found["items"]] == [(booked, "130", 2)]
    assert "ordered_at" not in found
    assert (await ask.get("/balances?definition=nothing")).status_code == 404
