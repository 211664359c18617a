"""JSON routes of accounting that take long: runs over operations, files of entries."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.routing import route
from solde.accounting.api import seller_of
from solde.accounting.export_model import MEDIA, Export, ExportRequest
from solde.accounting.exports import NOT_WRITTEN, get_export, read_parts
from solde.accounting.shapes import ExportShape, export_shape
from solde.app.jobs.books import repeat_export, start_export, start_generation
from solde.customers import list_sellers
from solde.customers.rules.creation import UNKNOWN_SELLER
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from ..spooled import attachment
from .jobs import JobShape, job_shape, key_of

TAG = "Accounting"


class GenerationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run over every operation that has no entries yet."""

    until: Annotated[datetime.date | None, Meta(description="Last accounting day; every day unless given.")] = None
    dry_run: bool = False


class ExportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of entries; a FEC needs its seller, currency and SIREN."""

    from_: datetime.date = msgspec.field(name="from")
    until: datetime.date
    format: Literal["fec", "csv", "xlsx", "jsonl"] = "fec"
    seller: Annotated[str | None, Meta(description="Code of a seller.")] = None
    currency: str | None = None
    siren: str | None = None
    separator: Literal["tab", "pipe"] = "tab"
    encoding: Literal["utf-8", "iso-8859-15"] = "utf-8"


_GENERATION = msgspec.json.Decoder(GenerationBody)
_EXPORT = msgspec.json.Decoder(ExportBody)


@route(
    "POST", "/journal-entries:generate", permission=Permission.ACCOUNTING, tag=TAG, keyed=True, status=202,
    body=GenerationBody, gives=JobShape, problems=(403,), example={"until": "2026-10-31"},
)  # fmt: skip
async def generate_entries(ask: Ask) -> Answer:
    """Make the entries of every operation that is POSTED or EXPORT_FAILED; a job does it."""
    body = await ask.body(_GENERATION)

    async def work(conn: Connection) -> Answer:
        job = await start_generation(conn, until=body.until, dry_run=body.dry_run, actor=ask.actor)
        return ok(job_shape(job), 202)

    return await ask.act(work)


@route(
    "POST", "/accounting-exports", everywhere=False, permission=Permission.ACCOUNTING, tag=TAG, keyed=True, status=202, body=ExportBody,
    gives=ExportShape, problems=(403,), example={"from": "2026-01-01", "until": "2026-01-31", "format": "csv"},
)  # fmt: skip
async def post_export(ask: Ask) -> Answer:
    """Write the entries of some days to a file, as everything stands now; a job does it."""
    body = await ask.body(_EXPORT)

    async def work(conn: Connection) -> Answer:
        asked = ExportRequest(
            form=body.format, from_on=body.from_, until_on=body.until, seller_id=await _seller(ask, conn, body.seller),
            currency=body.currency, siren=body.siren, separator=body.separator, encoding=body.encoding,
        )  # fmt: skip
        export, job = await start_export(conn, asked, actor=ask.actor, seller=ask.caller.seller)
        return ok(export_shape(export, job.job_id), 202)

    return await ask.act(work)


async def _seller(ask: Ask, conn: Connection, code: str | None) -> int | None:
    """The seller asked for, or that the caller is kept to. Refuses unknown_seller."""
    own = await seller_of(ask, conn)
    if code is None:
        return own
    found = next((one.seller_id for one in await list_sellers(conn) if one.code == code), None)
    if found is None or own not in {None, found}:
        raise Refused(refuse(UNKNOWN_SELLER, "{code!r} is no seller", code=code, field="seller"))
    return found


@route(
    "GET", "/accounting-exports/{id}", permission=Permission.JOURNAL, tag=TAG, gives=ExportShape, problems=(403, 404)
)
async def read_export(ask: Ask) -> Answer:
    """Give one export."""
    async with ask.pool.connection() as conn:
        return ok(export_shape(await _export(ask, conn)))


async def _export(ask: Ask, conn: Connection) -> Export:
    return await get_export(conn, key_of(ask.path("id"), "export"), await seller_of(ask, conn))


@route(
    "POST", "/accounting-exports/{id}/repeat", everywhere=False, permission=Permission.ACCOUNTING, tag=TAG, keyed=True, status=202,
    gives=JobShape, problems=(403, 404),
)  # fmt: skip
async def post_repeat(ask: Ask) -> Answer:
    """Write the file of an export again; the job is refused unless it comes out the same to the byte."""

    async def work(conn: Connection) -> Answer:
        export = await _export(ask, conn)
        return ok(job_shape(await repeat_export(conn, export, actor=ask.actor, seller=ask.caller.seller)), 202)

    return await ask.act(work)


class _Kept(Answer):
    """An answer that sends a kept file part by part."""

    __slots__ = ("_ask", "_export")

    def __init__(self, ask: Ask, export: Export):
        media = MEDIA[export.asked.form].encode()
        headers = ((b"content-type", media), (b"content-disposition", attachment(export.file_name).encode()))
        super().__init__(headers=headers)
        self.headers = headers
        self._ask, self._export = ask, export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the form of ASGI
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        async for part in kept_parts(self._ask, self._export):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def kept_parts(ask: Ask, export: Export) -> AsyncIterator[bytes]:
    """The parts of a kept file, on a connection of their own."""
    async with ask.pool.connection() as conn:
        async for part in read_parts(conn, export):
            yield part


@route(
    "GET", "/accounting-exports/{id}/file", permission=Permission.JOURNAL, tag=TAG, gives=bytes,
    media="text/plain, text/csv, application/jsonl", problems=(403, 404, 409),
)  # fmt: skip
async def read_export_file(ask: Ask) -> Answer:
    """Download the file of an export."""
    async with ask.pool.connection() as conn:
        export = await _export(ask, conn)
    if not export.has_file:
        raise Refused(refuse(NOT_WRITTEN, "the file of export {export_id} is not there", export_id=export.export_id))
    return _Kept(ask, export)


route_handlers: list[HTTPRouteHandler] = [
    generate_entries, post_export, read_export, post_repeat, read_export_file,
]  # fmt: skip
