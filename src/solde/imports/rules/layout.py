"""Where the columns of a file stand, and what of a row stands in them. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter

from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse

from ..model import Cell, FileMapping
from .cells import text_of

COLUMN_MISSING = declare(
    "column_missing", Kind.INVALID, "Add the column, or name the file's own column or a constant in a mapping."
)
COLUMN_TWICE = declare("column_twice", Kind.INVALID, "Name each column once.")
ROW_TOO_LONG = declare("row_too_long", Kind.INVALID, "Put texts that hold the separator in quotes.")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the canonical columns stand in a file: the place of each, -1 where a constant or nothing does."""

    places: Mapping[str, int]
    headers: Mapping[str, str]
    width: int


def find_columns(
    header: Sequence[Cell], mapping: FileMapping, columns: Sequence[str], required: Sequence[str]
) -> Layout:
    """Find the canonical columns in a file's header.

    Refuses: column_missing, for every column that lacks; column_twice.
    """
    names = [str(cell).strip() for cell in header]
    plain = [plain_name(name) for name in names]
    places: dict[str, int] = {}
    refusals: list[Refusal] = []
    for column in columns:
        wished = mapping.columns.get(column)
        found = [i for i, name in enumerate(plain) if name == plain_name(wished or column)]
        if len(found) > 1:
            refusals.append(
                refuse(COLUMN_TWICE, f"the file has {len(found)} columns {wished or column!r}", field=column)
            )
        elif not found and column not in mapping.constants and (wished or column in required):
            hint = "" if not (near := get_close_matches(wished or column, names, 1)) else f"; there is {near[0]!r}"
            refusals.append(refuse(COLUMN_MISSING, f"the file has no column {wished or column!r}{hint}", field=column))
        places[column] = found[0] if len(found) == 1 else -1
    if refusals:
        raise Refused([refusal.at(line=1) for refusal in refusals])
    headers = {column: names[place] if place >= 0 else column for column, place in places.items()}
    return Layout(places, headers, len(names))


def plain_name(header: str) -> str:
    """A header as canonical columns are written: lower case, words joined by _."""
    return "_".join(header.casefold().replace("-", " ").replace("_", " ").split())


class RowPicker:
    """Takes out of each row of one file what stands in the canonical columns: its own cells, constants, translations."""

    def __init__(self, layout: Layout, mapping: FileMapping, columns: Sequence[str]) -> None:
        self._layout = layout
        self._mapping = mapping
        self._constants = [mapping.constants.get(column, "") for column in columns]
        self._pick = itemgetter(*(self._place(i, column) for i, column in enumerate(columns)))
        self._maps = [
            (columns.index(column), {key.strip().casefold(): value for key, value in entries.items()})
            for column, entries in mapping.values.items()
        ]

    def _place(self, position: int, column: str) -> int:
        """Behind the cells of a row stand the constants."""
        place = self._layout.places[column]
        return place if place >= 0 and column not in self._mapping.constants else self._layout.width + position

    def tells(self, column: str) -> bool:
        """Does the file, or its mapping, tell anything in this column?"""
        return self._layout.places[column] >= 0 or column in self._mapping.constants

    def pick(self, cells: Sequence[Cell]) -> list[Cell] | Refusal:
        """What stands in each canonical column, in their order."""
        width = self._layout.width
        if len(cells) > width and any(str(cell).strip() for cell in cells[width:]):
            return refuse(ROW_TOO_LONG, f"the row has {len(cells)} cells, the header {width}")
        padded = [*cells[:width], *[""] * (width - len(cells)), *self._constants]
        picked = [cell.strip() if type(cell) is str else cell for cell in self._pick(padded)]
        for position, translations in self._maps:
            picked[position] = translations.get(text_of(picked[position]).casefold(), picked[position])
        return picked

    def placed(self, refusal: Refusal, line: int) -> Refusal:
        """The refusal with its line; the message names the file's own column where it is called otherwise."""
        header = self._layout.headers.get(refusal.field or "", "")
        named = refusal if header in ("", refusal.field) else _named(refusal, header)
        return named.at(line=line)


def _named(refusal: Refusal, header: str) -> Refusal:
    return Refusal(refusal.code, refusal.kind, f"{header}: {refusal.message}", refusal.field)
