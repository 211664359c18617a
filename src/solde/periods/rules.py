"""How years are cut, what may be closed and reopened, and which days are closed. Pure: no database, no clock."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say

from .model import ClosedSpan, NewYear, OnClosed, Period, PeriodScope, PeriodTurn, Policy, Year

UNKNOWN_YEAR = declare("unknown_accounting_year", Kind.NOT_FOUND, "Use the label of a year of GET /accounting-years.")
UNKNOWN_PERIOD = declare("unknown_accounting_period", Kind.NOT_FOUND, "Use the number of a period of this year.")
BAD_LABEL = declare(
    "accounting_year_label", Kind.INVALID, "Give up to 20 letters, digits, dots and dashes, such as 2026 or 2025-2026."
)
LABEL_TAKEN = declare("accounting_year_exists", Kind.CONFLICT, "Give the year a label of its own.")
BAD_DATES = declare("accounting_year_dates", Kind.INVALID, "Give a first and a last day, 24 months apart at the most.")
YEARS_OVERLAP = declare("accounting_years_overlap", Kind.CONFLICT, "Let the year begin after the one before has ended.")
BAD_POLICY = declare(
    "accounting_policy", Kind.INVALID, "Give a day from 1 to 31, and from 0 to 366 days after the end."
)
CLOSED_ALREADY = declare("period_closed_already", Kind.CONFLICT, "Nothing is to be done; it is closed.")
OPEN_ALREADY = declare("period_open_already", Kind.CONFLICT, "Nothing is to be done; it is open.")
CLOSED_FOR_ALL = declare("period_closed_for_all", Kind.CONFLICT, "Reopen it for all first.")
REASON_MISSING = declare("reopening_reason_missing", Kind.INVALID, "Say why the period is opened again.")

LONGEST_MONTHS = 24
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_DAY = timedelta(days=1)


def check_year(new: NewYear, years: Sequence[Year]) -> list[Refusal]:
    """Every reason why a year cannot be made beside these.

    Refuses: accounting_year_label, accounting_year_exists, accounting_year_dates, accounting_years_overlap, accounting_policy.
    """
    found = check_policy(new.policy)
    if LABEL.fullmatch(new.label) is None:
        found.append(refuse(BAD_LABEL, "{label!r} is no label", label=new.label, field="label"))
    elif any(year.label == new.label for year in years):
        found.append(refuse(LABEL_TAKEN, "there is a year {label} already", label=new.label, field="label"))
    if not new.starts_on <= new.ends_on < _months_later(new.starts_on, LONGEST_MONTHS):
        said = say(
            "from {starts_on} to {ends_on} is no year of at most {longest_months} months",
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            longest_months=LONGEST_MONTHS,
        )
        return [
            *found,
            refuse(BAD_DATES, said, field="ends_on"),
        ]
    for year in years:
        if new.starts_on <= year.ends_on and year.starts_on <= new.ends_on:
            said = say(
                "the year {label} is from {starts_on} to {ends_on}",
                label=year.label,
                starts_on=year.starts_on,
                ends_on=year.ends_on,
            )
            found.append(refuse(YEARS_OVERLAP, said, field="starts_on"))
    return found


def check_policy(policy: Policy) -> list[Refusal]:
    """Every reason against a policy.

    Refuses: accounting_policy.
    """
    found = []
    if not 1 <= policy.force_day <= 31:
        found.append(
            refuse(BAD_POLICY, "{force_day} is no day of a month", force_day=policy.force_day, field="force_day")
        )
    for name, days in (("regular_after", policy.regular_after), ("all_after", policy.all_after)):
        if days is not None and not 0 <= days <= 366:
            found.append(
                refuse(BAD_POLICY, "{days} days after the end is not between 0 and 366", days=days, field=name)
            )
    return found


def cut_year(new: NewYear) -> list[Period]:
    """The periods of a year: each begins on the day of the month on which the year begins; the last ends with it.

    Gives: no gap, no overlap, from the first day of the year to its last.
    """
    step = new.cut.months
    periods: list[Period] = []
    start = new.starts_on
    while start <= new.ends_on:
        following = None if step is None else _months_later(new.starts_on, step * (len(periods) + 1))
        end = new.ends_on if following is None else min(following - _DAY, new.ends_on)
        periods.append(Period(len(periods) + 1, start, end))
        start = end + _DAY
    return periods


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one it has."""
    years, month = divmod(day.month - 1 + months, 12)
    return _day_of(day.year + years, month + 1, day.day)


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def check_turn(turn: PeriodTurn, period: Period, reason: str | None) -> Refusal | None:
    """Why a period cannot be closed or reopened so.

    Refuses: period_closed_already, period_open_already, period_closed_for_all, reopening_reason_missing.
    """
    name = say("period {number} of {year}", number=turn.number, year=turn.label)
    if turn.closes:
        closed = period.is_closed(turn.scope)
        return (
            refuse(CLOSED_ALREADY, "{name} is closed for {scope}", name=name, scope=Label(_WORDS[turn.scope]))
            if closed
            else None
        )
    if not (reason or "").strip():
        return refuse(REASON_MISSING, "{name} is not opened again without a reason", name=name, field="reason")
    if not period.is_closed(turn.scope):
        return refuse(OPEN_ALREADY, "{name} is open for {scope}", name=name, scope=Label(_WORDS[turn.scope]))
    if turn.scope is PeriodScope.REGULAR and period.is_closed(PeriodScope.ALL):
        return refuse(CLOSED_FOR_ALL, "{name} is closed for all; so it stays closed for regular users", name=name)
    return None


