"""Values of accounting periods: years, the periods they are cut into, which days are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Cut(StrEnum):
    """How a year is cut into periods."""

    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    HALF_YEARLY = "HALF_YEARLY"
    NONE = "NONE"

    @property
    def months(self) -> int | None:
        """How many months a period has; None: all of the year."""
        return {Cut.MONTHLY: 1, Cut.QUARTERLY: 3, Cut.HALF_YEARLY: 6}.get(self)


class OnClosed(StrEnum):
    """What becomes of an operation dated in a closed period: rejected, or moved to the next open period."""

    BLOCK = "BLOCK"
    FORCE = "FORCE"


class PeriodScope(StrEnum):
    """For whom a period is closed."""

    REGULAR = "regular"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of what is dated in a closed period of a year, and when its periods are closed by themselves.

    `force_day` is the day of the first month of the next open period that takes it. `regular_after` and `all_after`
    are days after the end of a period; None: not by itself.
    """

    on_closed: OnClosed = OnClosed.BLOCK
    force_day: int = 1
    regular_after: int | None = None
    all_after: int | None = None


@dataclass(frozen=True, slots=True)
class NewYear:
    """A year to be made."""

    label: str
    starts_on: date
    ends_on: date
    cut: Cut
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class Period:
    """A part of a year, and since when it is closed."""

    number: int
    starts_on: date
    ends_on: date
    regular_closed_at: datetime | None = None
    all_closed_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None
    reason: str | None = None

    def is_closed(self, scope: PeriodScope) -> bool:
        """Is it closed for them?"""
        return (self.regular_closed_at if scope is PeriodScope.REGULAR else self.all_closed_at) is not None


@dataclass(frozen=True, slots=True)
class Year:
    """An accounting year with its periods, in order."""

    year_id: int
    label: str
    starts_on: date
    ends_on: date
    cut: Cut
    policy: Policy
    version: int
    periods: tuple[Period, ...]

    def is_closed(self, scope: PeriodScope) -> bool:
        """Are all its periods closed for them?"""
        return all(period.is_closed(scope) for period in self.periods)


@dataclass(frozen=True, slots=True)
class ClosedSpan:
    """Days that are closed, for regular users or (`late`) for those who may post late; `moved_to` takes what is dated there."""

    late: bool
    starts_on: date
    ends_on: date
    moved_to: date | None


@dataclass(frozen=True, slots=True)
class PeriodTurn:
    """A period to be closed or reopened for somebody."""

    label: str
    number: int
    scope: PeriodScope
    closes: bool
