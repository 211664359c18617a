"""How the cells of a file are written, column by column: the child sees every cell, and tells the few ways there are."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from .model import RawCell, Shape

SHAPES_MOST = 200
"""Ways to write a column has; one with more is free text."""
EXAMPLE_MOST = 60
ROWS_SHOWN = 5
ODD_MOST = 6
_DIGITS = dict.fromkeys(map(ord, "0123456789"), "9")
_LETTER = re.compile(r"[^\W\d_]+")
_GROUPS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?!\d)")
LAST_MONTH = 12
CELLS_KEPT = 10_000
_NUMBER = re.compile(r"[^a9]*(a )?[^a9]*[09][^a]*( a)?[^a9]*")


class _Way:
    __slots__ = ("count", "example", "line", "over", "row")

    def __init__(self, example: str, line: int, row: Sequence[RawCell]) -> None:
        self.count = 0
        self.example, self.line, self.row = example[:EXAMPLE_MOST], line, row
        self.over = [0, 0, 0]


class ColumnShapes:
    """Gathers the ways one column is written."""

    def __init__(self) -> None:
        self.ways: dict[str, _Way] = {}
        self._cells: dict[str, tuple[_Way, tuple[int, ...]]] = {}
        self.is_text = False

    def see(self, cell: RawCell, line: int, row: Sequence[RawCell]) -> None:
        """Count a cell that is text."""
        if not isinstance(cell, str) or not cell or self.is_text:
            return
        known = self._cells.get(cell)
        if known is None:
            text = cell.replace("\0", "\ufffd").strip()
            way = self._way(text, line, row)
            if way is None:
                return
            known = way, _over(text)
            if len(self._cells) < CELLS_KEPT:
                self._cells[cell] = known
        way, over = known
        way.count += 1
        for place in over:
            way.over[place] += 1

    def _way(self, text: str, line: int, row: Sequence[RawCell]) -> _Way | None:
        if not text:
            return None
        shape = shape_of(text)
        way = self.ways.get(shape)
        if way is None:
            if len(self.ways) >= SHAPES_MOST:
                self.is_text = True
                self.ways.clear()
                self._cells.clear()
                return None
            way = self.ways[shape] = _Way(text, line, row)
        return way

    def told(self) -> list[Shape]:
        """The ways, the commonest first."""
        found = sorted(self.ways.items(), key=lambda one: -one[1].count)
        return [
            Shape(shape, way.count, way.example, way.line, (way.over[0], way.over[1], way.over[2]))
            for shape, way in found
        ]


def _over(text: str) -> tuple[int, ...]:
    """In which of three groups of digits a number above 12 stands, which no month can be."""
    groups = _GROUPS.match(text)
    return tuple(place for place in range(3) if int(groups[place + 1]) > LAST_MONTH) if groups else ()


def shape_of(text: str) -> str:
    """A text with every digit as 9 and every word as a; a zero it begins with stays."""
    shape = _LETTER.sub("a", text.translate(_DIGITS))[:EXAMPLE_MOST]
    return f"0{shape[1:]}" if text[0] == "0" else shape


def odd_rows(columns: Sequence[ColumnShapes], shown: set[int]) -> list[tuple[int, Sequence[RawCell]]]:
    """The rows in which a date or amount is written as few others are; `shown` are lines that are shown anyway."""
    rare: dict[int, tuple[int, Sequence[RawCell]]] = {}
    for column in columns:
        if _holds_numbers(column):
            for way in column.ways.values():
                if way.line not in shown and way.count < rare.get(way.line, (sys.maxsize, ()))[0]:
                    rare[way.line] = (way.count, way.row)
    chosen = sorted(rare.items(), key=lambda one: (one[1][0], one[0]))[:ODD_MOST]
    return [(line, row) for line, (_, row) in sorted(chosen)]


def _holds_numbers(column: ColumnShapes) -> bool:
    cells = sum(way.count for way in column.ways.values())
    numbers = sum(way.count for shape, way in column.ways.items() if _NUMBER.fullmatch(shape))
    return len(column.ways) > 1 and numbers * 2 > cells
