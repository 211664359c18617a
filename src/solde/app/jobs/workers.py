"""Workers that do not stop: each is begun again after whatever ended it, and it is known how long one is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from solde.db import is_lost
from solde.kernel.refusals import Refused

log = structlog.get_logger("solde.jobs")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0
"""How long to wait before a worker is begun again; doubled each time it ends soon after."""
SURE_SECONDS = 10.0
"""A worker that has run so long is well."""
GRACE_SECONDS = 10.0
"""How long jobs at hand may go on when their worker stops."""

Forget = Callable[[Collection[int]], Awaitable[None]]
"""Takes the numbers of workers that are gone."""


class WorkerLoop:
    """One piece of work that never ends: what does it, and since when it is away, if it is."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.monotonic):
        self.name = name
        self._work = work
        self._clock = clock
        self._begun_at: float | None = None
        self._away_since: float | None = clock()

    def away_seconds(self) -> float:
        """How long the work is not done; 0 while it is."""
        self._note_well()
        return 0.0 if self._away_since is None else self._clock() - self._away_since

    def _note_well(self) -> None:
        if self._begun_at is not None and self._clock() - self._begun_at >= SURE_SECONDS:
            self._away_since = None

    async def work_for_ever(self) -> None:
        """Do the work, and again after whatever ended it, until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            self._begun_at = self._clock()
            fault = await self._until_it_ends()
            self._note_well()
            if self._away_since is None:
                self._away_since, pause = self._clock(), FIRST_PAUSE_SECONDS
            self._begun_at = None
            self._tell(fault, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _until_it_ends(self) -> Exception | None:
        try:
            await self._work()
        except Exception as fault:  # noqa: BLE001 - whatever it was, the work goes on
            return fault
        return None

    def _tell(self, fault: Exception | None, pause: float) -> None:
        if fault is None or is_lost(fault) or isinstance(fault, ConnectorException):
            why = "its connection ended" if fault is None else str(fault.__cause__ or fault)
            log.warning("a worker lost its database and begins again", worker=self.name, seconds=pause, error=why)
        elif isinstance(fault, Refused):
            log.warning("a worker was refused and begins again", worker=self.name, seconds=pause, error=str(fault))
        else:
            log.error("a worker ended and begins again", worker=self.name, seconds=pause, exc_info=fault)


class QueueWorker(Worker):
    """A worker that stops when it cannot write how a job ended: begun again it leaves nothing locked behind."""

    async def _persist_job_status(self, *args: Any, **more: Any) -> None:
        try:
            await super()._persist_job_status(*args, **more)
        except ConnectorException:
            self.stop()  # type: ignore[no-untyped-call]
            raise


def queue_work(queue: App, queues: Collection[str], concurrency: int, forget: Forget) -> Callable[[], Awaitable[None]]:
    """The jobs of some queues, done until the worker loses its database."""
    gone: set[int] = set()

    async def work() -> None:
        await forget(gone)
        gone.clear()
        worker = QueueWorker(
            queue, queues=queues, concurrency=concurrency, install_signal_handlers=False, delete_jobs="always",
            shutdown_graceful_timeout=GRACE_SECONDS,
        )  # fmt: skip
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            # A worker that could not sign off still has its number; one that could left its jobs without any.
            gone.add(worker.worker_id or 0)

    return work


@asynccontextmanager
async def at_work(hands: Sequence[WorkerLoop]) -> AsyncIterator[None]:
    """Let hands work beside whatever runs inside."""
    tasks = [asyncio.create_task(hand.work_for_ever()) for hand in hands]
    try:
        yield
    finally:
        await end_all(tasks)


async def end_all(tasks: Collection[asyncio.Task[None]], *, again: float = GRACE_SECONDS + 2.0) -> None:
    """Cancel tasks until they end: a cancellation is lost where it meets a worker in its first steps."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again)
