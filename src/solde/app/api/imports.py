"""JSON routes that take files: of receivables, customers and payments. Each is kept, and imported by a job."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask
from solde.access.reading import Query
from solde.access.routing import route
from solde.app.jobs import ImportRequest, start_import
from solde.customers import list_sellers
from solde.customers.store import list_setting_codes
from solde.db import Connection, transaction
from solde.files import check_one_file, file_called
from solde.files.mapping import MAPPING_INVALID
from solde.imports import template
from solde.kernel.refusals import FORBIDDEN, Kind, Refused, declare, refuse

from ..spooled import attachment
from .jobs import JobShape, accepted

FILE_MISSING = declare(
    "import_file_missing", Kind.INVALID, "Send the file as the body, or as the part `file` of a form."
)

LARGEST_FILE = 500_000_000
CHUNK = 1 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM = {
    "file": {"type": "string", "format": "binary", "description": "The file: CSV or xlsx."},
    "mapping": {"type": "string", "description": "TOML: how the file differs from the canonical form."},
}


class ImportQuery(Query, frozen=True, kw_only=True):
    """How the file is imported."""

    mapping: Annotated[str | None, Meta(description="TOML: how the file differs from the canonical form.")] = None
    seller: Annotated[str | None, Meta(description="Who owns the customers that are made.")] = None
    keep_good: Annotated[bool, Meta(description="Good rows stay although others are refused.")] = False
    dry_run: Annotated[bool, Meta(description="Judge every row, and keep nothing.")] = False


class PaymentImportQuery(ImportQuery, frozen=True, kw_only=True):
    """How a file of payments is imported."""

    unidentified: Annotated[
        bool, Meta(description="Rows of unknown accounts become unidentified receipts of the seller.")
    ] = False


class TemplateQuery(Query, frozen=True, kw_only=True):
    """Which empty file is wanted."""

    kind: Annotated[str, Meta(description="COMPANY or INDIVIDUAL, in any case.")] = "COMPANY"
    format: Annotated[Literal["xlsx", "csv"], Meta(description="xlsx explains every column on a second sheet.")] = (
        "xlsx"
    )


@route(
    "POST", "/receivables:import", everywhere=False, permission=Permission.IMPORTS, tag="Imports", query=ImportQuery, keyed=True,
    status=202, body=bytes, media=f"text/csv, {XLSX}", form=FORM, gives=JobShape, problems=(403, 422), largest=LARGEST_FILE,
)  # fmt: skip
async def import_receivables_file(ask: Ask) -> Answer:
    """Import receivables: invoices, and how they were settled, from CSV or xlsx.

    Send the file as the body, or a form with the parts `file` and `mapping`. The answer names a job; ask
    GET /jobs/{id} how far it is and which rows it refused. The same file twice adds nothing; a later file may tell that
    invoices were paid meanwhile.
    """
    return await _import(ask, "import_receivables", ask.query(ImportQuery))


@route(
    "POST", "/customers:import", everywhere=False, permission=Permission.IMPORTS, tag="Imports", query=ImportQuery, keyed=True,
    status=202, body=bytes, media=f"text/csv, {XLSX}", form=FORM, gives=JobShape, problems=(403, 422), largest=LARGEST_FILE,
)  # fmt: skip
async def import_customers_file(ask: Ask) -> Answer:
    """Import customers with all their levels, from CSV or xlsx.

    The columns are those of GET /customers:import-template. Customers whose code is there stay as they are. With
    `dry_run` the job tells the counts and every bad row, and keeps nothing.
    """
    return await _import(ask, "import_customers", ask.query(ImportQuery))


@route(
    "POST", "/payments:import", everywhere=False, permission=Permission.IMPORTS, tag="Imports", query=PaymentImportQuery, keyed=True,
    status=202, body=bytes, media=f"text/csv, {XLSX}", form=FORM, gives=JobShape, problems=(403, 422), largest=LARGEST_FILE,
)  # fmt: skip
async def import_payments_file(ask: Ask) -> Answer:
    """Import payments, from CSV or xlsx, and match each with the invoices it names, or the oldest due first.

    A payment is known by its account and reference: the same file twice adds nothing.
    """
    asked = ask.query(PaymentImportQuery)
    return await _import(ask, "import_payments", asked, unidentified=asked.unidentified)


@route("GET", "/customers:import-template", tag="Imports", query=TemplateQuery, gives=bytes, media=f"{XLSX}, text/csv")
async def customers_template(ask: Ask) -> Answer:
    """Download an empty file of customers: the columns of this kind, and what each may hold."""
    asked = ask.query(TemplateQuery)
    async with ask.pool.connection() as conn:
        choices = {field: sorted(codes) for field, codes in (await list_setting_codes(conn)).items()}
        sellers = [seller.code for seller in await list_sellers(conn)]
    choices["seller"] = sellers if ask.caller.seller is None else [ask.caller.seller]
    written = template(asked.kind.upper(), asked.format, choices)
    name = attachment(f"customers-{asked.kind.lower()}.{asked.format}").encode()
    media = XLSX if asked.format == "xlsx" else "text/csv; charset=utf-8"
    return Answer(written, headers=((b"content-disposition", name),), media=media.encode())


async def _import(ask: Ask, kind: str, asked: ImportQuery, *, unidentified: bool = False) -> Answer:
    """Keep the file that was sent and put its import into the queue."""
    own = ask.caller.seller
    if own is not None and asked.seller not in (None, own):
        raise Refused(refuse(FORBIDDEN, "you import for the seller {own} only", own=own, field="seller"))
    if not asked.dry_run:
        ask.key()
    with tempfile.TemporaryDirectory(prefix="solde-import-") as folder:
        sent = await _receive(ask, Path(folder))
        async with ask.pool.connection() as conn:
            zones = {seller.code: seller.time_zone for seller in await list_sellers(conn)}
        seller = asked.seller or own
        own_zone = zones.get(seller or "")
        request = ImportRequest(
            kind=kind,
            file=sent.file,
            actor=ask.actor,
            now=ask.now(),
            today=ask.today(own_zone) if own_zone else min(ask.today(zone) for zone in zones.values()),
            file_name=sent.called,
            mapping=sent.mapping if sent.mapping is not None else asked.mapping or "",
            seller=seller,
            keep_good=asked.keep_good,
            dry_run=asked.dry_run,
            unidentified=unidentified,
        )

        async def work(conn: Connection) -> Answer:
            return accepted(await start_import(conn, request))

        # A trial keeps its job, but no key: the same key may be used for the import itself.
        return await (transaction(ask.pool, work) if asked.dry_run else ask.act(work, fingerprint=sent.digest))


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent: where it is kept, what its sender calls it, what tells it apart, the mapping sent with it."""

    file: Path
    called: str
    digest: bytes
    mapping: str | None


