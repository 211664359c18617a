"""The accounts a visitor may see, all of them together: their totals, a page of them in order, those a search finds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from solde.balances import Definition, Moment, balances_of_many
from solde.balances.ranking import Kept, KeyFigures, RankedAccount, key_figures, rank_accounts
from solde.balances.ranking_cache import ranked_pair
from solde.balances.snapshot_cache import Remembered, SnapshotCache
from solde.customers import CustomerFilters, FoundAccount, FoundCustomer, search_customers
from solde.db import Connection
from solde.kernel import paging
from solde.kernel.money import ZERO

from .. import store
from ..page import Page
from .customers_asked import CustomerQuery

T = TypeVar("T")

PRESENT = timedelta(seconds=2)
"""Totals worked out no longer ago are those of now to a reader."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The accounts a visitor may see, at a moment; `kept` where their order is kept."""

    cache: SnapshotCache
    conn: Connection
    pair: tuple[Definition, Definition]
    moment: Moment
    seller_id: int | None
    now: datetime
    kept: Kept | None

    @property
    def ordered_at(self) -> datetime | None:
        """Of when the order and the totals are, where that is not just now."""
        if self.kept is None or self.now - self.kept.worked_out_at <= PRESENT:
            return None
        return self.kept.worked_out_at

    async def key_figures(self, filters: CustomerFilters) -> Remembered[list[KeyFigures]]:
        """What those that fit the filters owe together."""
        if self.kept is not None and filters == CustomerFilters():
            return Remembered(await self._key_figures(filters), self.ordered_at)
        found = await self._remembered(("key figures", filters), lambda: self._key_figures(filters))
        return Remembered(found.value, found.worked_out_at or self.ordered_at)

    async def _key_figures(self, filters: CustomerFilters) -> list[KeyFigures]:
        return await key_figures(
            self.conn, self.pair, self.moment, seller_id=self.seller_id, filters=filters, kept=self.kept
        )

    async def page(self, asked: CustomerQuery, limit: int) -> paging.Page[RankedAccount]:
        """A page of what is asked for: in order of balance, or as a search finds them."""
        if asked.q:
            return await self._search(asked, limit)
        if self.kept is not None:
            return await self._ranked(asked, limit)
        return (await self._remembered((asked, limit), lambda: self._ranked(asked, limit))).value

    async def _ranked(self, asked: CustomerQuery, limit: int) -> paging.Page[RankedAccount]:
        return await rank_accounts(
            self.conn, self.pair, self.moment, seller_id=self.seller_id, show=asked.show, currency=asked.currency,
            filters=asked.filters, by=asked.by, descending=asked.descending, limit=limit, cursor=asked.cursor, kept=self.kept,
        )  # fmt: skip

    async def _search(self, asked: CustomerQuery, limit: int) -> paging.Page[RankedAccount]:
        found = await search_customers(
            self.conn, asked.q, seller_id=self.seller_id, filters=asked.searched, limit=limit, cursor=asked.cursor
        )
        held = await _wanted(self.conn, [(c, a) for c in found.items for a in c.accounts], asked)
        return paging.Page(await _with_balances(self.conn, held, self.pair, self.moment), found.next)

    async def _remembered(self, what: Hashable, work_out: Callable[[], Awaitable[T]]) -> Remembered[T]:
        key = (what, self.seller_id, self.moment, tuple((d.definition_id, d.version) for d in self.pair))
        return await self.cache.get(self.conn, key, work_out, now=self.now)


Held = Sequence[tuple[FoundCustomer, FoundAccount]]


async def _wanted(conn: Connection, held: Held, asked: CustomerQuery) -> Held:
    """A customer is found by any of its accounts; of these only the accounts are listed that fit the filters themselves."""
    state, mode = asked.filters.account_state, asked.filters.payment_mode
    fitting = [
        (c, a) for c, a in held if state in {None, a.state} and asked.currency in {None, a.currency}
    ]  # fmt: skip
    if mode is None:
        return fitting
    paying = await store.accounts_paying(conn, [a.account_id for _, a in fitting], mode)
    return [(c, a) for c, a in fitting if a.account_id in paying]


async def _with_balances(
    conn: Connection, held: Held, pair: tuple[Definition, Definition], moment: Moment
) -> list[RankedAccount]:
    """The accounts of customers found, with their balances, in one statement."""
    figures = await balances_of_many(conn, [a.account_id for _, a in held], pair, moment)
    balances = {account_id: [f.balance for f in both] for account_id, both in figures.items()}
    return [
        RankedAccount(
            a.account_id, a.code, c.code, c.name, c.country, a.currency, a.state, c.incomplete,
            *balances.get(a.account_id, [ZERO, ZERO]),
        )
        for c, a in held
    ]  # fmt: skip


@asynccontextmanager
async def whole_of(page: Page) -> AsyncIterator[Whole]:
    """The accounts this visitor may see, read at one moment; their order is brought up to date before where that is quick."""
    services = page.services
    async with services.pool.connection() as conn:
        pair = ranked_pair(await services.definitions.get(conn))
    kept = await services.ranking.current(pair)
    async with page.reading() as conn:
        moment = Moment(await page.today(conn))
        yield Whole(services.remembered, conn, pair, moment, page.visitor.seller_id, page.now(), kept)


async def every_page(whole: Whole, asked: CustomerQuery, limit: int) -> AsyncIterator[Sequence[RankedAccount]]:
    """All of what is asked for, a page at a time."""
    while True:
        found = await whole.page(asked, limit)
        yield found.items
        if found.next is None:
            return
        asked = replace(asked, cursor=found.next)