_WORDS = {PeriodScope.REGULAR: "regular users", PeriodScope.ALL: "all"}


def due_turns(years: Sequence[Year], today: date) -> list[PeriodTurn]:
    """Which periods are to be closed by themselves on this day.

    Gives: closings for all only where both are due, since what is closed for all is closed for regular users.
    """
    found = []
    for year in years:
        for period in year.periods:
            for scope, after in (
                (PeriodScope.ALL, year.policy.all_after),
                (PeriodScope.REGULAR, year.policy.regular_after),
            ):
                is_due = after is not None and today > period.ends_on + timedelta(days=after)
                if is_due and not period.is_closed(scope):
                    found.append(PeriodTurn(year.label, period.number, scope, closes=True))
                    break
    return found


def closed_spans(years: Sequence[Year]) -> list[ClosedSpan]:
    """The days that are closed, as few spans as say it, and the day that takes what is dated in each.

    Shape: years in any order, their periods in order.
    """
    return [span for late in (False, True) for span in _joined(_spans(years, late=late))]


def _spans(years: Sequence[Year], *, late: bool) -> Iterator[ClosedSpan]:
    scope = PeriodScope.ALL if late else PeriodScope.REGULAR
    ordered = sorted(((p, y.policy) for y in years for p in y.periods), key=lambda found: found[0].starts_on)
    following: Period | None = None
    for period, policy in reversed(ordered):
        if not period.is_closed(scope):
            following = period
            continue
        moved_to = force_date(following, policy) if following and policy.on_closed is OnClosed.FORCE else None
        yield ClosedSpan(late, period.starts_on, period.ends_on, moved_to)


def force_date(period: Period, policy: Policy) -> date:
    """The day of an open period that takes what is moved there: one the period has."""
    wished = _day_of(period.starts_on.year, period.starts_on.month, policy.force_day)
    return min(max(wished, period.starts_on), period.ends_on)


def _joined(spans: Iterator[ClosedSpan]) -> list[ClosedSpan]:
    """Neighbouring spans with one answer as one; oldest first."""
    joined: list[ClosedSpan] = []
    for span in spans:
        later = joined[-1] if joined else None
        if later and span.ends_on + _DAY == later.starts_on and span.moved_to == later.moved_to:
            joined[-1] = ClosedSpan(span.late, span.starts_on, later.ends_on, span.moved_to)
        else:
            joined.append(span)
    return joined[::-1]


def period_on(years: Sequence[Year], day: date) -> tuple[Year, Period] | None:
    """The period a day lies in; None: in none, so the day is open."""
    return next(((y, p) for y in years for p in y.periods if p.starts_on <= day <= p.ends_on), None)
