"""Posting, reading, paying and matching, through the actions."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import psycopg

from solde.balances import Definitions, Moment, take_snapshots
from solde.db import open_pool
from solde.matching import match_all
from solde.operations import NewOperation, PostingMerger, PostRequest, TypeCatalogue, list_operations
from solde.payments import PaymentMerger, PaymentRequest

from . import floors
from .ledger import ACCOUNTS, HOT, HUGE, SMALL
from .report import Report
from .server import SECONDS, pgbench

TODAY = date(2026, 11, 22)
AMOUNT = Decimal("12.34")


async def rate(callers: int, seconds: float, work: Callable[[], Awaitable[int | None]]) -> tuple[float, float]:
    """Units a second of `callers` that call `work` in a loop, and the median milliseconds of a call."""
    stop = time.perf_counter() + seconds
    took: list[float] = []
    done = 0

    async def caller() -> None:
        nonlocal done
        while (began := time.perf_counter()) < stop:
            units = await work()
            done += 1 if units is None else units
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took.sort()
    return done / (time.perf_counter() - began), took[len(took) // 2] * 1000


def _operation(account: int) -> NewOperation:
    return NewOperation(
        account,
        "INV_STD",
        AMOUNT,
        TODAY,
        date(2026, 12, 22),
        reference=f"INV-{next(_keys)}",
        description="monthly invoice of the service",
        source="bench",
    )


_keys = iter(range(time.time_ns(), 10**19))


def _request(account: int) -> PostRequest:
    key = f"k-{next(_keys)}"
    return PostRequest(
        (_operation(account),), "bench", key=key, key_account_id=account, fingerprint=b"0123456789abcdef"
    )


async def posting(dsn: str, report: Report) -> None:
    """Single posts of 8 and 64 callers, spread and hot; a thousand a call."""
    await _warm(dsn)
    wide = pgbench(dsn, floors.L1, clients=8)
    hot = pgbench(dsn, floors.L1H, clients=8)
    report.floor("L1 with our columns, 8 clients", wide.per_second, "/s")
    report.floor("L1h with our columns, 8 clients", hot.per_second, "/s")
    async with open_pool(dsn, min_size=4, max_size=4) as pool:
        poster = PostingMerger(pool, TypeCatalogue(pool))
        for callers, must, aim in ((8, 0.3, 0.6), (64, 0.6, 1.0)):
            got, ms = await rate(callers, SECONDS, lambda: _one(poster, random.randint(1, ACCOUNTS)))
            report.ratio(f"post one, {callers} callers", got, "/s", got / wide.per_second, must, aim, f"{ms:.2f} ms")
        for callers, must, aim in ((8, 1.0, 2.0), (64, 3.0, 6.0)):
            got, ms = await rate(callers, SECONDS, lambda: _one(poster, HOT))
            report.ratio(
                f"post one on a hot account, {callers} callers",
                got,
                "/s",
                got / hot.per_second,
                must,
                aim,
                f"{ms:.2f} ms",
            )
        batch = pgbench(dsn, floors.L3, clients=2)
        report.floor("L3 with our columns, 1,000 a commit, 2 clients", batch.per_second * 1000, "op/s")
        got, ms = await rate(2, SECONDS, lambda: _thousand(poster))
        report.ratio(
            "post 1,000 a call, random accounts, 2 callers",
            got,
            "op/s",
            got / (batch.per_second * 1000),
            0.25,
            0.4,
            f"{ms:.1f} ms",
        )


async def _warm(dsn: str) -> None:
    """Touch the pages of both sides once: the first touch after a checkpoint writes the whole page to the log."""
    pgbench(dsn, floors.L1, clients=8)
    async with open_pool(dsn, min_size=4, max_size=4) as pool:
        poster = PostingMerger(pool, TypeCatalogue(pool))
        await rate(64, SECONDS, lambda: _one(poster, random.randint(1, ACCOUNTS)))


async def _one(poster: PostingMerger, account: int) -> int:
    await poster.post(_request(account))
    return 1


async def _thousand(poster: PostingMerger) -> int:
    operations = tuple(_operation(random.randint(1, ACCOUNTS)) for _ in range(1000))
    await poster.post(PostRequest(operations, "bench", key=f"k-{next(_keys)}", fingerprint=b"x"))
    return 1000


async def _medians(repeat: int, *works: Callable[[], Awaitable[object]]) -> list[float]:
    took: list[list[float]] = [[] for _ in works]
    for _ in range(repeat):
        for work, found in zip(works, took, strict=True):
            began = time.perf_counter()
            await work()
            found.append(time.perf_counter() - began)
    return [sorted(found)[repeat // 2] * 1000 for found in took]


async def _median(repeat: int, work: Callable[[], Awaitable[object]]) -> float:
    return (await _medians(repeat, work))[0]


async def reading(dsn: str, report: Report) -> None:
    """Balances now and at a past day, and the last operations, of short and long accounts."""
    row = pgbench(dsn, floors.L4, clients=1, jobs=1)
    page = pgbench(dsn, floors.L5, clients=1, jobs=1)
    report.floor("L4 one balance row, 1 client", row.latency_ms, "ms")
    report.floor("L5 last 50 rows of 1,000,000, 1 client", page.latency_ms, "ms")
    async with open_pool(dsn, min_size=2, max_size=2) as pool:
        await take_snapshots(pool)
        definitions = Definitions()
        async with pool.connection() as conn:
            # In turns, so that what else the machine does meets both alike.
            short, long = await _medians(
                1500,
                lambda: definitions.figures(conn, SMALL, Moment(TODAY)),
                lambda: definitions.figures(conn, HUGE, Moment(TODAY)),
            )
            report.limit("all shipped balances, 10 operations", short, "ms", 0.69, 0.3)
            report.limit("all shipped balances, 1,000,000 operations, 100 open", long, "ms", 0.69, 0.3)
            report.limit("growth 10 → 1,000,000", long / short, "×", 1.5, 1.2)
            past = await _median(100, lambda: definitions.figures(conn, HUGE, Moment(TODAY, as_of=date(2025, 3, 14))))
            report.limit("all shipped balances of a past day, 1,000,000 operations", past, "ms", 10, 2)
            listed = await _median(1000, lambda: list_operations(conn, HUGE))
            report.limit("last 50 of 1,000,000 operations", listed, "ms", 0.9, 0.4)
            few = await _median(1000, lambda: list_operations(conn, SMALL))
            report.note("last 50 of 10 operations", few, "ms")


async def paying(dsn: str, report: Report) -> None:
    """Register a payment and match it with the oldest, one by one, 8 callers."""
    floor = pgbench(dsn, floors.L1, clients=8)
    async with open_pool(dsn, min_size=4, max_size=4) as pool:
        cashier = PaymentMerger(pool, TypeCatalogue(pool))

        async def pay() -> int:
            account = random.randint(1, ACCOUNTS)
            new = NewOperation(account, "PAY_WIRE", Decimal(10), TODAY, reference="wire", source="bench")
            await cashier.register(PaymentRequest(new, "bench", key=f"p-{next(_keys)}", fingerprint=b"x"), today=TODAY)
            return 1

        got, ms = await rate(8, SECONDS, pay)
        report.ratio(
            "register a payment and match it, 8 callers",
            got,
            "/s",
            got / (floor.per_second / 2),
            0.16,
            0.4,
            f"{ms:.2f} ms",
        )


MATCH_FLOOR = """
with pair as (
    select d.account_id, d.number as debit, c.number as credit from floor_operation d
    join floor_operation c on c.account_id = d.account_id and c.number = d.number + 3
    where d.account_id between %(low)s and %(high)s and d.number in (5, 6)
),
m as (insert into floor_match (debit, credit, amount) select debit, credit, 100 from pair returning 1)
update floor_operation o set net = 0, tax = amount from pair p where o.account_id = p.account_id and o.number in (p.debit, p.credit)
"""


async def matching(dsn: str, report: Report) -> None:
    """Match every account, oldest due first."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        took = []
        for low in (1, 20001, 40001):
            began = time.perf_counter()
            connection.execute(MATCH_FLOOR, {"low": low, "high": low + 4999})
            took.append(10000 / (time.perf_counter() - began))
    floor = sorted(took)[1]
    report.floor("L8 match 10,000 given pairs, our columns", floor, "pairs/s")
    async with open_pool(dsn, min_size=2, max_size=2, lock_timeout_ms=60_000) as pool:
        began = time.perf_counter()
        run = await match_all(pool, today=TODAY, actor="bench")
        got = run.lines / (time.perf_counter() - began)
    report.ratio(f"match {run.accounts:,} accounts, {run.lines:,} lines", got, "lines/s", got / floor, 0.2, 0.4, "")
