"""Answers about all accounts are remembered as long as they hold; a little longer where they are slow to work out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from ledger import make_account

from solde.balances.snapshot_cache import SnapshotCache
from solde.db import Pool

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Counter:
    """Counts how often it was asked, each time taking some seconds of a clock that only it moves."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.time, self.asked = seconds, 0.0, 0

    async def work_out(self) -> int:
        self.asked += 1
        self.time += self.seconds
        return self.asked


async def ask(pool: Pool, cache: SnapshotCache, work_out: Callable[[], Awaitable[int]]) -> tuple[int, bool]:
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("set transaction isolation level repeatable read, read only")
        remembered = await cache.get(conn, "accounts", work_out, now=NOW)
    return remembered.value, remembered.worked_out_at is not None


async def write(pool: Pool) -> None:
    async with pool.connection() as conn:
        await make_account(conn)


async def test_an_answer_holds_until_something_is_written(pool: Pool) -> None:
    counter = Counter()
    cache = SnapshotCache(lambda: counter.time)
    await write(pool)
    first = await ask(pool, cache, counter.work_out)
    await write(pool)
    assert (first, await ask(pool, cache, counter.work_out)) == ((1, False), (2, False))


async def test_a_write_under_way_is_seen_once_it_is_done(pool: Pool) -> None:
    counter = Counter()
    cache = SnapshotCache(lambda: counter.time)
    async with pool.connection() as conn, conn.transaction():
        await make_account(conn)
        await ask(pool, cache, counter.work_out)
    assert await ask(pool, cache, counter.work_out) == (2, False)


async def test_a_slow_answer_is_kept_for_ten_times_its_cost_and_says_when_it_was_made(pool: Pool) -> None:
    counter = Counter(seconds=2.0)
    cache = SnapshotCache(lambda: counter.time)
    await ask(pool, cache, counter.work_out)
    await write(pool)
    assert await ask(pool, cache, counter.work_out) == (1, True)
    counter.time += 20
    assert await ask(pool, cache, counter.work_out) == (2, False)
