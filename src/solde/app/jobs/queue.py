"""The queue and its periodic jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from solde import audit
from solde.balances import take_snapshots
from solde.db import Pool
from solde.db.pool import session_options, with_options

log = structlog.get_logger("solde.jobs")

TASKS: dict[str, tuple[str, Callable[[Pool], Awaitable[int]]]] = {
    "seal_audit": ("* * * * *", audit.seal),
    "take_snapshots": ("*/5 * * * *", take_snapshots),
}
"""The periodic jobs: when, as cron says it, and what; each gives how much it did."""


def make_queue(dsn: str, pool: Pool) -> App:
    """The queue on a database; its jobs work through the pool."""
    options = session_options() | {"search_path": "procrastinate,public"}
    app = App(connector=PsycopgConnector(conninfo=with_options(dsn, options), min_size=1, max_size=2))
    for name, (when, action) in TASKS.items():
        task = app.task(name=name, queueing_lock=name, lock=name)(partial(_run, name, action, pool))
        app.periodic(cron=when)(task)
    return app


async def _run(name: str, action: Callable[[Pool], Awaitable[int]], pool: Pool, timestamp: int) -> None:
    done = await action(pool)
    if done:
        log.info("job done", job=name, amount=done, due=timestamp)


@asynccontextmanager
async def work(dsn: str, pool: Pool) -> AsyncIterator[None]:
    """Run a worker beside whatever runs inside; it stops with it, finishing the job at hand."""
    queue = make_queue(dsn, pool)
    async with queue.open_async():
        worker = asyncio.create_task(
            queue.run_worker_async(install_signal_handlers=False, delete_jobs="always", shutdown_graceful_timeout=10)
        )
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.wait([worker])
            if not worker.cancelled() and isinstance(worker.exception(), ConnectorException):
                log.warning("the worker had lost its database", error=str(worker.exception()))
