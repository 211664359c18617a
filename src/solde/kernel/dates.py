"""Dates: operation and due dates are plain dates; instants are UTC; "today" is the seller's.

Source: product §0 "Time".
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from .refusals import Kind, Refusal, declare, refuse

Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC. A test owns its own."""

DATE_NOT_READABLE = declare("date_not_readable", Kind.INVALID, "Write the date as YYYY-MM-DD.")
INSTANT_NOT_READABLE = declare(
    "instant_not_readable", Kind.INVALID, "Write the instant as RFC 3339, such as 2026-04-01T08:00:00Z."
)
DATED_IN_FUTURE = declare(
    "dated_in_future", Kind.INVALID, "Choose today or an earlier day; only due dates may lie ahead."
)


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def today_in(zone: str, now: datetime) -> date:
    """The calendar day in a seller's time zone at an instant."""
    assert now.tzinfo is not None, "instants carry their zone"
    return now.astimezone(ZoneInfo(zone)).date()


def check_not_ahead(day: date | None, today: date, field: str = "date") -> Refusal | None:
    """Does it take effect today or earlier? What is to come is in no figure, so nothing is dated so.

    Source: product §0 Time, billing §1.
    """
    if day is None or day <= today:
        return None
    return refuse(DATED_IN_FUTURE, "{day} is after today, {today}", day=day, today=today, field=field)


def add_months(day: date, months: int, *, at_end: bool = False) -> date:
    """The same day months later, or the last one of a month that has no such day; `at_end`: the last one anyway."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last if at_end else min(day.day, last))


def parse_date(text: str) -> date | Refusal:
    """Read YYYY-MM-DD, nothing else."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        return refuse(DATE_NOT_READABLE, "{text!r} is not a date of the form YYYY-MM-DD", text=text)


def parse_instant(text: str) -> datetime | Refusal:
    """Read an RFC 3339 instant with its offset; gives UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        return refuse(
            INSTANT_NOT_READABLE, "{text!r} is not an instant with an offset, such as 2026-04-01T08:00:00Z", text=text
        )
    return instant.astimezone(UTC)


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
