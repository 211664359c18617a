"""Schedules and checks of instalment plans, without a database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import D

from solde.instalments import Limits, PlanTerms, Remainder, Rule, Shift, Start, Unit
from solde.instalments.model import AccountTerms, InstalmentTerms
from solde.instalments.rules import check_parts
from solde.instalments.schedule import first_day, interest_of, propose_schedule, settle_day, split, step
from solde.kernel.money import exponent, minor_unit

TODAY = date(2026, 4, 15)


def terms(currency: str = "EUR", holidays: frozenset[date] = frozenset(), **changes: Any) -> AccountTerms:
    rule: dict[str, Any] = {
        "seller_id": 0, "default_count": 3, "most_count": 60, "start": Start.TODAY, "unit": Unit.MONTH,
        "remainder": Remainder.FIRST, "shift": Shift.NONE,
    }  # fmt: skip
    return AccountTerms(1, currency, None, Rule(**{**rule, **changes}), holidays)


def days_of(count: int, first: date, unit: Unit, **changes: Any) -> list[date]:
    schedule = propose_schedule(
        terms(**changes), D(1000), PlanTerms(count=count, first_on=first, unit=unit), min(first, TODAY)
    )
    return [part.due_on for part in schedule.parts]


@pytest.mark.parametrize(
    ("total", "count", "unit", "remainder", "parts"),
    [
        ("120", 3, "0.01", Remainder.FIRST, ["40", "40", "40"]),
        ("100", 3, "0.01", Remainder.FIRST, ["33.34", "33.33", "33.33"]),
        ("100", 3, "0.01", Remainder.LAST, ["33.33", "33.33", "33.34"]),
        ("100", 3, "0.01", Remainder.ADDITIONAL, ["33.33", "33.33", "33.33", "0.01"]),
        ("100", 3, "1", Remainder.FIRST, ["34", "33", "33"]),
        ("100", 3, "0.001", Remainder.LAST, ["33.333", "33.333", "33.334"]),
        ("100.000005", 2, "0.01", Remainder.LAST, ["50", "50.000005"]),
        ("100.000005", 2, "0.01", Remainder.ADDITIONAL, ["50", "50.000005"]),
        ("7", 1, "0.01", Remainder.ADDITIONAL, ["7"]),
    ],
)
def test_equal_parts_leave_a_remainder_where_the_rule_says(
    total: str, count: int, unit: str, remainder: Remainder, parts: list[str]
) -> None:
    assert split(D(total), count, D(unit), remainder) == [D(part) for part in parts]


def test_a_named_instalment_leaves_the_rest_to_the_remainder() -> None:
    assert split(D(100), 3, D("0.01"), Remainder.ADDITIONAL, D(30)) == [D(30), D(30), D(30), D(10)]
    assert split(D(100), 3, D("0.01"), Remainder.FIRST, D(30)) == [D(40), D(30), D(30)]
    assert split(D(90), 3, D("0.01"), Remainder.ADDITIONAL, D(30)) == [D(30), D(30), D(30)]


def test_months_are_counted_from_the_first_day_so_their_ends_come_back() -> None:
    assert days_of(4, date(2027, 1, 31), Unit.MONTH) == [
        date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30),
    ]  # fmt: skip
    assert days_of(2, date(2028, 1, 31), Unit.MONTH)[1] == date(2028, 2, 29)
    assert days_of(2, date(2026, 12, 5), Unit.MONTH)[1] == date(2027, 1, 5)


def test_days_and_weeks_are_days_and_weeks() -> None:
    assert days_of(3, date(2027, 1, 30), Unit.DAY) == [date(2027, 1, 30), date(2027, 1, 31), date(2027, 2, 1)]
    assert days_of(2, date(2027, 1, 30), Unit.WEEK) == [date(2027, 1, 30), date(2027, 2, 6)]


def test_a_plan_starts_where_the_rule_says() -> None:
    assert first_day(Start.TODAY, TODAY) == TODAY
    assert first_day(Start.LAST_DAY_OF_CURRENT_MONTH, date(2028, 2, 3)) == date(2028, 2, 29)
    assert first_day(Start.FIRST_DAY_OF_NEXT_MONTH, date(2026, 12, 31)) == date(2027, 1, 1)


def test_a_plan_that_starts_on_the_last_day_of_a_month_stays_on_last_days() -> None:
    schedule = propose_schedule(
        terms(start=Start.LAST_DAY_OF_CURRENT_MONTH), D(90), PlanTerms(count=3), date(2027, 2, 3)
    )
    assert [part.due_on for part in schedule.parts] == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert step(date(2027, 2, 28), Unit.DAY, 1, at_ends=True) == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("shift", "days"),
    [
        (Shift.NONE, [date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3), date(2026, 5, 4)]),
        (Shift.NEXT, [date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6), date(2026, 5, 7)]),
        (Shift.PREVIOUS, [date(2026, 4, 30), date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)]),
    ],
)
def test_days_nobody_pays_on_are_moved_and_stay_in_order(shift: Shift, days: list[date]) -> None:
    """1 May is a holiday, 2 and 3 a weekend."""
    assert days_of(4, date(2026, 5, 1), Unit.DAY, shift=shift, holidays=frozenset({date(2026, 5, 1)})) == days


def test_a_day_is_never_moved_into_the_past() -> None:
    saturday = date(2026, 5, 2)
    rule = terms(shift=Shift.PREVIOUS).rule
    assert settle_day(saturday, rule, (), saturday - timedelta(days=1)) == date(2026, 5, 4)


def test_interest_runs_on_equal_parts_until_their_days() -> None:
    days = [TODAY + timedelta(days=100), TODAY + timedelta(days=265)]
    assert interest_of(D(200), D(10), days, TODAY, "EUR") == D("10.00")
    assert interest_of(D(200), D(0), days, TODAY, "EUR") == 0
    assert interest_of(D(2000), D(1), days[:1], TODAY, "JPY") == 5


CURRENCIES = st.sampled_from(["EUR", "JPY", "TND"])
AMOUNTS = st.decimals(min_value=1, max_value=10**9, places=6)


@given(
    currency=CURRENCIES,
    amount=AMOUNTS,
    whole=st.booleans(),
    count=st.integers(1, 60),
    start=st.sampled_from(Start),
    unit=st.sampled_from(Unit),
    remainder=st.sampled_from(Remainder),
    shift=st.sampled_from(Shift),
    today=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    free=st.sets(st.integers(0, 90), max_size=20),
    rate=st.decimals(min_value=0, max_value=20, places=2),
    fee=st.decimals(min_value=0, max_value=50, places=0),
)
def test_the_sum_of_every_schedule_is_exact_and_its_days_rise(
    *,
    currency: str,
    amount: Decimal,
    whole: bool,
    count: int,
    start: Start,
    unit: Unit,
    remainder: Remainder,
    shift: Shift,
    today: date,
    free: set[int],
    rate: Decimal,
    fee: Decimal,
) -> None:
    debt = round(amount, exponent(currency)) if whole else amount
    known = terms(
        currency, frozenset(today + timedelta(days=one) for one in free), start=start, unit=unit, remainder=remainder,
        shift=shift, interest=rate, limits={currency: Limits(fee=fee)},
    )  # fmt: skip
    schedule = propose_schedule(known, debt, PlanTerms(count=count), today)
    parts = schedule.parts
    assert sum(part.amount for part in parts) == schedule.amount == debt + schedule.fee + schedule.interest
    assert count <= len(parts) <= count + (remainder is Remainder.ADDITIONAL)
    assert all(before.due_on < after.due_on for before, after in pairwise(parts))
    assert parts[0].due_on >= today
    if shift is not Shift.NONE:
        assert all(part.due_on.weekday() < 5 and part.due_on not in known.holidays for part in parts)
    equal = {part.amount for part in (parts[1:count] if remainder is Remainder.FIRST else parts[: count - 1])}
    assert len(equal) <= 1
    assert all(part % minor_unit(currency) == 0 for part in equal)
    if schedule.amount >= count * minor_unit(currency):
        assert check_parts(known, parts, schedule.amount, today, remainder) == []


@pytest.mark.parametrize(
    ("currency", "total", "amounts", "fine"),
    [
        ("EUR", "100", ["33.34", "33.33", "33.33"], []),
        ("EUR", "100", ["33.335", "33.335", "33.33"], [0, 1]),
        ("EUR", "100.004", ["33.344", "33.33", "33.33"], []),
        ("EUR", "100.004", ["33.342", "33.332", "33.33"], [0, 1]),
        ("JPY", "100", ["50.5", "49.5"], [0, 1]),
        ("TND", "1", ["0.334", "0.333", "0.333"], []),
        ("TND", "1", ["0.3335", "0.3335", "0.333"], [0, 1]),
    ],
)
def test_instalments_are_whole_in_the_decimals_of_the_currency_but_for_one(
    currency: str, total: str, amounts: list[str], fine: list[int]
) -> None:
    parts = [InstalmentTerms(TODAY + timedelta(days=place), D(amount)) for place, amount in enumerate(amounts)]
    refusals = check_parts(terms(currency), parts, D(total), TODAY, Remainder.FIRST)
    assert [(r.code, r.field) for r in refusals] == [
        ("instalment_too_fine", f"instalments.{place}.amount") for place in fine
    ]
