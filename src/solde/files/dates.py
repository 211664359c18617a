"""Dates as files write them: by a format such as d/m/yyyy, with or without a time behind. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

YEAR_TURN = 70
"""Two digits below are years of this century."""
_DATE_PART = {"y": r"(?P<y>[0-9]{4})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})"}
_SHORT_YEAR = r"(?P<y>[0-9]{2})"
_MONTH_NAME = r"(?P<n>[A-Za-z]{3,9})\.?"
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?"


@lru_cache(maxsize=256)
def date_pattern(date_format: str) -> re.Pattern[str]:
    """The dates a format allows: `m/d/yyyy` reads 1/31/2013 and 01/31/2013, `d mmm yy` reads 31 Jan 13."""

    def part(run: re.Match[str]) -> str:
        letter, length = run[1].lower(), len(run[0])
        if letter == "y" and length == 2:
            return "\0s"
        return "\0n" if letter == "m" and length > 2 else f"\0{letter}"

    runs = re.sub(r"(?i)([dmy])\1*", part, date_format.replace("%", ""))
    parts = {**_DATE_PART, "s": _SHORT_YEAR, "n": _MONTH_NAME}
    if re.fullmatch(r"(\0[a-z])+", runs):
        parts |= {"m": r"(?P<m>[0-9]{2})", "d": r"(?P<d>[0-9]{2})"}
    pieces = re.split(r"(\0[a-z])", runs)
    return re.compile("".join(parts[one[1]] if one[:1] == "\0" else re.escape(one) for one in pieces) + TIME)


def date_letters(pattern: str) -> list[str]:
    """The parts a date format names, in order of the alphabet, each once for a run of its letter."""
    letters = [c for c in pattern.lower().replace("%", "") if c in "dmy"]
    return sorted(c for i, c in enumerate(letters) if i == 0 or letters[i - 1] != c)


def read_date(text: str, formats: Sequence[str]) -> date | None:
    """A date written in one of these formats, the first that fits; none where it is in none."""
    for one in formats:
        found = date_pattern(one).fullmatch(text)
        if found is not None and (day := _day(found.groupdict())) is not None:
            return day
    return None


def _day(parts: dict[str, str]) -> date | None:
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < YEAR_TURN else 1900
    name = parts.get("n")
    if name is not None and name[:3].lower() not in _NAMES:
        return None
    month = int(parts["m"]) if name is None else _NAMES.index(name[:3].lower()) + 1
    try:
        return date(year, month, int(parts["d"]))
    except ValueError:
        return None
