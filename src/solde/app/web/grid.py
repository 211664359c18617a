"""The one list component: columns, rows of cells, order, selection totals, pages. Pure; `grid.html` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .addresses import Address
from .preferences import Preferences


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` is how it stands (text, money, date, mark), `sort` what it is sorted by, if it can be.

    `place` says where the cell goes on a narrow screen, where a row is a card: lead, value, or meta.
    A `fixed` column cannot be hidden. Where room is short, columns that are empty give way first, then those with the
    highest `spare`, then the last ones; what they hold stands in the row's detail. One that stands `aside` is hidden until
    a person chooses the columns of the list. A `turned` one shows the opposite of what it is sorted by: days of a date.
    """

    key: str
    label: str
    kind: str = "text"
    sort: str | None = None
    descending_first: bool = False
    place: str = "meta"
    fixed: bool = False
    spare: int = 0
    aside: bool = False
    turned: bool = False


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
    """A row: its cells in the order of the columns, and what it adds to the totals of a selection, in millionths.

    `kinds` are words that actions look for: what the row is, and what can be done with it.
    """

    key: str
    label: str
    cells: tuple[Cell, ...]
    unit: str = ""
    decimals: int = 2
    sums: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


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
    spare: int = 0
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: what is so, and what to do next."""

    title: str
    text: str
    commands: tuple[str, ...] = ()
    href: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to be done with the selected rows: `href` opens its dialog, with `n` for each row's key.

    It fits where every kind in `needs` occurs among the rows and none in `spoilt_by`; otherwise `why` is said. An action on
    `one` row says `why_one` where several are selected. `whys` says it for a kind that is missing, or for `!kind` that spoils;
    what `shown` asks for in the same words decides whether it is there at all. With `hide` it is not shown where it does not fit. `key` is its shortcut.
    """

    label: str
    href: str
    icon: str = ""
    needs: tuple[str, ...] = ()
    spoilt_by: tuple[str, ...] = ()
    why: str = ""
    one: bool = False
    why_one: str = ""
    key: str = ""
    variant: str = "outline"
    hide: bool = False
    whys: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """What the script looks for."""
        return " ".join((*self.needs, *(f"!{kind}" for kind in self.spoilt_by)))


@dataclass(frozen=True, slots=True)
class Grid:
    """A list as drawn; `sums` are what a selection adds up: key, label, and whether DR or CR is said.

    `actions` are for the selection; `files` are links to the same list as a file: label and address.
    """

    name: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    empty: Empty
    sums: tuple[tuple[str, str, bool], ...] = ()
    first: str = ""
    next: str = ""
    actions: tuple[Action, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


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
        way = ("descending" if descending is not column.turned else "ascending") if here else "none"
    return Head(
        column.key, column.label, column.kind, column.place, column.fixed, href, way, column.spare, column.aside
    )


@dataclass(frozen=True, slots=True)
class ColumnPosition:
    """Where a column stands for a person: the number of its cell in a row, its head, whether it is hidden.

    A column that is `void` holds nothing in these rows; the others have its room.
    """

    at: int
    head: Head
    hidden: bool
    void: bool = False


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """A column where a person has it."""

    column: Column
    hidden: bool


def arranged(grid: Grid, liked: Preferences) -> list[ColumnPosition]:
    """The columns as a person likes them; one they never placed stands where it would without them."""
    hidden = _hidden(grid.name, grid.heads, liked)
    order = _ordered(grid.name, [head.key for head in grid.heads], liked)
    return [ColumnPosition(at, grid.heads[at], grid.heads[at].key in hidden, _is_void(grid, at)) for at in order]


def _is_void(grid: Grid, at: int) -> bool:
    """Is there nothing in a column that could be hidden?"""
    return (
        bool(grid.rows)
        and not grid.heads[at].fixed
        and not any(row.cells[at].text or row.cells[at].marks for row in grid.rows)
    )


def arranged_columns(name: str, columns: Sequence[Column], liked: Preferences) -> list[ColumnPlace]:
    """The same before anything is drawn."""
    hidden = _hidden(name, columns, liked)
    order = _ordered(name, [column.key for column in columns], liked)
    return [ColumnPlace(columns[at], columns[at].key in hidden) for at in order]


def _hidden(name: str, columns: Sequence[Head] | Sequence[Column], liked: Preferences) -> set[str]:
    """What is hidden: what the person chose, else what stands aside of its own; never what is fixed."""
    chosen = liked.hidden.get(name)
    aside = [column.key for column in columns if column.aside] if chosen is None else chosen
    return {*aside} & {column.key for column in columns if not column.fixed}


def _ordered(name: str, keys: Sequence[str], liked: Preferences) -> list[int]:
    """The places of the keys, in the order a person gave them."""
    ranks = {key: float(rank) for rank, key in enumerate(liked.order.get(name, []))}
    before = -1.0
    for key in keys if ranks else ():
        before = ranks.setdefault(key, before + 0.001)
    return sorted(range(len(keys)), key=lambda at: ranks[keys[at]]) if ranks else list(range(len(keys)))


def files(address: Address, path: str, *forms: str) -> tuple[tuple[str, str], ...]:
    """Links to what a list shows as files: the same filters and order, all pages. `path` without its ending."""
    kept = address.with_().parameters
    return tuple((FORMS[form], str(Address(f"{path}.{form}", kept))) for form in forms or tuple(FORMS))


FORMS = {"xlsx": "Excel", "csv": "CSV"}
"""The forms of a list as a file, by the ending of its name."""


def pages(address: Address, cursor: str | None, following: str | None) -> tuple[str, str]:
    """Links to the first page, where this is not it, and to the next, where there is one."""
    return (str(address.with_()) if cursor else "", str(address.with_(cursor=following)) if following else "")
