"""A large file of a list as a job: the process that was asked writes it and tells how far it is; it is kept for an hour.

It belongs to who asked for it. Where the process dies nobody goes on: the job is seen as failed, and the file is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import msgspec
import structlog

from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import NOT_FOUND, Kind, Refused, declare, refuse

from . import store
from .actions import PART_BYTES, get_job, start_job
from .model import Job, JobState
from .progress import Stopped
from .runner import FAULT

LIST_FILE = "list_file"
"""The kind of job that it is."""
AT_ONCE_MOST = 10_000
"""Rows of a file that is sent at once; a longer one becomes a job."""
KEPT_SECONDS = 3600.0
"""How long a file is kept after it was written."""
WRITTEN_MOST = 4
"""Large files that a process writes at the same time."""
TOLD_EVERY_SECONDS = 0.5

GONE = declare("file_gone", Kind.NOT_FOUND, "A file is kept for an hour after it was written. Download the list again.")
MANY_FILES = declare("many_files", Kind.CONFLICT, "Wait until a file is written, or stop one in Jobs; then ask again.")

log = structlog.get_logger("solde.jobs")


@dataclass(slots=True)
class Pace:
    """How many rows of a file are written; `many` is set when it gets too long to be waited for."""

    rows: int = 0
    total: int | None = None
    is_stopped: bool = False
    many: asyncio.Event = field(default_factory=asyncio.Event)

    async def move(self, rows: int) -> None:
        """Note how many rows there are, and let others work in between.

        Raises Stopped where nobody wants the file any longer.
        """
        if self.is_stopped:
            raise Stopped
        self.rows = rows
        if rows > AT_ONCE_MOST:
            self.many.set()
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Writing:
    """A file that is being written to `out`; the task gives its name."""

    out: IO[bytes]
    pace: Pace
    task: asyncio.Task[str]
    title: str
    media_type: str


async def go_on_as_job(
    pool: Pool, writing: Writing, running: set[asyncio.Task[None]], *, actor: str, seller: str | None
) -> Job:
    """Let the file be written as a job from here on; gives the job.

    Refuses: many_files.
    """
    if len(running) >= WRITTEN_MOST:
        raise Refused(refuse(MANY_FILES, "{count} large files are being written", count=len(running)))
    arguments = {"title": writing.title, "seller": seller}
    job = await transaction(pool, lambda conn: start_job(conn, LIST_FILE, arguments, actor=actor))
    watch = asyncio.create_task(_watch(pool, job.job_id, writing))
    running.add(watch)
    watch.add_done_callback(running.discard)
    return job


async def _watch(pool: Pool, job_id: int, writing: Writing) -> None:
    """Tell how far the file is until it ends, and keep it."""
    pace = writing.pace
    try:
        with writing.out:
            while not writing.task.done():
                async with pool.connection() as conn:
                    asked = await store.move_job(conn, job_id, 0, step="export", done=pace.rows, total=pace.total)
                pace.is_stopped = asked is not False
                await asyncio.wait({writing.task}, timeout=TOLD_EVERY_SECONDS)
            state, result = _ending(writing, job_id)
            await transaction(pool, lambda conn: _keep(conn, job_id, writing, state, result))
    except Exception:
        log.exception("a file was left", job=job_id)
    finally:
        writing.task.cancel()


def _ending(writing: Writing, job_id: int) -> tuple[JobState, Mapping[str, Any]]:
    """How the writing ended, and what is to be known of the file."""
    fault = writing.task.exception()
    if fault is None:
        size = writing.out.seek(0, 2)
        told = {"file": writing.task.result(), "written": writing.pace.rows, "bytes": size}
        return JobState.DONE, {**told, "media_type": writing.media_type}
    if isinstance(fault, Stopped):
        return JobState.CANCELLED, {}
    log.error("fault", job=job_id, exc_info=fault)
    return JobState.FAILED, {}


async def _keep(conn: Connection, job_id: int, writing: Writing, state: JobState, result: Mapping[str, Any]) -> None:
    told = msgspec.json.encode(result).decode()
    if not await store.end_list_file(conn, job_id, state=state, done=writing.pace.rows, result=told):
        return
    if state is JobState.DONE:
        await store.keep_file(conn, job_id, _parts(writing.out))
    if state is JobState.FAILED:
        await store.add_errors(conn, job_id, 0, [refuse(FAULT, "something went wrong in job {job_id}", job_id=job_id)])


def _parts(out: IO[bytes]) -> Iterator[bytes]:
    out.seek(0)
    while part := out.read(PART_BYTES):
        yield part


async def get_list_file(conn: Connection, job_id: int, *, actor: str, seller: str | None) -> Job:
    """The job of a file, of who asked for it.

    Refuses: not_found.
    """
    job = await get_job(conn, job_id, seller=seller)
    if job.kind != LIST_FILE or job.created_by != actor:
        raise Refused(refuse(NOT_FOUND, "there is no file {job_id}", job_id=job_id))
    return job


async def is_kept(conn: Connection, job: Job) -> bool:
    """Is the file written, and still there?"""
    return job.state is JobState.DONE and await store.has_file(conn, job.job_id)


async def read_list_file(conn: Connection, job: Job, write: Callable[[bytes], object]) -> None:
    """Give the parts of a written file.

    Refuses: file_gone.
    """
    size = 0
    parts: AsyncIterator[bytes] = store.read_file(conn, job.job_id)
    async for part in parts:
        write(part)
        size += len(part)
    if job.state is not JobState.DONE or size != job.result["bytes"]:
        raise Refused(refuse(GONE, "the file of job {job_id} is not there; one is kept for an hour", job_id=job.job_id))


async def drop_list_files(pool: Pool) -> int:
    """Remove files that were kept long enough; gives how many."""
    return await transaction(pool, lambda conn: store.drop_list_files(conn, kept_seconds=KEPT_SECONDS))
