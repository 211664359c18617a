"""The one list component: columns, rows of cells, order, selection totals, pages. Pure; `grid.html` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .addresses import Address


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` is how it stands (text, money, date, mark), `sort` what it is sorted by, if it can be.

    `place` says where the cell goes on a narrow screen, where a row is a card: lead, value, or meta.
    A `fixed` column cannot be hidden.
    """

    key: str
    label: str
    kind: str = "text"
    sort: str | None = None
    descending_first: bool = False
    place: str = "meta"
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell.

    `kind` is text, link, money, date, badge or dot; `tone` its colour.
    A link that `opens` shows a detail beside the list.
    """

    text: str = ""
    kind: str = "text"
    tone: str = ""
    href: str = ""
    opens: bool = False
    sub: str = ""
    title: str = ""
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells in the order of the columns, and what it adds to the totals of a selection, in millionths."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    unit: str = ""
    decimals: int = 2
    sums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column as drawn."""

    key: str
    label: str
    kind: str
    place: str
    fixed: bool
    href: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: what is so, and what to do next."""

    title: str
    text: str
    commands: tuple[str, ...] = ()
    href: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A list as drawn; `sums` are what a selection adds up: key, label, and whether DR or CR is said."""

    name: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    empty: Empty
    sums: tuple[tuple[str, str, bool], ...] = ()
    first: str = ""
    next: str = ""


def heads(
    columns: Sequence[Column], address: Address, sorted_by: str, *, descending: bool, sortable: bool = True
) -> tuple[Head, ...]:
    """Column heads whose links sort by them, the other way round where they are sorted by already."""
    return tuple(_head(column, address, sorted_by, descending, sortable) for column in columns)


def _head(column: Column, address: Address, sorted_by: str, descending: bool, sortable: bool) -> Head:
    href, way = "", ""
    if column.sort is not None and sortable:
        here = column.sort == sorted_by
        turned = not descending if here else column.descending_first
        href = str(address.with_(sort=f"-{column.sort}" if turned else column.sort))
        way = ("descending" if descending else "ascending") if here else "none"
    return Head(column.key, column.label, column.kind, column.place, column.fixed, href, way)


def pages(address: Address, cursor: str | None, following: str | None) -> tuple[str, str]:
    """Links to the first page, where this is not it, and to the next, where there is one."""
    return (str(address.with_()) if cursor else "", str(address.with_(cursor=following)) if following else "")
