"""How years are cut, and which days are closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solde.periods.model import ClosedSpan, Cut, NewYear, OnClosed, Period, PeriodScope, PeriodTurn, Policy, Year
from solde.periods.rules import check_turn, check_year, closed_spans, cut_year, due_turns

AT = datetime(2026, 4, 1, tzinfo=UTC)
BLOCK, FORCE = Policy(), Policy(OnClosed.FORCE)


def new_year(starts_on: date, ends_on: date, cut: Cut = Cut.MONTHLY, policy: Policy = BLOCK) -> NewYear:
    return NewYear(f"{starts_on.year}-{ends_on.year}", starts_on, ends_on, cut, policy)


def year(new: NewYear, regular: int = 0, everybody: int = 0) -> Year:
    """A year whose first periods are closed."""
    periods = [
        replace(p, regular_closed_at=AT if p.number <= max(regular, everybody) else None,
                all_closed_at=AT if p.number <= everybody else None)
        for p in cut_year(new)
    ]  # fmt: skip
    return Year(1, new.label, new.starts_on, new.ends_on, new.cut, new.policy, 1, tuple(periods))


CALENDAR = new_year(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("cut", "ends"),
    [
        (Cut.QUARTERLY, [date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]),
        (Cut.HALF_YEARLY, [date(2025, 12, 31), date(2026, 6, 30)]),
        (Cut.NONE, [date(2026, 6, 30)]),
    ],
)
def test_a_year_across_two_calendar_years_is_cut_where_its_months_end(cut: Cut, ends: list[date]) -> None:
    assert [p.ends_on for p in cut_year(new_year(date(2025, 7, 1), date(2026, 6, 30), cut))] == ends


def test_a_year_that_begins_within_a_month_is_cut_on_that_day_of_each() -> None:
    periods = cut_year(new_year(date(2025, 4, 6), date(2026, 4, 5)))
    assert len(periods) == 12
    assert (periods[0].ends_on, periods[1].starts_on, periods[-1].ends_on) == (
        date(2025, 5, 5), date(2025, 5, 6), date(2026, 4, 5),
    )  # fmt: skip


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 725), st.sampled_from(list(Cut)))
def test_the_periods_of_a_year_cover_it_without_gap_or_overlap(starts_on: date, days: int, cut: Cut) -> None:
    new = new_year(starts_on, starts_on + timedelta(days=days), cut)
    periods = cut_year(new)
    assert [p.number for p in periods] == list(range(1, len(periods) + 1))
    assert (periods[0].starts_on, periods[-1].ends_on) == (new.starts_on, new.ends_on)
    assert all(a.ends_on + timedelta(days=1) == b.starts_on for a, b in pairwise(periods))
    assert all(p.starts_on <= p.ends_on for p in periods)


def test_years_that_overlap_and_labels_that_are_taken_are_refused() -> None:
    known = year(CALENDAR)
    wrong = NewYear(known.label, date(2026, 12, 31), date(2027, 12, 30), Cut.NONE)
    assert [r.code for r in check_year(wrong, [known])] == ["accounting_year_exists", "accounting_years_overlap"]
    assert check_year(NewYear("2027", date(2027, 1, 1), date(2027, 12, 31), Cut.NONE), [known]) == []


@pytest.mark.parametrize(("starts_on", "ends_on"), [("2026-01-01", "2025-12-31"), ("2026-01-01", "2028-01-01")])
def test_a_year_that_ends_before_it_begins_or_after_two_years_is_refused(starts_on: str, ends_on: str) -> None:
    wrong = NewYear("2026", date.fromisoformat(starts_on), date.fromisoformat(ends_on), Cut.NONE)
    assert [r.code for r in check_year(wrong, [])] == ["accounting_year_dates"]


def test_a_blocked_period_rejects_and_neighbours_become_one_span() -> None:
    spans = closed_spans([year(CALENDAR, regular=3, everybody=2)])
    assert spans == [
        ClosedSpan(False, date(2026, 1, 1), date(2026, 3, 31), None),
        ClosedSpan(True, date(2026, 1, 1), date(2026, 2, 28), None),
    ]


def test_force_moves_to_the_next_period_that_is_open_for_them() -> None:
    spans = closed_spans([year(replace(CALENDAR, policy=FORCE), regular=3, everybody=2)])
    assert [(s.late, s.moved_to) for s in spans] == [(False, date(2026, 4, 1)), (True, date(2026, 3, 1))]


def test_a_day_the_next_open_month_does_not_have_is_its_last() -> None:
    policy = Policy(OnClosed.FORCE, force_day=31)
    (span, *_) = closed_spans([year(replace(CALENDAR, policy=policy), regular=1)])
    assert span.moved_to == date(2026, 2, 28)


def test_without_a_later_open_period_force_rejects() -> None:
    (span, *_) = closed_spans([year(replace(CALENDAR, policy=FORCE), regular=12)])
    assert (span.starts_on, span.ends_on, span.moved_to) == (date(2026, 1, 1), date(2026, 12, 31), None)


def test_force_goes_on_into_the_following_year() -> None:
    after = replace(new_year(date(2027, 2, 1), date(2028, 1, 31)), label="later")
    (span, *_) = closed_spans([year(after), year(replace(CALENDAR, policy=FORCE), regular=12)])
    assert span.moved_to == date(2027, 2, 1)


def test_a_closed_period_between_open_ones_is_a_span_of_its_own() -> None:
    periods = tuple(replace(p, regular_closed_at=AT) if p.number in (2, 5) else p for p in cut_year(CALENDAR))
    books = replace(year(CALENDAR), policy=FORCE, periods=periods)
    assert [(s.starts_on.month, s.moved_to) for s in closed_spans([books])] == [
        (2, date(2026, 3, 1)), (5, date(2026, 6, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "scope", "closes", "reason", "code"),
    [
        (Period(1, AT.date(), AT.date(), AT), PeriodScope.REGULAR, True, None, "period_closed_already"),
        (Period(1, AT.date(), AT.date(), AT), PeriodScope.ALL, True, None, None),
        (Period(1, AT.date(), AT.date()), PeriodScope.REGULAR, False, "late invoice", "period_open_already"),
        (Period(1, AT.date(), AT.date(), AT, AT), PeriodScope.REGULAR, False, "late invoice", "period_closed_for_all"),
        (Period(1, AT.date(), AT.date(), AT, AT), PeriodScope.ALL, False, " ", "reopening_reason_missing"),
        (Period(1, AT.date(), AT.date(), AT, AT), PeriodScope.ALL, False, "late invoice", None),
    ],
)
def test_what_may_be_closed_and_reopened(
    period: Period, scope: PeriodScope, closes: bool, reason: str | None, code: str | None
) -> None:
    found = check_turn(PeriodTurn("2026", 1, scope, closes), period, reason)
    assert (found.code if found else None) == code


def test_a_period_is_closed_by_itself_when_its_days_are_over() -> None:
    books = year(replace(CALENDAR, policy=Policy(regular_after=5, all_after=40)))
    assert due_turns([books], date(2026, 2, 5)) == []
    assert due_turns([books], date(2026, 2, 6)) == [PeriodTurn(books.label, 1, PeriodScope.REGULAR, True)]
    assert [(t.number, t.scope) for t in due_turns([books], date(2026, 3, 13))] == [
        (1, PeriodScope.ALL),
        (2, PeriodScope.REGULAR),
    ]
