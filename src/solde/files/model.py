"""Values of files: what stands in a place, how a file is mapped, and what was seen of it before its rows are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

Cell = str | Decimal | date | bool
"""What a file holds in one place: text, or a value where the format knows values (xlsx)."""

RawCell = str | int | float | bool | dict[str, str]
"""A cell as the child sends it and as it is kept: a number as the workbook has it, a date as {"d": "2026-01-31"}."""

Line = tuple[int, Sequence[Cell]]
"""A row with the line it begins on."""

CANONICAL_DATE = "yyyy-mm-dd"


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How a file differs from the canonical form.

    `columns` names the file's column for a canonical one; `values` translates what stands in a column.
    `date_format` is such as `m/d/yyyy`, or several of them; None: not said, nor are `decimal` and `thousands` where both are None.
    `header_row`: a line number, or "find". `negative`: refuse, or credit_note. `make_codes`: customers are told by their names.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_format: str | Sequence[str] | None = None
    decimal: str | None = None
    thousands: str | None = None
    separator: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None
    header_row: int | str | None = None
    negative: str = "refuse"
    skip_totals: bool = False
    make_codes: bool = False

    @property
    def date_formats(self) -> tuple[str, ...]:
        """Every format a date may have."""
        said = self.date_format or CANONICAL_DATE
        return (said,) if isinstance(said, str) else tuple(said)

    @property
    def says_amounts(self) -> bool:
        """Does it say how amounts are written?"""
        return self.decimal is not None or self.thousands is not None

    @property
    def signs(self) -> tuple[str, str]:
        """The decimal sign, and what parts thousands."""
        return self.decimal or ".", self.thousands or ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a file: `names` are headers as `plain_name` writes them, with the column each means.

    `survey`: look at every cell below the header first, in these columns alone where `of` names them.
    """

    names: Mapping[str, str]
    survey: bool = False
    of: Sequence[str] | None = None


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """One way the cells of a column are written: digits as 9, letters as a.

    `over`: of three groups of digits, how many cells have a number above 12 in the first, second, third.
    """

    text: str
    count: int
    example: str
    line: int
    over: tuple[int, int, int] = (0, 0, 0)


class Survey(msgspec.Struct, frozen=True):
    """What was seen of a file: where its header is, its first rows and its oddest, and how each column is written.

    `shapes`: for each column its shapes, none for one of free text. `rows`: how many there are below the header.
    """

    columns: list[str]
    header_row: int
    encoding: str = "utf-8"
    separator: str | None = None
    sheets: list[str] = []
    sheet: str | None = None
    rows: int = 0
    first: list[tuple[int, list[RawCell]]] = []
    odd: list[tuple[int, list[RawCell]]] = []
    shapes: list[list[Shape]] = []


def cell_of(raw: RawCell) -> Cell:
    """A cell as it is meant: a number with the fifteen digits a workbook shows, never its binary noise."""
    if isinstance(raw, str | bool):
        return raw
    if isinstance(raw, int | float):
        return Decimal(f"{raw:.15g}")
    return date.fromisoformat(raw["d"])
