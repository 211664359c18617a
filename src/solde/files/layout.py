"""Where the columns of a file stand, and what of a row stands in them. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from operator import itemgetter

from solde.kernel.card_numbers import CARD_NUMBER_IN_TEXT, holds_card_number
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import Text, say

from .model import Cell, FileMapping
from .names import plain_name
from .texts import text_of

COLUMN_MISSING = declare(
    "column_missing", Kind.INVALID, "Add the column, or name the file's own column or a constant in a mapping."
)
COLUMN_TWICE = declare("column_twice", Kind.INVALID, "Name each column once.")
ROW_TOO_LONG = declare("row_too_long", Kind.INVALID, "Put texts that hold the separator in quotes.")

_TOTAL = re.compile(
    r"(?:\*+$|(?:sub[- ]?total|total|totals|grand total|sous[- ]total|somme|summe|zwischensumme|gesamt|gesamtsumme|endsumme"
    r"|saldo|solde|balance)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The canonical columns of one kind of file, in the order in which a row is read.

    `also`: further names of a column, as `plain_name` writes them, the likelier first. `real`: a row that fills all of these is no total.
    """

    names: Sequence[str]
    required: Sequence[str]
    also: Mapping[str, str]
    dates: Sequence[str]
    amounts: Sequence[str]
    real: Sequence[Sequence[str]]

    def known(self, mapping: FileMapping) -> dict[str, str]:
        """Every header that means something, and the column it means."""
        own = {plain_name(column): column for column in self.names}
        return {**self.also, **own, **{plain_name(title): column for column, title in mapping.columns.items()}}

    def known_as(self, title: str) -> str:
        """The column a header means by itself; nothing where it is unknown."""
        plain = plain_name(title)
        own = {plain_name(column): column for column in self.names}
        return own.get(plain) or self.also.get(plain, "")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the canonical columns stand in a file: the place of each, -1 where a constant or nothing does."""

    places: Mapping[str, int]
    headers: Mapping[str, str]
    width: int
    unused: Sequence[str] = ()


def find_columns(header: Sequence[Cell], mapping: FileMapping, columns: Columns, header_row: int = 1) -> Layout:
    """Find the canonical columns in a file's header.

    Refuses: column_missing, for every column that lacks; column_twice.
    """
    names = [str(cell).strip() for cell in header]
    if any(map(holds_card_number, names)):
        raise Refused(refuse(CARD_NUMBER_IN_TEXT, "the header holds what looks like a card number", line=header_row))
    plain = [plain_name(name) for name in names]
    places: dict[str, int] = {}
    refusals: list[Refusal] = []
    for column in columns.names:
        wished = mapping.columns.get(column)
        found = [i for i, name in enumerate(plain) if name == plain_name(wished or column)]
        if len(found) > 1:
            said = say("the file has {count} columns {wished!r}", count=len(found), wished=wished or column)
            refusals.append(refuse(COLUMN_TWICE, said, field=column))
        places[column] = found[0] if len(found) == 1 else -1
        if not found and wished and column not in mapping.constants:
            refusals.append(_missing(column, wished, names))
    _find_by_other_names(plain, places, mapping, columns)
    told = {refusal.field for refusal in refusals}
    refusals += [
        _missing(column, column, names)
        for column in columns.required
        if places[column] < 0 and column not in mapping.constants and column not in told
    ]
    if refusals:
        raise Refused([refusal.at(line=header_row) for refusal in refusals])
    headers = {column: names[place] if place >= 0 else column for column, place in places.items()}
    return Layout(places, headers, len(names), _unused(names, places, mapping))


def _missing(column: str, wished: str, names: Sequence[str]) -> Refusal:
    hint = "" if not (near := get_close_matches(wished, names, 1)) else say("; there is {near!r}", near=near[0])
    return refuse(COLUMN_MISSING, "the file has no column {wished!r}{hint}", wished=wished, hint=hint, field=column)


def _find_by_other_names(plain: Sequence[str], places: dict[str, int], mapping: FileMapping, columns: Columns) -> None:
    """Columns that are called otherwise: only where the file's own name is not taken already."""
    taken = {place for place in places.values() if place >= 0}
    for name, column in columns.also.items():
        if places[column] >= 0 or column in mapping.columns or column in mapping.constants:
            continue
        found = [i for i, title in enumerate(plain) if title == name and i not in taken]
        if len(found) == 1:
            places[column] = found[0]
            taken.add(found[0])


