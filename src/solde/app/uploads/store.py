"""Statements of uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

import msgspec

from solde.db import Connection, load
from solde.files import Survey

from .model import NewUpload, Upload

sql = load(__package__)

_HEAD = 6


async def insert_upload(conn: Connection, new: NewUpload, size: int, now: datetime) -> int:
    """Note a file; gives its number."""
    values = {
        "kind": new.kind, "file_name": new.file_name, "bytes": size, "seller": new.seller, "actor": new.actor,
        "head": msgspec.json.encode(new.head).decode(), "now": now,
    }  # fmt: skip
    row = await (await conn.execute(sql.insert_upload, values)).fetchone()
    assert row is not None
    return int(row[0])


async def keep_upload(conn: Connection, upload_id: int, parts: Iterable[bytes]) -> None:
    """Keep the file, part after part."""
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.keep_upload)) as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for part, content in enumerate(parts):
            await copy.write_row((upload_id, part, content))


async def read_upload(conn: Connection, upload_id: int) -> AsyncIterator[bytes]:
    """The parts of the file."""
    async with conn.cursor() as cursor, cursor.copy(_bare(sql.read_upload), {"upload_id": upload_id}) as copy:
        copy.set_types(["bytea"])
        async for (content,) in copy.rows():
            yield content


def _bare(statement: bytes) -> bytes:
    return statement.rstrip().rstrip(b";")


async def find_upload(conn: Connection, upload_id: int, *, actor: str, kind: str) -> Upload | None:
    """A file of this person and kind."""
    asked = {"upload_id": upload_id, "actor": actor, "kind": kind}
    row = await (await conn.execute(sql.find_upload, asked)).fetchone()
    if row is None:
        return None
    values = list(row)
    values[_HEAD] = msgspec.json.decode(row[_HEAD], type=Survey)
    return Upload(*values)


async def lock_upload(conn: Connection, upload_id: int) -> None:
    """Wait for another change of it; what is read afterwards is the newest."""
    await conn.execute(sql.lock_upload, {"upload_id": upload_id})


async def choose_mapping(conn: Connection, upload_id: int, mapping: str, *, unidentified: bool) -> None:
    """Write how its columns are read."""
    values = {"upload_id": upload_id, "mapping": mapping, "unidentified": unidentified}
    await conn.execute(sql.choose_mapping, values)


async def keep_head(conn: Connection, upload_id: int, head: Survey) -> None:
    """Write what was seen of it when it was read another way."""
    await conn.execute(sql.keep_head, {"upload_id": upload_id, "head": msgspec.json.encode(head).decode()})


async def note_check(conn: Connection, upload_id: int, job_id: int) -> None:
    """Write which job judges it."""
    await conn.execute(sql.note_check, {"upload_id": upload_id, "job_id": job_id})


async def note_import(conn: Connection, upload_id: int, job_id: int) -> None:
    """Write which job imports it."""
    await conn.execute(sql.note_import, {"upload_id": upload_id, "job_id": job_id})


async def forget_uploads(conn: Connection, before: datetime) -> None:
    """Drop files sent before an instant."""
    await conn.execute(sql.forget_uploads, {"before": before})