async def _receive(ask: Ask, folder: Path) -> Sent:
    """Keep the file that was sent.

    Refuses: import_file_missing, import_several_files, mapping_invalid.
    """
    scope = ask.request.scope
    digest = hashlib.sha256(f"{scope['path']}?".encode() + scope["query_string"])
    file, called, mapping = folder / "file", "file", None
    if (ask.header(b"content-type") or "").startswith("multipart/form-data"):
        form = await ask.request.form()
        check_one_file(form)
        sent, text = form.get("file"), form.get("mapping")
        if not isinstance(sent, UploadFile):
            raise Refused(refuse(FILE_MISSING, "the form has no part named file", field="file"))
        called = file_called(sent.filename)
        mapping = _decoded(await text.read()) if isinstance(text, UploadFile) else text
        digest.update((mapping or "").encode())
        chunks = _chunks(sent)
    else:
        chunks = ask.request.stream()
    with file.open("wb") as target:
        async for chunk in chunks:
            digest.update(chunk)
            target.write(chunk)
    return Sent(file, called, digest.digest(), mapping)


def _decoded(mapping: bytes) -> str:
    try:
        return mapping.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            refuse(MAPPING_INVALID, "the mapping is not UTF-8: {error}", error=str(error), field="mapping")
        ) from error


async def _chunks(sent: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await sent.read(CHUNK):
        yield chunk


route_handlers: list[HTTPRouteHandler] = [
    import_receivables_file,
    import_customers_file,
    import_payments_file,
    customers_template,
]
