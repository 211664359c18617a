"""JSON routes of long work: how far it is, what it refused, and how it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from msgspec.json import Decoder

from solde.access import Permission
from solde.access.http import Answer, Ask, encode, ok
from solde.access.reading import Paged
from solde.access.routing import route
from solde.app.jobs import Ending, Job, JobState, Progress, actions, cancel_job, start_job
from solde.app.jobs import store as job_store
from solde.app.jobs.runner import FAULT
from solde.app.jobs.shapes import JobErrorShape, JobShape, error_shape, job_shape
from solde.db import Connection, Pool
from solde.kernel.paging import BAD_CURSOR, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

__all__ = ["Ending", "JobShape", "Progress", "begin", "job_shape", "key_of", "route_handlers"]

TOLD_EVERY_SECONDS = 0.5
LARGEST_NUMBER = 2**62

log = structlog.get_logger("solde.api")


class JobErrorList(Struct, frozen=True):
    """A page of refusals, in order of line."""

    items: list[JobErrorShape]
    next: str | None


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be cancelled, and why."""

    reason: str | None = None


_CANCEL = Decoder(CancelBody)

Work = Callable[[Progress], Coroutine[Any, Any, Ending]]


def key_of(text: str, what: str) -> int:
    """A number in an address; refuses not_found."""
    if not text.isascii() or not text.isdigit() or int(text[:20]) >= LARGEST_NUMBER:
        raise Refused(refuse(NOT_FOUND, "there is no {what} {text!r}", what=what, text=text))
    return int(text)


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
    return ok(JobErrorList([error_shape(error) for error in found[:size]], following))


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
    told = Progress()
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


def _ending(running: asyncio.Future[Ending], job_id: int, told: Progress) -> Ending:
    fault = running.exception()
    if fault is None:
        return running.result()
    if isinstance(fault, Refused):
        told.refusals += fault.refusals
        return Ending(JobState.REFUSED)
    log.error("fault", job=job_id, exc_info=fault)
    told.refusals.append(refuse(FAULT, "something went wrong in job {job_id}", job_id=job_id))
    return Ending(JobState.FAILED)


route_handlers: list[HTTPRouteHandler] = [get_job, read_job_errors, cancel]
