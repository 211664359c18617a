"""A list, described once: what it is called, what stands in it, by what it is narrowed and sorted, and what reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from solde.access import Caller, Permission
from solde.db import Connection
from solde.kernel import paging

from .columns import Column

F = TypeVar("F", bound=msgspec.Struct)
F_contra = TypeVar("F_contra", contravariant=True)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Find(Protocol[F_contra, T_co]):
    """Reads a page of a list."""

    async def __call__(
        self, conn: Connection, chosen: F_contra, /, *, sort: str | None, limit: int | None, cursor: str | None
    ) -> paging.Page[Any]: ...


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: what is so, what to do next, and commands that help."""

    title: str
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """What the whole list comes to in a currency: how many rows, and the sums of some columns by their names."""

    currency: str
    count: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Totals(Generic[F]):
    """What is said of the whole list: for which columns, and how the rows are counted, such as "{n} invoices"."""

    columns: tuple[str, ...]
    counted: str
    find: Callable[[Connection, F], Awaitable[Sequence[Total]]]


@dataclass(frozen=True, slots=True)
class Show(Generic[F]):
    """A ready choice above the list on its page, such as what waits: what it narrows the filters to, for who looks.

    `sort`: its own order. `empty` is said where nothing is like that. `offered`: has this person a use for it? `counted`: it
    says how many rows it has.
    """

    name: str
    label: str
    narrow: Callable[[F, Caller], F] = lambda chosen, _: chosen
    sort: str | None = None
    empty: Empty | None = None
    offered: Callable[[Caller], bool] = lambda _: True
    counted: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Listing(Generic[F, T]):
    """A list.

    `name` is what it is called in files and in a person's choice of columns, `item` the schema of a row in the API's document.
    `api` is its address below /api/v1, `command` its words on the command line; `help` says on both what it lists, `notes` in the document what else is to know.
    `filters` is what `find` takes; `sort` its order unless asked otherwise, or `usual` where that goes with the
    filters, as `sortable` does. `key` and `row` name a row for scripts and for readers,
    `unit` gives the currency of its amounts, whose sums its files end with unless `sums_in_files` says no. `kinds` are words that
    actions on selected rows look for. `caption` names the table, `search` the search box to a screen reader.
    `unfit` is the title where no row fits the filters, `unfit_text` what to do then. `shows` are the ready choices of the page, the
    first being shown unless asked; `count` says how many rows each has. `totals` are said above the page and in JSON.
    Of what has an address of its own a row has the `shape` of that address, `gives`, and the columns that are not in it.
    """

    name: str
    title: str
    item: str
    api: str
    command: str
    tag: str
    help: str
    notes: str = ""
    filters: type[F]
    columns: Sequence[Column[T]]
    find: Find[F, T]
    key: Callable[[T], str]
    row: Callable[[T], str]
    empty: Empty
    unfit: str
    caption: str
    search: str = "Search"
    sort: str | None = None
    usual: Callable[[F], str] | None = None
    sortable: Callable[[F], Collection[str]] | None = None
    unit: Callable[[T], str] | None = None
    kinds: Callable[[T], tuple[str, ...]] = lambda _: ()
    sums_in_files: bool = True
    unfit_text: str = "Take some of them off to see more."
    gives: type[msgspec.Struct] | None = None
    shape: Callable[[T], msgspec.Struct] | None = None
    totals: Totals[F] | None = None
    count: Callable[[Connection, F], Awaitable[int]] | None = None
    shows: Sequence[Show[F]] = field(default_factory=tuple)
    permission: Permission = Permission.READ
    feature: str | None = None

    @property
    def sorts(self) -> tuple[str, ...]:
        """What it may be sorted by."""
        return tuple(dict.fromkeys(one.sort for one in self.columns if one.sort is not None))

    def order_of(self, sort: str | None, chosen: F | None = None) -> tuple[str, bool]:
        """By what it is sorted, and whether descending; refuses unknown_sort."""
        usual = self.sort if self.usual is None or chosen is None else self.usual(chosen)
        return ("", True) if sort is None and usual is None else paging.read_sort(sort, self.sorts, usual or "")

    def sorts_now(self, chosen: F) -> Collection[str]:
        """What it may be sorted by under these filters."""
        return self.sorts if self.sortable is None else self.sortable(chosen)
