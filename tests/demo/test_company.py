"""The demo company: always the same, believable, and its books are clean."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from ledger import rows

from solde.app.demo import company, load_company
from solde.customers import NewCustomer, create_customers
from solde.db import Pool, transaction
from solde.kernel.refusals import Refused
from solde.verification import verify

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_the_same_seed_and_day_make_the_same_company() -> None:
    first, again = (company.make_customers(7, 60) for _ in range(2))
    assert first == again
    assert list(company.make_invoices(first, TODAY, 7)) == list(company.make_invoices(again, TODAY, 7))
    assert company.make_customers(8, 60) != first


def test_the_books_end_on_a_day_that_has_begun_for_both_sellers() -> None:
    assert company.last_day(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == date(2026, 11, 30)
    assert company.last_day(datetime(2026, 12, 1, 0, 30, tzinfo=UTC)) == date(2026, 12, 1)


def test_the_company_is_of_many_sorts() -> None:
    made = company.make_customers()
    assert len(made) == company.CUSTOMERS
    assert {c.country.currency for c in made} == {"EUR", "USD", "GBP", "CHF"}
    assert {c.seller for c in made} == {"MAIN", company.SECOND_SELLER}
    assert min(Counter(c.request.kind for c in made).values()) > 1000
    assert len({c.habit for c in made}) == 6


@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2027, 1, 1)])
def test_invoices_are_sound_on_any_day(today: date) -> None:
    invoices = list(company.make_invoices(company.make_customers(count=150), today))
    assert len({i.number for i in invoices}) == len(invoices)
    for invoice in invoices:
        assert today - timedelta(days=600) < invoice.on <= today
        assert invoice.on <= invoice.due_on
        assert invoice.paid_on is None or invoice.on <= invoice.paid_on <= today
        assert 0 < invoice.amount < 100_000
        assert invoice.amount.as_tuple().exponent == -2


async def test_the_company_is_loaded_once_and_its_books_are_clean(pool: Pool) -> None:
    loaded = await load_company(pool, now=NOW, today=TODAY, customers=120)
    assert (loaded.now, loaded.made_for) == (True, TODAY)
    later = await load_company(pool, now=NOW, today=TODAY + timedelta(days=3), customers=120)
    assert (later.now, later.made_for) == (False, TODAY)
    assert (await verify(pool, now=NOW)).differences == ()
    async with pool.connection() as conn:
        assert await rows(conn, "select count(*), count(*) filter (where incomplete = '{}') from customer") == [
            (120, 120)
        ]
        states = await rows(conn, "select state, open > 0 from instalment_plan_state order by 1")
        assert states == [("ACTIVE", True), ("BROKEN", False), ("DRAFT", False)]
        ((busiest,),) = await rows(conn, "select max(last_number) from account")
        statuses = await rows(conn, "select distinct matching_status from operation_now order by 1")
        classes = await rows(conn, "select distinct class from operation order by 1")
        ((waiting,),) = await rows(conn, "select count(*) from approval where state = 'WAITING'")
        ((receipts,),) = await rows(conn, "select count(*) from unidentified_receipt where state = 'WAITING'")
    assert waiting >= 1  # type: ignore[operator]
    assert receipts == 4
    assert busiest >= 5000  # type: ignore[operator]
    assert [s for (s,) in statuses] == ["I", "L", "O", "P"]
    assert {c for (c,) in classes} >= {"I", "P", "R"}


async def test_a_company_half_loaded_is_finished(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    from solde.app.demo import load

    async def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(load, "_finish", fail)
        await load_company(pool, now=NOW, today=TODAY, customers=20)
    loaded = await load_company(pool, now=NOW, today=TODAY + timedelta(days=1), customers=20)
    assert (loaded.now, loaded.made_for) == (True, TODAY)


async def test_the_demo_is_not_mixed_into_real_books(pool: Pool) -> None:
    new = NewCustomer(code="REAL", name="Real", currency="EUR")
    await transaction(pool, lambda conn: create_customers(conn, [new], actor="test", now=NOW, allow_incomplete=True))
    with pytest.raises(Refused) as caught:
        await load_company(pool, now=NOW, today=TODAY, customers=20)
    assert caught.value.refusals[0].code == "demo_beside_others"


async def test_some_customers_left_deposits_of_each_sort(pool: Pool) -> None:
    await load_company(pool, now=NOW, today=TODAY, customers=120)
    async with pool.connection() as conn:
        found = await rows(conn, "select state from deposit order by account_id")
    assert [row[0] for row in found] == ["LOCKED", "HOLD", "VALIDATED", "UNLOCKED", "REFUNDED", "CANCELED"]
