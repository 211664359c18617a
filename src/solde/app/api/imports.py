"""JSON route that takes a file of receivables: a job is noted, and the import runs beside the requests."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask
from solde.access.reading import Query
from solde.access.routing import route
from solde.customers import list_sellers
from solde.db import open_pool
from solde.imports import FileMapping, ImportOptions, import_receivables, parse_mapping
from solde.imports.shapes import outcome_shape
from solde.kernel.refusals import FORBIDDEN, Kind, Refused, declare, refuse

from .jobs import Ending, JobShape, Told, Work, begin

FILE_MISSING = declare(
    "import_file_missing", Kind.INVALID, "Send the file as the body, or as the part `file` of a form."
)

LARGEST_FILE = 500_000_000
CHUNK = 1 << 20


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
    task: asyncio.Task[None] | None = None
    try:
        file, digest, written = await _receive(ask, folder)
        mapping = parse_mapping(written if written is not None else asked.mapping or "")
        options = await _options(ask, asked, own, file.name)
        told = {"file": options.file_name, "seller": options.seller, "dry_run": options.dry_run}
        work = _work(ask.state.dsn, file, mapping, options)
        answer, task = await begin(ask, "import_receivables", told, work, fingerprint=digest)
        return answer
    finally:
        if task is None:
            _remove(folder)
        else:
            task.add_done_callback(lambda _: _remove(folder))


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


def _work(dsn: str, file: Path, mapping: FileMapping, options: ImportOptions) -> Work:
    async def work(told: Told) -> Ending:
        async with open_pool(dsn, max_size=1) as pool:
            outcome = await import_receivables(
                pool, file, mapping, options, on_refusal=told.refuse, progress=told.progress
            )
        shape = outcome_shape(outcome, told.refusals)
        state = "REFUSED" if outcome.refused and not outcome.kept else "DONE"
        return Ending(state, msgspec.structs.replace(shape, refusals=[]), shape.refusals or None)

    return work


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


route_handlers: list[HTTPRouteHandler] = [import_receivables_file]
