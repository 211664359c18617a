"""How accounting years look as JSON, and what routes take; commands print the same."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant
from solde.kernel.dates import format_instant

from .model import Cut, NewYear, OnClosed, Period, PeriodScope, Policy, Year

CutWord = Literal["MONTHLY", "QUARTERLY", "HALF_YEARLY", "NONE"]
OnClosedWord = Annotated[
    Literal["BLOCK", "FORCE"], Meta(description="BLOCK rejects; FORCE moves to the next open period.")
]
ScopeWord = Annotated[Literal["regular", "all"], Meta(description="For regular users, or for all.")]
ForceDay = Annotated[int, Meta(ge=1, le=31, description="Which day of the next open period takes what is moved.")]
DaysAfter = Annotated[
    int | None, Meta(description="Closed by itself so many days after the end of a period; null: never.")
]


class PeriodShape(msgspec.Struct, frozen=True):
    """A period, and since when it is closed."""

    number: int
    starts_on: Day
    ends_on: Day
    closed_for_regular: bool
    closed_for_all: bool
    regular_closed_at: Instant | None
    all_closed_at: Instant | None
    changed_at: Instant | None
    changed_by: str | None
    reason: str | None


class YearShape(msgspec.Struct, frozen=True):
    """An accounting year with its periods."""

    label: str
    starts_on: Day
    ends_on: Day
    cut: CutWord
    on_closed: OnClosedWord
    force_day: int
    regular_after: DaysAfter
    all_after: DaysAfter
    version: int
    periods: list[PeriodShape]
    dry_run: bool | UnsetType = UNSET


class YearList(msgspec.Struct, frozen=True):
    """Every accounting year, oldest first."""

    items: list[YearShape]
    next: str | None = None


class PolicyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of what is dated in a closed period, and when periods are closed by themselves."""

    on_closed: OnClosedWord = "BLOCK"
    force_day: ForceDay = 1
    regular_after: DaysAfter = None
    all_after: DaysAfter = None

    def policy(self) -> Policy:
        """As a value."""
        return Policy(OnClosed(self.on_closed), self.force_day, self.regular_after, self.all_after)


class YearBody(PolicyBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A year to be made."""

    label: Annotated[str, Meta(examples=["2026", "2025-2026"])]
    starts_on: datetime.date
    ends_on: datetime.date
    cut: CutWord = "MONTHLY"

    def year(self) -> NewYear:
        """As a value."""
        return NewYear(self.label, self.starts_on, self.ends_on, Cut(self.cut), self.policy())


class TurnBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a period is closed or opened again, and why."""

    scope: ScopeWord = msgspec.field(name="for", default="regular")
    reason: Annotated[str | None, Meta(description="Needed to open a period again.")] = None

    def read(self) -> PeriodScope:
        """For whom, as a value."""
        return PeriodScope(self.scope)


def year_shape(year: Year, *, dry_run: bool = False) -> YearShape:
    """A year as JSON shows it."""
    policy = year.policy
    return YearShape(
        year.label,
        year.starts_on.isoformat(),
        year.ends_on.isoformat(),
        year.cut.value,
        policy.on_closed.value,
        policy.force_day,
        policy.regular_after,
        policy.all_after,
        year.version,
        [_period_shape(period) for period in year.periods],
        dry_run or UNSET,
    )


def _period_shape(period: Period) -> PeriodShape:
    regular, everybody, changed = (
        None if at is None else format_instant(at)
        for at in (period.regular_closed_at, period.all_closed_at, period.changed_at)
    )
    return PeriodShape(
        period.number,
        period.starts_on.isoformat(),
        period.ends_on.isoformat(),
        period.is_closed(PeriodScope.REGULAR),
        period.is_closed(PeriodScope.ALL),
        regular,
        everybody,
        changed,
        period.changed_by,
        period.reason,
    )
