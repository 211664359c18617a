"""Days and instants as people read and type them: the month by its name, the day before it, the clock of the seller. Pure.

What is shown can be typed again. `11/12/2026` is the 11th of December in every language, because days are written in that
order here; the page says at once what it understood.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from solde.kernel.dates import parse_date
from solde.kernel.refusals import Kind, Refusal, declare, refuse

from . import i18n

NO_DAY = declare("no_day", Kind.INVALID, "Write the day as 30 Nov 2026, 30/11/2026 or 2026-11-30.")

MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
}
"""The months as they stand in a list; none can be taken for another, and a number for none."""

MONTH_NAMES = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
}  # fmt: skip

_TYPED = re.compile(r"(\d{1,2})\s*[\s./-]\s*(\d{1,2}|[^\W\d_]+\.?)\s*[\s./-]\s*(\d{4})")


@dataclass(slots=True)
class AnswerZone:
    """Where the answer being made is read: one for the whole answer, so that what learns of a seller may change it."""

    zone: str = "UTC"


_place: ContextVar[AnswerZone | None] = ContextVar("place", default=None)


def begin(zone: str) -> None:
    """Begin an answer whose instants are told by the clock of this zone."""
    _place.set(AnswerZone(zone))


def tell_by(zone: str) -> None:
    """Tell the instants of this answer by the clock of another zone: that of the seller whose account it shows."""
    here = _place.get()
    if here is not None:
        here.zone = zone


def zone_told() -> str:
    """The zone by whose clock instants are told."""
    here = _place.get()
    return "UTC" if here is None else here.zone


def day(on: date | None) -> str:
    """A day: 2 Jan 2026; 2 janv. 2026."""
    return "" if on is None else f"{on.day} {MONTHS[i18n.spoken()][on.month - 1]} {on.year}"


def month(of: date) -> str:
    """A month: January 2026; janvier 2026."""
    return f"{MONTH_NAMES[i18n.spoken()][of.month - 1]} {of.year}"


def instant(at: datetime) -> str:
    """An instant to the minute: 2 Jan 2026 14:05."""
    here = at.astimezone(ZoneInfo(zone_told()))
    return f"{day(here.date())} {here:%H:%M}"


def instant_with_zone(at: datetime) -> str:
    """An instant and the clock it is told by: 2 Jan 2026 14:05 CET."""
    return f"{instant(at)} {at.astimezone(ZoneInfo(zone_told())):%Z}"


def instant_in_file(at: datetime) -> str:
    """An instant for a program: to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def shown(text: str) -> str:
    """What stands in a field for a day: a day in the reader's words, anything else as it was typed."""
    found = parse_date(text.strip())
    return text if isinstance(found, Refusal) else day(found)


def read_day(text: str) -> date | Refusal:
    """A day as people type it: 2026-11-30, 30 Nov 2026, 30 novembre 2026, 30/11/2026 or 30.11.2026."""
    bare = text.strip()
    found = parse_date(bare)
    if not isinstance(found, Refusal):
        return found
    parts = _TYPED.fullmatch(bare)
    if parts and (number := _month(parts[2])):
        try:
            return date(int(parts[3]), number, int(parts[1]))
        except ValueError:
            pass
    return refuse(NO_DAY, "{bare!r} is no day; write it as 30 Nov 2026 or 30/11/2026", bare=bare)


def _month(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    return _WORDS.get(_plain(word))


def _plain(word: str) -> str:
    return "".join(c for c in normalize("NFD", word.lower().rstrip(".")) if not combining(c))


def _words() -> dict[str, int]:
    """Every month by its names and by their first three letters, where only one month begins so."""
    known: dict[str, int] = {}
    doubtful: set[str] = set()
    for names in (*MONTHS.values(), *MONTH_NAMES.values()):
        for number, name in enumerate(names, 1):
            for word in {_plain(name), _plain(name)[:3], _plain(name)[:4]}:
                if known.setdefault(word, number) != number:
                    doubtful.add(word)
    return {word: number for word, number in known.items() if word not in doubtful}


_WORDS = _words()
