"""Keep the order of accounts by what they owe, a few seconds behind the ledger, at no cost to those who post.

Nothing is written where money moves. Every action on an account's money updates its row, and a row tells which
transaction wrote it: from time to time the accounts written since are looked for and worked out again. Looking costs
one pass over three narrow tables; who asks waits for it only where it is quick.
Decision: 0017.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import structlog

from solde.customers import list_sellers
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock, today_in, utc_now

from . import store
from .figures import pick
from .model import Definition
from .plan import uses_posting
from .ranking import Kept, standing_sql
from .relations import AccountScope
from .store import StandingHead

QUICK_MS = 100
"""As long as working out took at most this, who asks waits for it and sees the present order."""
RESTS_TIMES_ITS_COST = 20
"""Otherwise it rests in between, so that it takes a twentieth of one processor at the most."""
SINGLY_MOST = 50_000
"""More accounts written than this are worked out with all the others at once."""

Pair = tuple[Definition, Definition]

_CHANGING = (
    "kind",
    "country",
    "category",
    "customer_state",
    "payment_mode",
    "state",
    "incomplete",
    "balance",
    "overdue",
)


def ranked_pair(definitions: Sequence[Definition]) -> Pair:
    """The default balance, and the one that says what is overdue; where that was deleted, the default again."""
    default = pick(definitions, None)
    return default, next((d for d in definitions if d.code == "dunning"), default)


def stamp_of(pair: Pair) -> str:
    """Which versions of which definitions standings were worked out by."""
    return " ".join(f"{d.definition_id}.{d.version}" for d in pair)


log = structlog.get_logger("solde.balances")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: how many accounts stood otherwise than kept; None where another process was at it."""

    accounts: int | None
    cost_ms: int


async def refresh_ranking(
    pool: Pool, *, clock: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic
) -> int:
    """Bring the kept standings up to date; gives how many accounts stood otherwise than kept."""
    return (await _refresh(pool, clock(), monotonic)).accounts or 0


async def _refresh(pool: Pool, now: datetime, monotonic: Callable[[], float]) -> Refreshed:
    began = monotonic()
    accounts = await transaction(pool, partial(_work_out, now=now))
    cost_ms = round((monotonic() - began) * 1000)
    if accounts:
        await transaction(pool, partial(store.note_standing_cost, cost_ms=cost_ms))
    return Refreshed(accounts, cost_ms)


async def _work_out(conn: Connection, *, now: datetime) -> int | None:
    """Work out the accounts of each seller whose day or definitions are others, and those written since of the rest."""
    await conn.execute(b"set transaction isolation level repeatable read")
    await conn.execute(b"set local statement_timeout = 0")
    if not await store.try_lock_standings(conn):
        return None
    pair = ranked_pair(await store.definitions_now(conn))
    days = {seller.seller_id: today_in(seller.time_zone, now) for seller in await list_sellers(conn)}
    heads = {head.seller_id: head for head in await store.standing_heads(conn)}
    changes_unseen = any(uses_posting(definition.draft) for definition in pair)
    whole = {s for s, day in days.items() if changes_unseen or not _holds(heads.get(s), day, stamp_of(pair))}
    written = await _written_since(conn, [heads[s] for s in days if s not in whole])
    if not whole and not written:
        return 0
    if len(written) > SINGLY_MOST:
        whole, written = set(days), []
    done = 0
    for day in sorted(set(days.values())):
        done += await _write(conn, pair, day, [s for s in whole if days[s] == day], None)
        done += await _write(conn, pair, day, [s for s, on in days.items() if on == day and s not in whole], written)
    if done:
        await store.renew_standing_totals(conn)
    await store.move_standing_heads(conn, days, stamp_of(pair), now)
    return done


def _holds(head: StandingHead | None, day: date, stamp: str) -> bool:
    """May the standings of a seller be brought up to date account by account?"""
    return head is not None and head.reaches and (head.as_of, head.definitions) == (day, stamp)


async def _written_since(conn: Connection, heads: Sequence[StandingHead]) -> list[int]:
    return await store.accounts_written_since(conn, min(h.horizon for h in heads)) if heads else []


async def _write(
    conn: Connection, pair: Pair, day: date, sellers: Sequence[int], account_ids: Sequence[int] | None
) -> int:
    """Write how accounts of sellers stand on a day, all or some; gives how many stand otherwise than before."""
    if not sellers or account_ids == []:
        return 0
    head, standing, values = standing_sql(pair, AccountScope.ALL if account_ids is None else AccountScope.MANY)
    changing = ", ".join(_CHANGING)
    text = f"""{head}insert into account_standing as s (account_id, seller_id, currency, {changing})
    select * from ({standing}) n where n.seller_id = any(%(sellers)s::bigint[])
    on conflict (account_id) do update set ({changing}) = row(excluded.{", excluded.".join(_CHANGING)})
    where (s.{", s.".join(_CHANGING)}) is distinct from (excluded.{", excluded.".join(_CHANGING)})"""  # noqa: S608 - our own fragments
    more = {"current_date": day, "sellers": list(sellers), "account_ids": list(account_ids or [])}
    return (await conn.execute(text.encode(), values | more)).rowcount


class KeptRanking:
    """The kept standings as pages use them: brought up to date when somebody looks, and rested in between."""

    def __init__(self, pool: Pool, clock: Clock = utc_now, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._monotonic = monotonic
        self._running: asyncio.Task[None] | None = None
        self._rests_until = 0.0
        self._cost_ms: int | None = None
        self._true_at: datetime | None = None

    async def current(self, pair: Pair) -> Kept | None:
        """Standings by these definitions: those of now where that is quick, else the newest there are.

        None: none are kept yet, or by other definitions; then ranking is worked out on the spot.
        """
        heads = await self._heads()
        if self._monotonic() >= self._rests_until:
            refreshing = self._begin()
            if not heads or self._is_quick(heads):
                await asyncio.wait([refreshing])
                heads = await self._heads()
        if not heads or any(h.definitions != stamp_of(pair) for h in heads):
            return None
        kept_at = min(h.worked_out_at for h in heads)
        return Kept(kept_at if self._true_at is None else max(kept_at, self._true_at))

    async def close(self) -> None:
        """Wait for what is being worked out."""
        if self._running is not None:
            await asyncio.wait([self._running])

    async def _heads(self) -> Sequence[StandingHead]:
        async with self._pool.connection() as conn:
            return await store.standing_heads(conn)

    def _is_quick(self, heads: Sequence[StandingHead]) -> bool:
        return (max(h.cost_ms for h in heads) if self._cost_ms is None else self._cost_ms) <= QUICK_MS

    def _begin(self) -> asyncio.Task[None]:
        """Work out beside the requests, once at a time."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._refresh())
        return self._running

    async def _refresh(self) -> None:
        now = self._clock()
        try:
            done = await _refresh(self._pool, now, self._monotonic)
        except Exception as fault:  # noqa: BLE001 - the order of a list is no reason to fail a page; the next look tries again
            log.warning("standings were not worked out", error=str(fault))
            return
        self._cost_ms = done.cost_ms
        if done.accounts is not None:
            self._true_at = now
        if done.cost_ms > QUICK_MS:
            self._rests_until = self._monotonic() + done.cost_ms * RESTS_TIMES_ITS_COST / 1000


__all__ = ["KeptRanking", "Refreshed", "ranked_pair", "refresh_ranking", "stamp_of"]
