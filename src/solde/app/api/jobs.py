"""JSON routes of long work: how far it is, what it refused, and how it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

import structlog
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct
from msgspec.json import Decoder

from solde.access import Permission
from solde.access.http import Answer, Ask, Instant, encode, ok
from solde.access.reading import Paged
from solde.access.routing import route
from solde.app.jobs import Ending, Job, JobError, JobFilter, JobState, Told, actions, cancel_job, start_job
from solde.app.jobs import store as job_store
from solde.app.jobs.runner import FAULT
from solde.db import Connection, Pool
from solde.kernel.dates import format_instant
from solde.kernel.paging import BAD_CURSOR, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

__all__ = ["Ending", "JobShape", "Told", "begin", "job_shape", "key_of", "route_handlers"]

TOLD_EVERY_SECONDS = 0.5
LARGEST_NUMBER = 2**62

log = structlog.get_logger("solde.api")


class JobErrorShape(Struct, frozen=True):
    """A refusal a job met: which line and column of its file, and why."""

    line: int | None
    column: str | None
    code: str
    message: str


class JobShape(Struct, frozen=True):
    """Long work: how far it is, how it ended. `errors` are the first of its refusals, in order of line."""

    id: int
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": [state.value for state in JobState]})]
    done: int
    total: int | None
    step: str | None
    result: Any
    error_count: int
    errors: list[JobErrorShape] | None
    file: str | None
    seller: str | None
    dry_run: bool
    created_by: str
    created_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    cancel_asked: bool


class JobList(Struct, frozen=True):
    """A page of jobs, newest first, without their refusals."""

    items: list[JobShape]
    next: str | None


class JobErrorList(Struct, frozen=True):
    """A page of refusals, in order of line."""

    items: list[JobErrorShape]
    next: str | None


class JobQuery(Paged, frozen=True, kw_only=True):
    """What the list of jobs is narrowed to."""

    kind: Annotated[str | None, Meta(description="Such as import_receivables.")] = None
    state: Annotated[JobState | None, Meta(description="Where the job is.")] = None
    created_by: Annotated[str | None, Meta(description="Who asked for it.")] = None


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be cancelled, and why."""

    reason: str | None = None


_CANCEL = Decoder(CancelBody)

Work = Callable[[Told], Coroutine[Any, Any, Ending]]


def key_of(text: str, what: str) -> int:
    """A number in an address; refuses not_found."""
    if not text.isascii() or not text.isdigit() or int(text[:20]) >= LARGEST_NUMBER:
        raise Refused(refuse(NOT_FOUND, "there is no {what} {text!r}", what=what, text=text))
    return int(text)


@route("GET", "/jobs", tag="Administration", query=JobQuery, gives=JobList)
async def read_jobs(ask: Ask) -> Answer:
    """List long work, newest first."""
    asked = ask.query(JobQuery)
    size = check_limit(asked.limit)
    chosen = JobFilter(asked.kind, asked.state, asked.created_by, ask.caller.seller)
    before = None if asked.cursor is None else _place(asked.cursor, 1)[0]
    async with ask.pool.connection() as conn:
        found = await actions.list_jobs(conn, chosen, before=before, limit=size + 1)
    following = encode_cursor([found[size - 1].job_id]) if len(found) > size else None
    return ok(JobList([job_shape(job) for job in found[:size]], following))


@route("GET", "/jobs/{id}", tag="Administration", gives=JobShape, problems=(404,))
async def get_job(ask: Ask) -> Answer:
    """Read how far long work is, and how it ended.

    It names up to 1,000 refusals; GET /jobs/{id}/errors gives all of them, page by page.
    """
    key = key_of(ask.path("id"), "job")
    async with ask.pool.connection() as conn:
        job = await actions.get_job(conn, key, seller=ask.caller.seller)
        errors = await actions.list_errors(conn, key) if job.error_count else []
    return ok(job_shape(job, errors))


@route("GET", "/jobs/{id}/errors", tag="Administration", query=Paged, gives=JobErrorList, problems=(404,))
async def read_job_errors(ask: Ask) -> Answer:
    """List what a job refused, in order of line; up to 100,000 refusals are kept."""
    key, asked = key_of(ask.path("id"), "job"), ask.query(Paged)
    size = check_limit(asked.limit)
    after = None if asked.cursor is None else _place(asked.cursor, 2)
    async with ask.pool.connection() as conn:
        await actions.get_job(conn, key, seller=ask.caller.seller)
        found = await actions.list_errors(
            conn, key, after=None if after is None else (after[0], after[1]), limit=size + 1
        )
    last = found[size - 1] if len(found) > size else None
    following = None if last is None else encode_cursor([last.line or 0, last.position])
    return ok(JobErrorList([_error(error) for error in found[:size]], following))


