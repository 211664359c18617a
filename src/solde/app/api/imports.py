"""JSON route that takes a file of receivables: a job is noted, and the import runs beside the requests."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import structlog
from litestar.datastructures import State, UploadFile
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde import audit
from solde.access import Permission
from solde.access.http import Answer, Ask, encode, ok
from solde.access.reading import Query
from solde.access.routing import route
from solde.audit import AuditRecord
from solde.customers import list_sellers
from solde.db import Connection, open_pool
from solde.imports import FileMapping, ImportOptions, Outcome, import_receivables, parse_mapping
from solde.imports.shapes import outcome_shape
from solde.kernel.refusals import FORBIDDEN, Kind, Refusal, Refused, declare, refuse

from . import store
from .administration import JobShape, job_shape

FILE_MISSING = declare(
    "import_file_missing", Kind.INVALID, "Send the file as the body, or as the part `file` of a form."
)

LARGEST_FILE = 500_000_000
REFUSALS_KEPT = 1000
CHUNK = 1 << 20
TOLD_EVERY_SECONDS = 0.5

log = structlog.get_logger("solde.api")


class ImportQuery(Query, frozen=True, kw_only=True):
    """How the file is imported."""

    mapping: Annotated[str | None, Meta(description="TOML: how the file differs from the canonical form.")] = None
    seller: Annotated[str | None, Meta(description="Who owns the customers that are made.")] = None
    keep_good: Annotated[bool, Meta(description="Good rows stay although others are refused.")] = False
    dry_run: Annotated[bool, Meta(description="Judge every row, and keep nothing.")] = False


@route(
    "POST",
    "/receivables:import",
    permission=Permission.IMPORTS,
    tag="Imports",
    query=ImportQuery,
    keyed=True,
    status=202,
    body=bytes,
    media="text/csv",
    gives=JobShape,
    problems=(403, 422),
    largest=LARGEST_FILE,
)
async def import_receivables_file(ask: Ask) -> Answer:
    """Import receivables: invoices, and how they were settled, from CSV or xlsx.

    Send the file as the body, or a form with the parts `file` and `mapping`. The answer names a job; ask
    GET /jobs/{id} how far it is and which rows it refused. The same file twice adds nothing.
    """
    asked, own = ask.query(ImportQuery), ask.caller.seller
    if own is not None and asked.seller not in (None, own):
        raise Refused(refuse(FORBIDDEN, f"this token imports for the seller {own} only", field="seller"))
    ask.key()
    folder = Path(tempfile.mkdtemp(prefix="solde-import-"))
    kept = False
    try:
        file, digest, written = await _receive(ask, folder)
        mapping = parse_mapping(written if written is not None else asked.mapping or "")
        options = await _options(ask, asked, own, file.name)
        answer, job_id = await _note_job(ask, options, digest)
        if job_id is not None:
            _start(ask.state, job_id, file, mapping, options)
            kept = True
        return answer
    finally:
        if not kept:
            _remove(folder)


async def _receive(ask: Ask, folder: Path) -> tuple[Path, bytes, str | None]:
    """Keep the file that was sent: where it is, what tells it apart, and the mapping sent with it, if any."""
    digest = hashlib.sha256(ask.request.scope["query_string"])
    file, mapping = folder / "receivables", None
    if (ask.header(b"content-type") or "").startswith("multipart/form-data"):
        form = await ask.request.form()
        sent, text = form.get("file"), form.get("mapping")
        if not isinstance(sent, UploadFile):
            raise Refused(refuse(FILE_MISSING, "the form has no part named file", field="file"))
        file = folder / (Path(sent.filename).name or file.name)
        mapping = (await text.read()).decode() if isinstance(text, UploadFile) else text
        digest.update((mapping or "").encode())
        chunks = _chunks(sent)
    else:
        chunks = ask.request.stream()
    with file.open("wb") as target:
        async for chunk in chunks:
            digest.update(chunk)
            target.write(chunk)
    return file, digest.digest(), mapping


async def _chunks(sent: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await sent.read(CHUNK):
        yield chunk


async def _options(ask: Ask, asked: ImportQuery, own: str | None, name: str) -> ImportOptions:
    async with ask.pool.connection() as conn:
        zones = {seller.code: seller.time_zone for seller in await list_sellers(conn)}
    seller = asked.seller or own
    zone = zones.get(seller or "") or next(iter(zones.values()))
    return ImportOptions(ask.actor, ask.now(), ask.today(zone), seller, asked.keep_good, asked.dry_run, name)


async def _note_job(ask: Ask, options: ImportOptions, digest: bytes) -> tuple[Answer, int | None]:
    """Write the job down under the caller's key; no number where the key was answered before."""
    noted: list[int] = []

    async def work(conn: Connection) -> Answer:
        told = {"file": options.file_name, "seller": options.seller, "dry_run": options.dry_run}
        job_id, created_at = await store.insert_job(
            conn, kind="import_receivables", arguments=encode(told).decode(), created_by=ask.actor
        )
        (action_id,) = await audit.next_action_ids(conn, 1)
        await audit.append(conn, [AuditRecord(0, action_id, ask.actor, "import_begin", after=told | {"job": job_id})])
        noted[:] = [job_id]
        row = (job_id, "import_receivables", "WAITING", 0, None, None, None, None, ask.actor, created_at, None, None)
        return ok(job_shape(row), 202, location=f"/api/v1/jobs/{job_id}")

    answer = await ask.act(work, fingerprint=digest)
    replayed = any(name == b"idempotency-replayed" for name, _ in answer.headers)
    return answer, None if replayed else noted[0]