def _unused(names: Sequence[str], places: Mapping[str, int], mapping: FileMapping) -> list[str]:
    used = {place for column, place in places.items() if column not in mapping.constants}
    return [name or f"column {i + 1}" for i, name in enumerate(names) if i not in used and name]


class RowPicker:
    """Takes out of each row of one file what stands in the canonical columns: its own cells, constants, translations."""

    def __init__(self, layout: Layout, mapping: FileMapping, columns: Columns) -> None:
        self._layout = layout
        self._mapping = mapping
        self._constants = [mapping.constants.get(column, "") for column in columns.names]
        self._pick = itemgetter(*(self._place(i, column) for i, column in enumerate(columns.names)))
        self._real = [[columns.names.index(column) for column in some] for some in columns.real]
        self._maps = [
            (columns.names.index(column), {key.strip().casefold(): value for key, value in entries.items()})
            for column, entries in mapping.values.items()
        ]

    def _place(self, position: int, column: str) -> int:
        """Behind the cells of a row stand the constants."""
        place = self._layout.places[column]
        return place if place >= 0 and column not in self._mapping.constants else self._layout.width + position

    def tells(self, column: str) -> bool:
        """Does the file, or its mapping, tell anything in this column?"""
        return self._layout.places[column] >= 0 or column in self._mapping.constants

    def pick(self, cells: Sequence[Cell]) -> list[Cell] | Refusal | None:
        """What stands in each canonical column, in their order; nothing for a row of totals that is to be left out."""
        width = self._layout.width
        if len(cells) > width and any(str(cell).strip() for cell in cells[width:]):
            return refuse(ROW_TOO_LONG, "the row has {count} cells, the header {width}", count=len(cells), width=width)
        if any(holds_card_number(text_of(cell)) for cell in cells if type(cell) is str or isinstance(cell, Decimal)):
            return refuse(CARD_NUMBER_IN_TEXT, "the row holds what looks like a card number")
        padded = [*cells[:width], *[""] * (width - len(cells)), *self._constants]
        picked = [cell.strip() if type(cell) is str else cell for cell in self._pick(padded)]
        if self._mapping.skip_totals and self._is_total(cells, picked):
            return None
        for position, translations in self._maps:
            picked[position] = translations.get(text_of(picked[position]).casefold(), picked[position])
        return picked

    def _is_total(self, cells: Sequence[Cell], picked: Sequence[Cell]) -> bool:
        """A row that is named as a total, or holds nothing that tells one row from another."""
        own = [[picked[place] != "" and not is_total_word(picked[place]) for place in some] for some in self._real]
        if any(all(filled) for filled in own):
            return False
        if not any(any(filled) for filled in own):
            return True
        first = next((cell for cell in cells if not isinstance(cell, str) or cell.strip()), "")
        return is_total_word(first)

    def placed(self, refusal: Refusal, line: int) -> Refusal:
        """The refusal with its line; the message names the file's own column where it is called otherwise."""
        header = self._layout.headers.get(refusal.field or "", "")
        named = refusal if header in ("", refusal.field) else _named(refusal, header)
        return named.at(line=line)


def is_total_word(cell: Cell) -> bool:
    """Does a cell name a total?"""
    return isinstance(cell, str) and _TOTAL.match(cell.strip()) is not None


def _named(refusal: Refusal, header: str) -> Refusal:
    return replace(refusal, text=Text("{header}: {message}", {"header": header, "message": refusal.text}))
