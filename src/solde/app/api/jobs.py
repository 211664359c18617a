"""Long work beside the requests: in a thread of its own, told to its job row while it runs and when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import structlog
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde import audit
from solde.access.http import Answer, Ask, Instant, encode, ok
from solde.access.routing import route
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import format_instant
from solde.kernel.refusals import NOT_FOUND, Refusal, Refused, refuse

from . import store

TOLD_EVERY_SECONDS = 0.5
REFUSALS_KEPT = 1000
LARGEST_NUMBER = 2**62

log = structlog.get_logger("solde.api")


class JobShape(msgspec.Struct, frozen=True):
    """Long work: how far it is, how it ended."""

    id: int
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": ["WAITING", "RUNNING", "DONE", "REFUSED", "FAILED"]})]
    done: int
    total: int | None
    step: str | None
    result: Any
    errors: Any
    created_by: str
    created_at: Instant
    started_at: Instant | None
    ended_at: Instant | None


@dataclass(slots=True)
class Told:
    """How far the work is: written by its thread, read by the one that answers requests."""

    step: str | None = None
    done: int = 0
    total: int | None = None
    refusals: list[Refusal] = field(default_factory=list)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Note the step and how much of it is done."""
        self.step, self.done, self.total = step, done, total

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal, as long as there are not too many."""
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refusal)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the work ended; result and errors are JSON values."""

    state: str
    result: Any = None
    errors: Any = None


Work = Callable[[Told], Coroutine[Any, Any, Ending]]


def key_of(text: str, what: str) -> int:
    """A number in an address; refuses not_found."""
    if not text.isascii() or not text.isdigit() or int(text[:20]) >= LARGEST_NUMBER:
        raise Refused(refuse(NOT_FOUND, f"there is no {what} {text!r}"))
    return int(text)


@route("GET", "/jobs/{id}", tag="Administration", gives=JobShape, problems=(404,))
async def get_job(ask: Ask) -> Answer:
    """Read how far long work is, and how it ended."""
    key = key_of(ask.path("id"), "job")
    async with ask.pool.connection() as conn:
        row = await store.find_job(conn, key)
    if row is None or ask.caller.seller not in (None, row[12]):
        raise Refused(refuse(NOT_FOUND, f"there is no job {key}"))
    return ok(_shape(row))


def _shape(row: tuple[Any, ...]) -> JobShape:
    return JobShape(*row[:9], *(None if instant is None else format_instant(instant) for instant in row[9:12]))


async def begin(
    ask: Ask, kind: str, arguments: Mapping[str, Any], work: Work, *, fingerprint: bytes | None = None
) -> tuple[Answer, asyncio.Task[None] | None]:
    """Note a job under the caller's key and start it; no task where the key was answered before.

    The work runs in a thread with a loop of its own, so that it keeps no request waiting.
    """
    noted: list[int] = []

    async def note(conn: Connection) -> Answer:
        told = encode(arguments).decode()
        job_id, created_at = await store.insert_job(conn, kind=kind, arguments=told, created_by=ask.actor)
        (action_id,) = await audit.next_action_ids(conn, 1)
        after = {**arguments, "job": job_id}
        await audit.append(conn, [AuditRecord(0, action_id, ask.actor, f"{kind}_begin", after=after)])
        noted[:] = [job_id]
        shape = _shape((job_id, kind, "WAITING", 0, None, None, None, None, ask.actor, created_at, None, None))
        return ok(shape, 202, location=f"/api/v1/jobs/{job_id}")

    answer = await ask.act(note, fingerprint=fingerprint)
    if any(name == b"idempotency-replayed" for name, _ in answer.headers):
        return answer, None
    task = asyncio.create_task(_run(ask.state, noted[0], work))
    running: set[asyncio.Task[None]] = ask.state.running
    running.add(task)
    task.add_done_callback(running.discard)
    return answer, task


async def _run(state: State, job_id: int, work: Work) -> None:
    told = Told()
    running = asyncio.ensure_future(asyncio.to_thread(asyncio.run, work(told)))
    while not running.done():
        async with state.pool.connection() as conn:
            await store.move_job(conn, job_id, step=told.step, done=told.done, total=told.total)
        await asyncio.wait({running}, timeout=TOLD_EVERY_SECONDS)
    ending = _ending(running, job_id)
    result, errors = (None if value is None else encode(value).decode() for value in (ending.result, ending.errors))
    async with state.pool.connection() as conn:
        await store.end_job(
            conn, job_id, state=ending.state, done=told.done, total=told.total, result=result, errors=errors
        )


def _ending(running: asyncio.Future[Ending], job_id: int) -> Ending:
    fault = running.exception()
    if fault is None:
        return running.result()
    if isinstance(fault, Refused):
        told = [{"line": r.line, "column": r.field, "code": r.code, "message": r.message} for r in fault.refusals]
        return Ending("REFUSED", errors=told)
    log.error("fault", job=job_id, exc_info=fault)
    return Ending("FAILED", errors=[{"code": "fault", "message": f"Something went wrong here, in job {job_id}."}])


route_handlers: list[HTTPRouteHandler] = [get_job]
