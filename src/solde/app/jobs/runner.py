"""Do queued jobs: in a thread of their own, told to the job row while they run and when they have ended."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog
from psycopg import OperationalError

from solde import audit
from solde.audit import AuditRecord
from solde.db import CommitUnknown, Disk, Pool, is_lost, open_pool, transaction
from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import store
from .kinds import KINDS
from .model import Ending, JobState
from .progress import Progress, Stopped

FAULT = declare(
    "job_fault", Kind.CONFLICT, "Tell who runs the server the number of the job; its log says what happened."
)

TOLD_EVERY_SECONDS = 0.5
SURELY_SECONDS, SURELY_PAUSE_SECONDS = 25.0, 0.5
"""How long it is tried again to write that a job began or ended while the database is away; then others take the job for left behind."""

T = TypeVar("T")
log = structlog.get_logger("solde.jobs")


class Runner:
    """Does the jobs of one process until it is stopped; what it had begun then goes back to the queue."""

    def __init__(
        self, dsn: str, pool: Pool, *, told_every: float = TOLD_EVERY_SECONDS, disk: Disk | None = None
    ) -> None:
        self._dsn = dsn
        self._pool = pool
        self._told_every = told_every
        self._disk = disk
        self._running: set[Progress] = set()
        self._is_stopping = False

    def stop(self) -> None:
        """Let every job stop at its next step, and begin no other."""
        self._is_stopping = True
        for told in self._running:
            told.stop()

    async def run(self, job_id: int) -> None:
        """Do a job that waits; nothing where somebody else does it, or did."""
        if self._is_stopping:
            return
        claimed = await self._surely(lambda: transaction(self._pool, lambda conn: store.claim_job(conn, job_id)))
        if claimed is None:
            return
        attempt, kind, arguments = claimed
        told = Progress()
        self._running.add(told)
        try:
            await self._watch(job_id, attempt, told, kind, arguments)
        except Exception:
            log.exception("a job was left, and will be taken up again", job=job_id)
        finally:
            told.stop()
            self._running.discard(told)

    async def _watch(self, job_id: int, attempt: int, told: Progress, kind: str, arguments: Mapping[str, Any]) -> None:
        """Run the work in its thread, note how far it is until it ends, and how it ended."""
        work = asyncio.ensure_future(asyncio.to_thread(asyncio.run, self._work(job_id, kind, arguments, told)))
        notes = _Notes(self._pool, job_id, attempt, told)
        while notes.is_cancelled is not None and not work.done():
            try:
                await notes.move()
            except OperationalError as error:
                log.warning("how far a job is was not noted", job=job_id, error=str(error))
            await asyncio.wait({work}, timeout=self._told_every)
        await asyncio.wait({work})
        ending = _ending(work, job_id, told)
        if ending is None and not notes.is_cancelled:
            await self._surely(notes.release)
        else:
            await self._surely(partial(notes.end, ending or Ending(JobState.CANCELLED)))

    async def _work(self, job_id: int, kind: str, arguments: Mapping[str, Any], told: Progress) -> Ending:
        if self._disk is not None:
            self._disk.check_import()
        return await _work(self._dsn, job_id, kind, arguments, told)

    async def _surely(self, note: Callable[[], Awaitable[T]]) -> T:
        """Write that a job began, or how it ended, although the database is away for a moment."""
        for _ in range(int(SURELY_SECONDS / SURELY_PAUSE_SECONDS)):
            try:
                return await note()
            except (OperationalError, CommitUnknown) as error:
                if not is_lost(error):
                    raise
                await asyncio.sleep(SURELY_PAUSE_SECONDS)
        return await note()


class _Notes:
    """What is written of a job at work: how far it is, what it refused, how it ended."""

    def __init__(self, pool: Pool, job_id: int, attempt: int, told: Progress):
        self._pool, self._job_id, self._attempt, self._told = pool, job_id, attempt, told
        self._noted = 0
        self.is_cancelled: bool | None = False
        """None where the job is in other hands by now."""

    async def move(self) -> None:
        told = self._told
        await self._note_refusals()
        async with self._pool.connection() as conn:
            self.is_cancelled = await store.move_job(
                conn, self._job_id, self._attempt, step=told.step, done=told.done, total=told.total
            )
        if self.is_cancelled is not False:
            told.stop()

    async def release(self) -> None:
        async with self._pool.connection() as conn:
            await store.release_job(conn, self._job_id, self._attempt)

    async def end(self, ending: Ending) -> None:
        await self._note_refusals()
        result = None if ending.result is None else msgspec.json.encode(ending.result).decode()
        async with self._pool.connection() as conn:
            ended = await store.end_job(
                conn, self._job_id, self._attempt, state=ending.state, done=self._told.done, total=self._told.total,
                result=result,
            )  # fmt: skip
            if ended is not None:
                kind, actor = ended
                (action_id,) = await audit.next_action_ids(conn, 1)
                after = {"job": self._job_id, "kind": kind, "state": str(ending.state)}
                await audit.append(conn, [AuditRecord(0, action_id, actor, "job_end", after=after)])

    async def _note_refusals(self) -> None:
        """Write the refusals met since."""
        found = self._told.refusals[self._noted :]
        if found:
            async with self._pool.connection() as conn:
                await store.add_errors(conn, self._job_id, self._noted, found)
            self._noted += len(found)


async def _work(dsn: str, job_id: int, kind: str, arguments: Mapping[str, Any], told: Progress) -> Ending:
    """Bring the job's file and do what its kind says."""
    with tempfile.TemporaryDirectory(prefix="solde-job-") as folder:
        file = Path(folder) / "file"
        async with open_pool(dsn, max_size=2) as pool:
            async with pool.connection() as conn:
                with file.open("wb") as target:
                    async for part in store.read_file(conn, job_id):
                        target.write(part)
            return await KINDS[kind](pool, arguments, file, told)


def _ending(work: asyncio.Future[Ending], job_id: int, told: Progress) -> Ending | None:
    """How the work ended; None where it was stopped. Raises what it lost the database by: it is to be done again."""
    fault = work.exception()
    if fault is None:
        return work.result()
    if isinstance(fault, Stopped):
        return None
    if is_lost(fault):
        raise fault
    if isinstance(fault, Refused):
        told.refusals += fault.refusals
        return Ending(JobState.REFUSED)
    log.error("fault", job=job_id, exc_info=fault)
    told.refusals.append(refuse(FAULT, "something went wrong in job {job_id}", job_id=job_id))
    return Ending(JobState.FAILED)
