"""How dates and amounts may be written, each with an example of the file as it would be understood."""

from __future__ import annotations

from collections.abc import Sequence

from solde.files.amounts import read_body, read_written
from solde.files.dates import read_date
from solde.files.formats import AMOUNT_FORMATS, FormatVerdict
from solde.kernel.texts import Label, Text, either, say

from .. import formats
from ..i18n import t
from ..understood import written_out

DATE_FORMATS = (
    "yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "dd-mm-yyyy", "mm-dd-yyyy", "yyyy/mm/dd", "yyyymmdd", "dd/mm/yy",
    "mm/dd/yy", "dd.mm.yy", "dd mmm yyyy", "dd-mmm-yy",
)  # fmt: skip

Choice = tuple[str, str, bool]
"""What is sent, what is shown, whether it is chosen."""


def date_choices(verdict: FormatVerdict, chosen: str) -> list[Choice]:
    """Every format of dates; those that fit the file first, with its own example written out."""
    likely = [", ".join(verdict.formats)] if verdict.is_clear else list(verdict.formats)
    names = dict.fromkeys([*likely, *([chosen] if chosen else []), *DATE_FORMATS])
    return [(name, _shown(name, _date(verdict.example, name)), name == chosen) for name in names]


def amount_choices(verdict: FormatVerdict, chosen: str) -> list[Choice]:
    """Every format of amounts; those that fit the file first, with its own example as a number."""
    names = dict.fromkeys([*verdict.formats, *AMOUNT_FORMATS])
    return [(name, _shown(name, _amount(verdict.example, name)), name == chosen) for name in names]


def _shown(name: str, meaning: str) -> str:
    return f"{name} ({meaning})" if meaning else name


def _date(example: str, name: str) -> str:
    day = read_date(example, [name]) if example else None
    return t("{cell} is {meaning}", cell=example, meaning=written_out(day.isoformat())) if day else ""


def _amount(example: str, name: str) -> str:
    written = read_written(example) if example else None
    number = read_body(written.body, *AMOUNT_FORMATS[name]) if written else None
    return "" if number is None else t("{cell} is {meaning}", cell=example, meaning=formats.number(number))


def question(verdict: FormatVerdict, what: str) -> Text:
    """What must be said before the rows can be judged."""
    meanings: Sequence[str] = [one for name in verdict.formats if (one := _meaning(verdict.example, name))]
    return say(
        "say how {what} are written: {cell} may be {meanings}",
        what=Label(what),
        cell=verdict.example or verdict.formats[0],
        meanings=either(meanings or verdict.formats),
    )


def _meaning(example: str, name: str) -> str:
    if name in AMOUNT_FORMATS:
        written = read_written(example)
        number = read_body(written.body, *AMOUNT_FORMATS[name]) if written else None
        return "" if number is None else formats.number(number)
    day = read_date(example, [name])
    return written_out(day.isoformat()) if day else ""
