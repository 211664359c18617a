"""Start, read and cancel jobs; take up those whose worker is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.files import file_called, parse_mapping
from solde.imports import COLUMNS
from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.refusals import NOT_FOUND, Kind, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .model import ImportRequest, Job, JobError, JobFilter, JobState

NOT_CANCELLABLE = declare("job_not_cancellable", Kind.CONFLICT, "A job that has ended stays as it is; see its result.")
GIVEN_UP = declare("job_given_up", Kind.CONFLICT, "Tell who runs the server: it ended in the middle of this job again.")

PART_BYTES = 1 << 20
SILENT_SECONDS = 30.0
"""How long nothing is heard of a job or worker before it is taken for gone."""
UNQUEUED_SECONDS = 5.0
"""How old a job that waits must be before it is put into the queue again, where its entry was lost."""
MOST_CRASHES = 3
ERRORS_SHOWN = 1000


async def start_import(conn: Connection, request: ImportRequest) -> Job:
    """Keep the file and put its import into the queue, in the transaction of the caller; gives the job, which waits.

    A worker begins it when the transaction commits. The file may be removed then.
    Refuses: card_number_in_text, what `parse_mapping` refuses.
    """
    called = file_called(request.file_name or request.file.name)
    for text, field in ((called, "file"), (request.mapping, "mapping")):
        if (bad := check_no_card_number(text, field)) is not None:
            raise Refused(bad)
    if request.mapping:
        parse_mapping(request.mapping, COLUMNS[request.kind].names)
    arguments = {
        "file": called,
        "seller": request.seller,
        "mapping": request.mapping,
        "keep_good": request.keep_good,
        "dry_run": request.dry_run,
        "unidentified": request.unidentified,
        "actor": request.actor,
        "now": request.now,
        "today": request.today,
    }
    job = await start_job(conn, request.kind, arguments, actor=request.actor, queued=True)
    await store.keep_file(conn, job.job_id, _parts(request.file))
    await store.enqueue_job(conn, job.job_id)
    return job


async def start_job(
    conn: Connection, kind: str, arguments: Mapping[str, Any], *, actor: str, queued: bool = False
) -> Job:
    """Note long work, with its audit record; gives it."""
    told = msgspec.json.encode(arguments).decode()
    job_id = await store.insert_job(conn, kind=kind, arguments=told, created_by=actor, queued=queued)
    (action_id,) = await audit.next_action_ids(conn, 1)
    after = {**arguments, "job": job_id}
    await audit.append(conn, [AuditRecord(0, action_id, actor, f"{kind}_begin", after=after)])
    return await get_job(conn, job_id)


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while part := source.read(PART_BYTES):
            yield part


async def get_job(conn: Connection, job_id: int, *, seller: str | None = None) -> Job:
    """A job; with a seller, only one of that seller's.

    Refuses: not_found.
    """
    found = await store.list_jobs(conn, JobFilter(seller=seller), job_id=job_id, limit=1)
    if not found:
        raise Refused(refuse(NOT_FOUND, "there is no job {job_id}", job_id=job_id))
    return found[0]


async def list_jobs(conn: Connection, chosen: JobFilter, *, before: int | None = None, limit: int = 50) -> list[Job]:
    """Jobs, newest first; `before` is the number of the last one of the page before."""
    return await store.list_jobs(conn, chosen, before=before, limit=limit)


async def list_errors(
    conn: Connection, job_id: int, *, after: tuple[int, int] | None = None, limit: int = ERRORS_SHOWN
) -> list[JobError]:
    """The refusals of a job in order of line; `after` is (line or 0, position) of the last one of the page before."""
    line, position = after or (0, -1)
    return await store.list_errors(conn, job_id, line=line, position=position, limit=limit)


async def cancel_job(
    conn: Connection, job_id: int, *, actor: str, seller: str | None = None, reason: str | None = None
) -> Job:
    """Ask that a job stops: one that waits ends at once, one that runs at its next step. What it had kept stays.

    Refuses: not_found, job_not_cancellable.
    """
    before = await get_job(conn, job_id, seller=seller)
    if await store.cancel_job(conn, job_id) is None:
        ended, kept = "job {job_id} has ended", "job {job_id} cannot be stopped"
        raise Refused(refuse(NOT_CANCELLABLE, say(ended if before.is_over else kept, job_id=job_id)))
    (action_id,) = await audit.next_action_ids(conn, 1)
    after = {"job": job_id, "kind": before.kind}
    await audit.append(conn, [AuditRecord(0, action_id, actor, "job_cancel", reason, after=after)])
    return await get_job(conn, job_id)


async def take_up(pool: Pool, *, silent_seconds: float = SILENT_SECONDS) -> int:
    """Let jobs whose worker is gone wait in the queue again; gives how many there were."""

    async def work(conn: Connection) -> int:
        await store.drop_dead_entries(conn, silent_seconds=2 * silent_seconds)
        taken = await store.take_up_jobs(conn, silent_seconds=silent_seconds, most_crashes=MOST_CRASHES)
        for job_id in [job_id for job_id, state in taken if state == JobState.FAILED]:
            given_up = refuse(
                GIVEN_UP, "the server ended {most_crashes} times while it did this job", most_crashes=MOST_CRASHES + 1
            )
            await store.add_errors(conn, job_id, 0, [given_up])
        await store.enqueue_waiting(conn, silent_seconds=min(silent_seconds, UNQUEUED_SECONDS) if not taken else 0)
        return len(taken)

    return await transaction(pool, work)
