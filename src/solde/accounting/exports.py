"""Exports of entries: what was asked for is kept so that the file can be made again to the byte.

What a file holds is fixed by its days, its seller and currency, and the moment it was asked for: later entries, matches and
labels do not change it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import msgspec
from stdnum.fr import siren as siren_numbers

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from . import export_store as store
from .export_model import Export, ExportRequest, Line, WrittenExport
from .fec import ENCODINGS, SEPARATORS, file_name

BAD_FORM = declare("accounting_form_unknown", Kind.INVALID, "Ask for fec, csv, xlsx or jsonl.")
BAD_DAYS = declare("accounting_days_turned", Kind.INVALID, "Let the last day not be before the first.")
BAD_SIREN = declare("siren_invalid", Kind.INVALID, "Write the nine digits of the company's SIREN.")
BAD_OPTION = declare("accounting_option_unknown", Kind.INVALID, "Use one of the values the message names.")
FEC_OF_ONE = declare(
    "fec_of_one", Kind.INVALID, "Name the seller and the currency: a FEC is of one company, in one currency."
)
UNKNOWN_EXPORT = declare("unknown_accounting_export", Kind.NOT_FOUND, "Use a number of GET /api/v1/accounting-exports.")
EXPORT_DIFFERS = declare(
    "accounting_export_differs", Kind.CONFLICT,
    "Do not use the file; run `solde verify`, and tell who runs the server: entries must not change.",
)  # fmt: skip
NOT_WRITTEN = declare(
    "accounting_export_not_written", Kind.CONFLICT, "Wait until its job is done, or repeat the export."
)
STILL_WRITING = declare("accounting_still_written", Kind.CONFLICT, "Try again when the long work of others has ended.")

FORMS = ("fec", "csv", "xlsx", "jsonl")
PART_BYTES = 1 << 20
WAIT_SECONDS = 60.0


def check_asked(asked: ExportRequest) -> None:
    """Refuses: accounting_form_unknown, accounting_days_turned, siren_invalid, accounting_option_unknown, fec_of_one."""
    found = []
    if asked.form not in FORMS:
        found.append(
            refuse(BAD_FORM, "{form!r} is not one of {forms}", form=asked.form, forms=", ".join(FORMS), field="format")
        )
    if asked.until_on < asked.from_on:
        found.append(
            refuse(
                BAD_DAYS,
                "{until_on} is before {from_on}",
                until_on=asked.until_on,
                from_on=asked.from_on,
                field="until",
            )
        )
    for name, value, known in (("separator", asked.separator, SEPARATORS), ("encoding", asked.encoding, ENCODINGS)):
        if value not in known:
            found.append(
                refuse(BAD_OPTION, "{value!r} is not one of {known}", value=value, known=", ".join(known), field=name)
            )
    if asked.form == "fec":
        if not siren_numbers.is_valid(asked.siren or ""):
            said = (
                say("{siren!r} is no SIREN", siren=asked.siren)
                if asked.siren
                else say("the SIREN of the company is missing")
            )
            found.append(refuse(BAD_SIREN, said, field="siren"))
        if asked.seller_id is None or asked.currency is None:
            found.append(refuse(FEC_OF_ONE, "the FEC names no seller or no currency", field="currency"))
    elif asked.siren:
        found.append(refuse(BAD_SIREN, "only a FEC has a SIREN", field="siren"))
    if found:
        raise Refused(found)


async def begin_export(conn: Connection, asked: ExportRequest, *, actor: str) -> Export:
    """Keep what is asked for, as everything stands at this moment; the file is written afterwards.

    Refuses: what `check_asked` refuses.
    """
    check_asked(asked)
    if asked.form == "fec":
        name = file_name(siren_numbers.compact(asked.siren or ""), asked.until_on)
        asked = msgspec.structs.replace(asked, siren=siren_numbers.compact(asked.siren or ""))
    else:
        name = f"entries-{asked.from_on}-{asked.until_on}.{asked.form}"
    (action_id,) = await audit.next_action_ids(conn, 1)
    export_id = await store.insert_export(conn, asked, name, actor, action_id)
    told = {"export": export_id, **msgspec.to_builtins(asked)}
    await audit.append(conn, [AuditRecord(0, action_id, actor, "accounting_export", after=told)])
    return await get_export(conn, export_id)


async def get_export(conn: Connection, export_id: int, seller_id: int | None = None) -> Export:
    """An export; with a seller, only one of that seller's. Refuses unknown_accounting_export."""
    found = await store.list_exports(conn, export_id=export_id, seller_id=seller_id, before=None, limit=1)
    if not found:
        raise Refused(refuse(UNKNOWN_EXPORT, "there is no export {export_id}", export_id=export_id))
    return found[0]


async def list_exports(
    conn: Connection, *, seller_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Export]:
    """Exports, newest first; `before` is the number of the last one of the page before."""
    return await store.list_exports(conn, export_id=None, seller_id=seller_id, before=before, limit=limit)


async def wait_for_writers(conn: Connection, *, seconds: float = WAIT_SECONDS, pause: float = 0.05) -> None:
    """Wait until every transaction that writes now has ended, so that what was recorded before now can be read.

    Refuses: accounting_still_written.
    """
    running = await store.list_writers(conn)
    tries = int(seconds / pause)
    while running and tries > 0:
        await asyncio.sleep(pause)
        running = [writer for writer in await store.list_writers(conn) if writer in running]
        tries -= 1
    if running:
        said = say("{count} transactions are writing since {seconds:.0f} seconds", count=len(running), seconds=seconds)
        raise Refused(refuse(STILL_WRITING, said))


def stream_lines(conn: Connection, export: Export) -> AsyncIterator[Line]:
    """The entries of an export, in its order; needs an open transaction."""
    return store.stream_lines(conn, export.asked, export.known_at)


async def keep_written(conn: Connection, export: Export, written: WrittenExport, parts: Iterable[bytes]) -> Export:
    """Keep the file that was written, and what it amounts to; a repeated one must be the same to the byte.

    Refuses: accounting_export_differs.
    """
    if not await store.keep_written(conn, export.export_id, written):
        before = await get_export(conn, export.export_id)
        if before.sha256 != written.sha256:
            said = say(
                "the file has {rows} entries and digest {sha256}, not {before_rows} and {before_sha256}",
                rows=written.rows,
                sha256=written.sha256,
                before_rows=before.rows,
                before_sha256=before.sha256,
            )
            raise Refused(refuse(EXPORT_DIFFERS, said))
    await store.keep_parts(conn, export.export_id, parts)
    return await get_export(conn, export.export_id)


async def read_parts(conn: Connection, export: Export) -> AsyncIterator[bytes]:
    """The file of an export, part by part. Refuses accounting_export_not_written."""
    if not export.has_file:
        raise Refused(refuse(NOT_WRITTEN, "the file of export {export_id} is not there", export_id=export.export_id))
    async for part in store.read_parts(conn, export.export_id):
        yield part