def _start(state: State, job_id: int, file: Path, mapping: FileMapping, options: ImportOptions) -> None:
    running: set[asyncio.Task[None]] = state.running
    task = asyncio.create_task(_run(state, job_id, file, mapping, options))
    running.add(task)
    task.add_done_callback(running.discard)


class _Told:
    """How far the import is, written by its thread and read by the one that answers requests."""

    __slots__ = ("done", "refusals", "step", "total")

    def __init__(self) -> None:
        self.step: str | None = None
        self.done = 0
        self.total: int | None = None
        self.refusals: list[Refusal] = []

    def progress(self, step: str, done: int, total: int | None) -> None:
        self.step, self.done, self.total = step, done, total

    def refuse(self, refusal: Refusal) -> None:
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refusal)


async def _run(state: State, job_id: int, file: Path, mapping: FileMapping, options: ImportOptions) -> None:
    """Import in a thread of its own, with a connection of its own; tell the job how far it is and how it ended."""
    told = _Told()
    work = asyncio.ensure_future(asyncio.to_thread(asyncio.run, _import(state.dsn, file, mapping, options, told)))
    try:
        while not work.done():
            async with state.pool.connection() as conn:
                await store.move_job(conn, job_id, step=told.step, done=told.done, total=told.total)
            await asyncio.wait({work}, timeout=TOLD_EVERY_SECONDS)
        ended, result, errors = _ending(work, told, job_id)
        async with state.pool.connection() as conn:
            await store.end_job(
                conn, job_id, state=ended, done=told.done, total=told.total, result=result, errors=errors
            )
    finally:
        _remove(file.parent)


async def _import(dsn: str, file: Path, mapping: FileMapping, options: ImportOptions, told: _Told) -> Outcome:
    async with open_pool(dsn, max_size=1) as pool:
        return await import_receivables(pool, file, mapping, options, on_refusal=told.refuse, progress=told.progress)


def _ending(work: asyncio.Future[Outcome], told: _Told, job_id: int) -> tuple[str, str | None, str | None]:
    """State, result and errors of an import that ended."""
    fault = work.exception()
    if fault is None:
        outcome = work.result()
        shape = outcome_shape(outcome, told.refusals)
        errors = encode(shape.refusals).decode() if shape.refusals else None
        ended = "REFUSED" if outcome.refused and not outcome.kept else "DONE"
        return ended, encode(msgspec.structs.replace(shape, refusals=[])).decode(), errors
    if isinstance(fault, Refused):
        return "REFUSED", None, encode([_told_of(refusal) for refusal in fault.refusals]).decode()
    log.error("fault", job=job_id, exc_info=fault)
    return (
        "FAILED",
        None,
        encode([{"code": "fault", "message": f"Something went wrong here, in job {job_id}."}]).decode(),
    )


def _told_of(refusal: Refusal) -> dict[str, Any]:
    return {"line": refusal.line, "column": refusal.field, "code": refusal.code, "message": refusal.message}


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


route_handlers: list[HTTPRouteHandler] = [import_receivables_file]
