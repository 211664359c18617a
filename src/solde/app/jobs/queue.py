"""The queue: periodic jobs, and long work that was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from solde import audit
from solde.balances import take_snapshots
from solde.balances.kept_ranking import refresh_ranking
from solde.db import Pool
from solde.db.pool import session_options, with_options
from solde.instalments.sweeping import break_overdue_now
from solde.kernel.refusals import Refused
from solde.outbox import deliver_now

from .actions import take_up
from .books import drop_files_at_night, generate_at_night
from .cards import tend_cards
from .deposits import expire_by_itself
from .list_files import drop_list_files
from .runner import Runner
from .sweeping import sweep_periods

log = structlog.get_logger("solde.jobs")

TASKS: dict[str, tuple[str, Callable[[Pool], Awaitable[int]]]] = {
    "seal_audit": ("* * * * *", audit.seal),
    "take_snapshots": ("*/5 * * * *", take_snapshots),
    "expire_deposits": ("17 * * * *", expire_by_itself),
    "refresh_ranking": ("* * * * *", refresh_ranking),
    "break_overdue_plans": ("7 * * * *", break_overdue_now),
    "sweep_periods": ("7 * * * *", sweep_periods),
    "generate_entries": ("15 1 * * *", generate_at_night),
    "drop_list_files": ("*/10 * * * *", drop_list_files),
    "drop_accounting_files": ("41 2 * * *", drop_files_at_night),
    "deliver": ("* * * * * */5", deliver_now),
    "cards": ("* * * * * */5", tend_cards),
}
"""The periodic jobs: when, as cron says it (a sixth field counts seconds), and what; each gives how much it did."""

JOBS_AT_ONCE = 2
TAKE_UP_SECONDS = 10.0
GRACE_SECONDS = 10.0
"""How long jobs at hand may go on when their worker stops."""


def make_queue(dsn: str, pool: Pool, runner: Runner | None = None) -> App:
    """The queue on a database; its jobs work through the pool, long work through the runner."""
    options = session_options() | {"search_path": "procrastinate,public"}
    app = App(connector=PsycopgConnector(conninfo=with_options(dsn, options), min_size=1, max_size=4))
    for name, (when, action) in TASKS.items():
        task = app.task(name=name, queueing_lock=name, lock=name)(partial(_run, name, action, pool))
        app.periodic(cron=when)(task)
    app.task(name="run_job", queue="jobs")((runner or Runner(dsn, pool)).run)
    return app


async def _run(name: str, action: Callable[[Pool], Awaitable[int]], pool: Pool, timestamp: int) -> None:
    done = await action(pool)
    if done:
        log.info("job done", job=name, amount=done, due=timestamp)


@asynccontextmanager
async def work(dsn: str, pool: Pool) -> AsyncIterator[None]:
    """Run workers beside whatever runs inside; they stop with it, finishing or giving back the jobs at hand."""
    runner = Runner(dsn, pool)
    queue = make_queue(dsn, pool, runner)
    async with queue.open_async():
        tasks = [
            asyncio.create_task(_worker(queue, ["default"], len(TASKS))),
            asyncio.create_task(_worker(queue, ["jobs"], JOBS_AT_ONCE)),
            asyncio.create_task(_take_up_for_ever(pool)),
        ]
        try:
            yield
        finally:
            runner.stop()
            await end_all(tasks)
            for task in tasks:
                if not task.cancelled() and isinstance(task.exception(), ConnectorException):
                    log.warning("the worker had lost its database", error=str(task.exception()))


async def end_all(tasks: Collection[asyncio.Task[None]], *, again: float = GRACE_SECONDS + 2.0) -> None:
    """Cancel tasks until they end: a cancellation is lost where it meets a worker in its first steps."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again)


async def _worker(queue: App, queues: list[str], concurrency: int) -> None:
    await queue.run_worker_async(
        queues=queues, concurrency=concurrency, install_signal_handlers=False, delete_jobs="always",
        shutdown_graceful_timeout=GRACE_SECONDS,
    )  # fmt: skip


async def _take_up_for_ever(pool: Pool) -> None:
    """Look now and then for jobs whose worker is gone."""
    while True:
        try:
            if taken := await take_up(pool):
                log.warning("jobs taken up again", amount=taken)
        except (OperationalError, PoolTimeout, Refused) as error:
            log.warning("jobs were not looked after", error=str(error))
        await asyncio.sleep(TAKE_UP_SECONDS)