@route(
    "POST",
    "/jobs/{id}/cancel",
    everywhere=False,
    permission=Permission.IMPORTS,
    tag="Administration",
    keyed=True,
    body=CancelBody,
    gives=JobShape,
    problems=(403, 404, 409),
    example={"reason": "the wrong file"},
)
async def cancel(ask: Ask) -> Answer:
    """Cancel an import: one that waits ends at once, one that runs at its next step.

    All or nothing leaves nothing; with `keep_good` the rows done before stay.
    """
    key, body = key_of(ask.path("id"), "job"), await ask.body(_CANCEL)

    async def work(conn: Connection) -> Answer:
        job = await cancel_job(conn, key, actor=ask.actor, seller=ask.caller.seller, reason=body.reason)
        return ok(job_shape(job))

    return await ask.act(work)


def _place(cursor: str, parts: int) -> list[int]:
    found = [part for part in decode_cursor(cursor, parts) if isinstance(part, int)]
    if len(found) < parts:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return found


def job_shape(job: Job, errors: list[JobError] | None = None) -> JobShape:
    """A job as JSON."""
    return JobShape(
        id=job.job_id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        step=job.step,
        result=job.result,
        error_count=job.error_count,
        errors=[_error(error) for error in errors] if errors else None,
        file=job.arguments.get("file"),
        seller=job.seller,
        dry_run=bool(job.arguments.get("dry_run")),
        created_by=job.created_by,
        created_at=format_instant(job.created_at),
        started_at=None if job.started_at is None else format_instant(job.started_at),
        ended_at=None if job.ended_at is None else format_instant(job.ended_at),
        cancel_asked=job.cancel_asked,
    )


def _error(error: JobError) -> JobErrorShape:
    return JobErrorShape(error.line, error.column, error.code, error.message)


async def begin(
    ask: Ask,
    kind: str,
    arguments: Mapping[str, Any],
    work: Work,
    *,
    fingerprint: bytes | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[Answer, asyncio.Task[None] | None]:
    """Note a job under the caller's key and do it in this process; no task where the key was answered before.

    `check` refuses what is not to begin now. The work runs in a thread with a loop of its own, so that it keeps no request
    waiting. It is not taken up again after a crash: what must be belongs to `app.jobs`.
    """
    noted: list[int] = []

    async def note(conn: Connection) -> Answer:
        check()
        job = await start_job(conn, kind, arguments, actor=ask.actor)
        noted[:] = [job.job_id]
        return accepted(job)

    answer = await ask.act(note, fingerprint=fingerprint)
    if any(name == b"idempotency-replayed" for name, _ in answer.headers):
        return answer, None
    task = asyncio.create_task(_run(ask.pool, noted[0], work))
    ask.services.running.add(task)
    task.add_done_callback(ask.services.running.discard)
    return answer, task


def accepted(job: Job) -> Answer:
    """The answer to a request that became a job."""
    return ok(job_shape(job), 202, location=f"/api/v1/jobs/{job.job_id}")


async def _run(pool: Pool, job_id: int, work: Work) -> None:
    told = Told()
    running = asyncio.ensure_future(asyncio.to_thread(asyncio.run, work(told)))
    while not running.done():
        async with pool.connection() as conn:
            await job_store.move_job(conn, job_id, 0, step=told.step, done=told.done, total=told.total)
        await asyncio.wait({running}, timeout=TOLD_EVERY_SECONDS)
    ending = _ending(running, job_id, told)
    result = None if ending.result is None else encode(ending.result).decode()
    async with pool.connection() as conn:
        if told.refusals:
            await job_store.add_errors(conn, job_id, 0, told.refusals)
        await job_store.end_job(conn, job_id, 0, state=ending.state, done=told.done, total=told.total, result=result)


def _ending(running: asyncio.Future[Ending], job_id: int, told: Told) -> Ending:
    fault = running.exception()
    if fault is None:
        return running.result()
    if isinstance(fault, Refused):
        told.refusals += fault.refusals
        return Ending(JobState.REFUSED)
    log.error("fault", job=job_id, exc_info=fault)
    told.refusals.append(refuse(FAULT, "something went wrong in job {job_id}", job_id=job_id))
    return Ending(JobState.FAILED)


route_handlers: list[HTTPRouteHandler] = [read_jobs, get_job, read_job_errors, cancel]
