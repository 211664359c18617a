"""Statements of jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from solde.db import Connection, load
from solde.kernel.refusals import Refusal
from solde.kernel.texts import packed, unpacked

from .model import Job, JobError, JobFilter, JobState

sql = load(__package__)


async def insert_job(conn: Connection, *, kind: str, arguments: str, created_by: str, queued: bool) -> int:
    """Note long work; gives its number. The arguments are a JSON text."""
    values = {"kind": kind, "arguments": arguments, "created_by": created_by, "queued": queued}
    row = await (await conn.execute(sql.insert_job, values)).fetchone()
    assert row is not None
    return int(row[0])


async def enqueue_job(conn: Connection, job_id: int) -> None:
    """Put a job into the queue."""
    await conn.execute(sql.enqueue_job, {"job_id": job_id})


async def keep_file(conn: Connection, job_id: int, parts: Iterable[bytes]) -> None:
    """Keep a job's file, part after part."""
    await conn.execute(sql.take_time)
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.keep_file)) as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for part, content in enumerate(parts):
            await copy.write_row((job_id, part, content))


async def read_file(conn: Connection, job_id: int) -> AsyncIterator[bytes]:
    """The parts of a job's file."""
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.read_file), {"job_id": job_id}) as copy:
        copy.set_types(["bytea"])
        async for (content,) in copy.rows():
            yield content


def _bare(statement: bytes) -> bytes:
    return statement.rstrip().rstrip(b";")


async def list_jobs(
    conn: Connection, chosen: JobFilter, *, job_id: int | None = None, before: int | None = None, limit: int
) -> list[Job]:
    """Jobs before a given one, newest first."""
    values = {
        "kind": chosen.kind, "state": chosen.state, "created_by": chosen.created_by, "seller": chosen.seller,
        "job_id": job_id, "before": before, "limit": limit,
    }  # fmt: skip
    rows = await (await conn.execute(sql.list_jobs, values)).fetchall()
    return [Job(row[0], row[1], JobState(row[2]), *row[3:]) for row in rows]


async def list_errors(
    conn: Connection, job_id: int, *, line: int = 0, position: int = -1, limit: int
) -> list[JobError]:
    """The refusals of a job after a place in the order of lines."""
    values = {"job_id": job_id, "line": line, "position": position, "limit": limit}
    return [
        JobError(position, line, place, code, unpacked(said))
        for position, line, place, code, said in await (await conn.execute(sql.list_errors, values)).fetchall()
    ]


async def claim_job(conn: Connection, job_id: int) -> tuple[int, str, dict[str, Any]] | None:
    """Begin a waiting job: the attempt it is, its kind and arguments."""
    row = await (await conn.execute(sql.claim_job, {"job_id": job_id})).fetchone()
    return None if row is None else (row[0], row[1], row[2])


async def move_job(
    conn: Connection, job_id: int, attempt: int, *, step: str | None, done: int, total: int | None
) -> bool | None:
    """Write how far a job is; gives whether it is to be cancelled, or None where it is in other hands."""
    values = {"job_id": job_id, "attempt": attempt, "step": step, "done": done, "total": total}
    row = await (await conn.execute(sql.move_job, values)).fetchone()
    return None if row is None else bool(row[0])


async def add_errors(conn: Connection, job_id: int, first: int, refusals: Sequence[Refusal]) -> None:
    """Write refusals a job met; `first` is the position of the first."""
    values = {
        "job_id": job_id,
        "positions": list(range(first, first + len(refusals))),
        "lines": [r.line for r in refusals],
        "places": [r.field for r in refusals],
        "codes": [r.code for r in refusals],
        "texts": [msgspec.json.encode(packed(r.text)).decode() for r in refusals],
    }
    await conn.execute(sql.add_errors, values)


async def end_job(
    conn: Connection, job_id: int, attempt: int, *, state: str, done: int, total: int | None, result: str | None
) -> tuple[str, str] | None:
    """Write how a job ended, the result as a JSON text; gives its kind and who began it, None where it had ended."""
    values = {
        "job_id": job_id, "attempt": attempt, "state": state, "done": done, "total": total, "result": result,
    }  # fmt: skip
    row = await (await conn.execute(sql.end_job, values)).fetchone()
    return None if row is None else (row[0], row[1])


async def end_list_file(conn: Connection, job_id: int, *, state: str, done: int, result: str) -> bool:
    """Write how the file of a list ended; gives whether it had not before. The result is a JSON text."""
    values = {"job_id": job_id, "state": state, "done": done, "result": result}
    return await (await conn.execute(sql.end_list_file, values)).fetchone() is not None


async def has_file(conn: Connection, job_id: int) -> bool:
    """Has a job a file?"""
    return await (await conn.execute(sql.has_file, {"job_id": job_id})).fetchone() == (True,)


async def drop_list_files(conn: Connection, *, kept_seconds: float) -> int:
    """Remove files of lists that were written so long ago; gives how many."""
    row = await (await conn.execute(sql.drop_list_files, {"kept_seconds": kept_seconds})).fetchone()
    return 0 if row is None else int(row[0])


async def release_job(conn: Connection, job_id: int, attempt: int) -> None:
    """Give a job back for another worker."""
    await conn.execute(sql.release_job, {"job_id": job_id, "attempt": attempt})


async def cancel_job(conn: Connection, job_id: int) -> str | None:
    """Ask that a job stops; gives its state, or None where it cannot be stopped."""
    row = await (await conn.execute(sql.cancel_job, {"job_id": job_id})).fetchone()
    return None if row is None else str(row[0])


async def take_up_jobs(conn: Connection, *, silent_seconds: float, most_crashes: int) -> list[tuple[int, str]]:
    """Let jobs whose worker is gone wait again; gives each with its state."""
    values = {"silent_seconds": silent_seconds, "most_crashes": most_crashes}
    return [(row[0], row[1]) for row in await (await conn.execute(sql.take_up_jobs, values)).fetchall()]


async def enqueue_waiting(conn: Connection, *, silent_seconds: float) -> None:
    """Put every job that waits into the queue."""
    await conn.execute(sql.enqueue_waiting, {"silent_seconds": silent_seconds})


async def drop_dead_entries(conn: Connection, *, silent_seconds: float) -> None:
    """Drop entries of the queue whose worker is gone."""
    await conn.execute(sql.drop_dead_entries, {"silent_seconds": silent_seconds})


async def forget_workers(conn: Connection, gone: Iterable[int]) -> None:
    """Forget workers that are gone for sure, and what they had at hand in the queue."""
    await conn.execute(sql.forget_workers, {"gone": list(gone)})


async def enqueue_deliveries(conn: Connection, failing: Mapping[int, bool]) -> None:
    """Put the delivery to some receivers into the queue; of each is told whether it fails."""
    await conn.execute(sql.enqueue_deliveries, {"receivers": list(failing), "failing": list(failing.values())})
