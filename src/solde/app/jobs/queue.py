"""The queue: periodic jobs, and long work that was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from solde.balances import take_snapshots
from solde.balances.ranking_cache import refresh_ranking
from solde.db import Disk, Pool
from solde.db.disk import FOR_WRITES
from solde.db.pool import RECONNECT_SECONDS, session_options, with_options
from solde.instalments.sweeping import break_overdue_now
from solde.verification import seal

from . import deliveries, store
from .actions import take_up
from .answers import forget_old_answers
from .books import drop_files_at_night, generate_at_night
from .cards import tend_cards
from .deposits import expire_by_itself
from .list_files import drop_list_files
from .runner import Runner
from .sweeping import sweep_periods
from .workers import WorkerLoop, at_work, queue_work

log = structlog.get_logger("solde.jobs")

TASKS: dict[str, tuple[str, Callable[[Pool], Awaitable[int]]]] = {
    "seal_audit": ("* * * * *", seal),
    "take_snapshots": ("*/5 * * * *", take_snapshots),
    "expire_deposits": ("17 * * * *", expire_by_itself),
    "refresh_ranking": ("* * * * *", refresh_ranking),
    "break_overdue_plans": ("7 * * * *", break_overdue_now),
    "sweep_periods": ("7 * * * *", sweep_periods),
    "generate_entries": ("15 1 * * *", generate_at_night),
    "drop_list_files": ("*/10 * * * *", drop_list_files),
    "drop_accounting_files": ("41 2 * * *", drop_files_at_night),
    "forget_answers": ("23 * * * *", forget_old_answers),
    "deliver": ("* * * * * */5", deliveries.put_deliveries),
    "cards": ("* * * * * */5", tend_cards),
}
"""The periodic jobs: when, as cron says it (a sixth field counts seconds), and what; each gives how much it did."""

ON_FULL_DISK = {"drop_list_files", "drop_accounting_files", "cards"}
JOBS_AT_ONCE = 2
TAKE_UP_SECONDS = 10.0
QUEUE_WAIT_SECONDS = 10.0
"""How long a worker waits for a connection before it takes the database for lost."""


class QueuePool(AsyncConnectionPool[AsyncConnection[Any]]):
    """The queue's connections; it opens also while the database is away."""

    async def open(self, wait: bool = False, timeout: float = 0.0) -> None:  # noqa: ARG002, ASYNC109 - as the library calls it
        """Open, and connect when it can."""
        await super().open(wait=False)


def make_queue(dsn: str, pool: Pool, runner: Runner | None = None, disk: Disk | None = None) -> App:
    """The queue on a database; its jobs work through the pool, long work through the runner.

    While the disk is full only those periodic jobs run that free space or tell what became of money.
    """
    options = session_options() | {"search_path": "procrastinate,public"}
    connector = PsycopgConnector(
        conninfo=with_options(dsn, options, application_name="solde jobs"), min_size=1, max_size=4, timeout=QUEUE_WAIT_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS, name="solde-jobs", pool_factory=QueuePool,
    )  # fmt: skip
    app = App(connector=connector)
    for name, (when, action) in TASKS.items():
        task = app.task(name=name, queueing_lock=name, lock=name)(partial(_run, name, action, pool, disk))
        app.periodic(cron=when)(task)
    app.task(name="deliver_to", queue="deliveries")(partial(deliveries.deliver_now, pool))
    app.task(name="run_job", queue="jobs")((runner or Runner(dsn, pool)).run)
    return app


async def _run(
    name: str, action: Callable[[Pool], Awaitable[int]], pool: Pool, disk: Disk | None, timestamp: int
) -> None:
    if disk is not None and name not in ON_FULL_DISK and disk.usage().is_beyond(FOR_WRITES):
        return
    done = await action(pool)
    if done:
        log.info("job done", job=name, amount=done, due=timestamp)


@asynccontextmanager
async def work(dsn: str, pool: Pool, disk: Disk | None = None) -> AsyncIterator[list[WorkerLoop]]:
    """Run workers beside whatever runs inside; they stop with it, finishing or giving back the jobs at hand.

    They begin also while the database is away, and begin again whenever it was.
    """
    runner = Runner(dsn, pool, disk=disk)
    queue = make_queue(dsn, pool, runner, disk)

    async def forget(gone: Collection[int]) -> None:
        async with pool.connection() as conn:
            await store.forget_workers(conn, gone)

    hands = [
        WorkerLoop("periodic jobs", queue_work(queue, ["default"], len(TASKS), forget)),
        WorkerLoop("jobs", queue_work(queue, ["jobs"], JOBS_AT_ONCE, forget)),
        WorkerLoop("webhooks and mail", queue_work(queue, ["deliveries"], deliveries.AT_ONCE, forget)),
        WorkerLoop("jobs left behind", partial(_take_up_for_ever, pool)),
    ]
    async with queue.open_async(), at_work(hands):
        try:
            yield hands
        finally:
            runner.stop()


async def _take_up_for_ever(pool: Pool) -> None:
    """Look now and then for jobs whose worker is gone."""
    while True:
        if taken := await take_up(pool):
            log.warning("jobs taken up again", amount=taken)
        await asyncio.sleep(TAKE_UP_SECONDS)
