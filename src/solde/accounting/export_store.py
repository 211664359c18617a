"""Statements of exports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

import msgspec

from solde.db import Connection

from .export_model import Export, ExportRequest, Line, Names, WrittenExport
from .store import sql


async def insert_export(conn: Connection, asked: ExportRequest, name: str, actor: str, action_id: int) -> int:
    """Keep what is asked for, with the names as they are; gives its number."""
    values = {
        "form": asked.form, "file_name": name, "seller_id": asked.seller_id, "currency": asked.currency,
        "siren": asked.siren, "from_on": asked.from_on, "until_on": asked.until_on,
        "options": msgspec.json.encode({"separator": asked.separator, "encoding": asked.encoding}).decode(),
        "created_by": actor, "action_id": action_id,
    }  # fmt: skip
    row = await (await conn.execute(sql.insert_export, values)).fetchone()
    assert row is not None
    return int(row[0])


async def list_exports(
    conn: Connection, *, export_id: int | None, seller_id: int | None, before: int | None, limit: int
) -> list[Export]:
    """Exports before a given one, newest first."""
    values = {"export_id": export_id, "seller_id": seller_id, "before": before, "limit": limit}
    rows = await (await conn.execute(sql.list_exports, values)).fetchall()
    return [
        Export(
            row[0],
            ExportRequest(
                form=row[1], from_on=row[6], until_on=row[7], seller_id=row[3], currency=row[4], siren=row[5], **row[8]
            ),
            row[2], row[9], msgspec.convert(row[10], Names), *row[11:],
        )
        for row in rows
    ]  # fmt: skip


async def list_writers(conn: Connection) -> list[str]:
    """The transactions that write now."""
    return [row[0] for row in await (await conn.execute(sql.list_writers)).fetchall()]


async def stream_lines(conn: Connection, asked: ExportRequest, known_at: datetime) -> AsyncIterator[Line]:
    """The entries of an export as they were recorded by an instant, in a fixed order."""
    values = {
        "from_on": asked.from_on, "until_on": asked.until_on, "seller_id": asked.seller_id, "currency": asked.currency,
        "known_at": known_at,
    }  # fmt: skip
    async with conn.cursor(name="entries") as cursor:
        cursor.itersize = 2000
        await cursor.execute(sql.stream_lines, values)
        async for row in cursor:
            yield Line(*row[:15], tuple(row[15] or ()), *row[16:])  # type: ignore[call-arg]


async def keep_written(conn: Connection, export_id: int, written: WrittenExport) -> bool:
    """Keep what a file amounts to, where nothing was kept yet; gives whether it was."""
    values = {
        "export_id": export_id, "rows": written.rows, "debit": written.debit, "credit": written.credit,
        "bytes": written.bytes, "sha256": bytes.fromhex(written.sha256),
    }  # fmt: skip
    return await (await conn.execute(sql.keep_written, values)).fetchone() is not None


async def keep_parts(conn: Connection, export_id: int, parts: Iterable[bytes]) -> None:
    """Keep a file, part after part, in place of what was kept."""
    await conn.execute(sql.drop_parts, {"export_id": export_id})
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.keep_parts)) as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for part, content in enumerate(parts):
            await copy.write_row((export_id, part, content))
    await conn.execute(sql.mark_kept, {"export_id": export_id})


async def file_years(conn: Connection) -> int:
    """How many years files are kept."""
    row = await (await conn.execute(sql.get_file_years)).fetchone()
    assert row is not None
    return int(row[0])


async def set_file_years(conn: Connection, years: int) -> None:
    """Say how many years files are kept."""
    await conn.execute(sql.set_file_years, {"years": years})


async def drop_old_files(conn: Connection, now: datetime, most: int) -> list[tuple[int, str]]:
    """Drop files kept longer than the setting says; gives the numbers and names of their exports."""
    return await (await conn.execute(sql.drop_old_files, {"now": now, "most": most})).fetchall()


async def read_parts(conn: Connection, export_id: int) -> AsyncIterator[bytes]:
    """The parts of a file."""
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.read_parts), {"export_id": export_id}) as copy:
        copy.set_types(["bytea"])
        async for (content,) in copy.rows():
            yield content


def _bare(statement: bytes) -> bytes:
    return statement.rstrip().rstrip(b";")
