"""Which formats a file may be written in, judged on whole columns; where more than one fits, it must be said. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .amounts import is_currency_sign, read_body, read_written
from .dates import TIME, read_date
from .model import CANONICAL_DATE, Shape

AMOUNT_FORMATS: Mapping[str, tuple[str, str]] = {
    "1610.82": (".", ""),
    "1,610.82": (".", ","),
    "1610,82": (",", ""),
    "1.610,82": (",", "."),
    "1 610,82": (",", " "),
    "1 610.82": (".", " "),
    "1'610.82": (".", "'"),
    "1'610,82": (",", "'"),
}
"""How amounts may be written: the decimal sign, and what parts thousands."""
CANONICAL_AMOUNT = "1610.82"


@dataclass(frozen=True, slots=True)
class FormatVerdict:
    """Formats that fit, and whether they are beyond doubt.

    `formats`: where it is clear all of them are in use; where it is not, each is another reading, the likeliest first.
    `canonical`: how many cells the canonical form reads, and `cells`: of how many that some form reads.
    """

    formats: tuple[str, ...]
    is_clear: bool
    cells: int = 0
    canonical: int = 0
    doubtful: Shape | None = None

    @property
    def example(self) -> str:
        """A cell that shows why it must be said."""
        return self.doubtful.example if self.doubtful is not None else ""


_GROUPS = re.compile(rf"(\d{{1,4}})([-/. ])(\d{{1,2}})\2(\d{{1,4}}){TIME}")
_TIGHT = re.compile(rf"\d{{8}}{TIME}")
_NAMED = re.compile(rf"\d{{1,2}}([-/. ])[A-Za-z]{{3,9}}\.?\1(\d{{4}}|\d{{2}}){TIME}")
_ORDERS = {"dmy": (1, 0), "mdy": (0, 1), "ymd": (1, 2)}
"""Where the month and the day stand."""


def judge_dates(shapes: Sequence[Shape]) -> FormatVerdict:
    """How the dates of a file are written; all its columns of dates are written alike."""
    kinds: dict[tuple[str, str, int], list[Shape]] = {}
    formats: list[str] = []
    cells = canonical = 0
    for shape in shapes:
        kind = _kind(shape.example)
        if isinstance(kind, tuple):
            kinds.setdefault(kind, []).append(shape)
        elif kind:
            formats.append(kind)
        cells += shape.count if kind else 0
        canonical += shape.count if kind in {("-", "first", 4), CANONICAL_DATE} else 0
    open_: list[tuple[tuple[str, ...], Shape]] = []
    for kind, of_kind in kinds.items():
        fits = _fitting(kind, of_kind)
        if len(fits) == 1:
            formats += fits
        else:
            open_.append((fits, of_kind[0]))
    if not open_:
        return FormatVerdict(tuple(dict.fromkeys(formats)) or (CANONICAL_DATE,), True, cells, canonical)
    return FormatVerdict(open_[0][0], False, cells, canonical, open_[0][1])


def _kind(example: str) -> tuple[str, str, int] | str:
    """The sign between the parts, where the year stands, its digits; or the only format there is; nothing where it is no date."""
    if found := _GROUPS.fullmatch(example):
        first, sign, _, last = found[1], found[2], found[3], found[4]
        if len(first) == 4 and len(last) <= 2:
            return sign, "first", 4
        if len(first) <= 2 and len(last) in (2, 4):
            return sign, "last", len(last)
        return ""
    if _TIGHT.fullmatch(example):
        return (
            "yyyymmdd" if read_date(example, ["yyyymmdd"]) else "ddmmyyyy" if read_date(example, ["ddmmyyyy"]) else ""
        )
    if named := _NAMED.fullmatch(example):
        return f"d{named[1]}mmm{named[1]}{'y' * len(named[2])}"
    return ""


def _fitting(kind: tuple[str, str, int], shapes: Sequence[Shape]) -> tuple[str, ...]:
    """The formats that read every date of one kind; where none does, those that might, for somebody to say."""
    sign, year_stands, digits = kind
    if year_stands == "first":
        orders = ["ymd"]
    elif sign == ".":
        orders = ["dmy"]
    else:
        orders = ["dmy", "mdy", *(["ymd"] if digits == 2 and sign == "-" else [])]
    wrong = {order: sum(shape.over[_ORDERS[order][0]] for shape in shapes) for order in orders}
    fits = [order for order in orders if not wrong[order]] or sorted(orders, key=wrong.__getitem__)
    return tuple(_format(order, sign, digits) for order in fits)


def _format(order: str, sign: str, digits: int) -> str:
    return sign.join({"d": "dd", "m": "mm", "y": "y" * digits}[letter] for letter in order)


def judge_amounts(shapes: Sequence[Shape]) -> FormatVerdict:
    """How the amounts of a file are written; all its columns of amounts are written alike."""
    values_of = {shape: _values(shape) for shape in shapes}
    read = {shape: values for shape, values in values_of.items() if any(one is not None for one in values.values())}
    cells = sum(shape.count for shape in read)
    canonical = sum(shape.count for shape, values in read.items() if values[CANONICAL_AMOUNT] is not None)
    fits = [name for name in AMOUNT_FORMATS if all(values[name] is not None for values in read.values())]
    if not fits:
        likely = sorted(
            AMOUNT_FORMATS, key=lambda n: -sum(s.count for s, values in read.items() if values[n] is not None)
        )
        return FormatVerdict(tuple(likely[:3]), False, cells, canonical, next(iter(_doubtful(read)), None))
    meanings: dict[tuple[Decimal | None, ...], str] = {}
    for name in fits:
        meanings.setdefault(tuple(values[name] for values in read.values()), name)
    formats = tuple(meanings.values())
    return FormatVerdict(formats, len(formats) == 1, cells, canonical, next(iter(_doubtful(read)), None))


def _values(shape: Shape) -> dict[str, Decimal | None]:
    """What the cell means in each format; below a thousand a group of three may not begin with zero."""
    written = read_written(shape.example)
    if written is None or (written.currency and not is_currency_sign(written.currency)):
        return dict.fromkeys(AMOUNT_FORMATS)
    return {
        name: None
        if thousands and _is_no_group(written.body, thousands)
        else read_body(written.body, decimal, thousands)
        for name, (decimal, thousands) in AMOUNT_FORMATS.items()
    }


def _is_no_group(body: str, thousands: str) -> bool:
    return body.startswith(f"0{thousands}")


def _doubtful(read: Mapping[Shape, Mapping[str, Decimal | None]]) -> list[Shape]:
    """The ways to write that mean one thing in one format and another in another."""
    return [
        shape for shape, values in read.items() if len({value for value in values.values() if value is not None}) > 1
    ]
