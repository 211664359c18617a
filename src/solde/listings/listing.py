"""A list, described once: what it is called, what stands in it, by what it is narrowed and sorted, and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
class Show(Generic[F]):
    """A ready choice above the list on its page, such as what waits: what it narrows the filters to, for who looks.

    `sort`: its own order. `empty` is said where nothing is like that. `offered`: has this person a use for it?
    """

    name: str
    label: str
    narrow: Callable[[F, Caller], F] = lambda chosen, _: chosen
    sort: str | None = None
    empty: Empty | None = None
    offered: Callable[[Caller], bool] = lambda _: True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Listing(Generic[F, T]):
    """A list.

    `name` is what it is called in files and in a person's choice of columns, `item` the schema of a row in the API's document.
    `api` is its address below /api/v1, `command` its words on the command line; `help` says on both what it lists.
    `filters` is what `find` takes; `sort` its order unless asked otherwise. `key` and `row` name a row for scripts and for readers,
    `unit` gives the currency of its amounts. `kinds` are words that actions on selected rows look for. `caption` names the table, `search` the search box to a screen reader.
    `unfit` is the title where no row fits the filters, `shows` the ready choices of the page, the first being shown unless asked.
    """

    name: str
    title: str
    item: str
    api: str
    command: str
    tag: str
    help: str
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
    unit: Callable[[T], str] | None = None
    kinds: Callable[[T], tuple[str, ...]] = lambda _: ()
    shows: Sequence[Show[F]] = field(default_factory=tuple)
    permission: Permission = Permission.READ
    feature: str | None = None

    @property
    def sorts(self) -> tuple[str, ...]:
        """What it may be sorted by."""
        return tuple(dict.fromkeys(one.sort for one in self.columns if one.sort is not None))

    def order_of(self, sort: str | None) -> tuple[str, bool]:
        """By what it is sorted, and whether descending; refuses unknown_sort."""
        if sort is None and self.sort is None:
            return "", True
        return paging.read_sort(sort, self.sorts, self.sort or "")
