"""How long files of entries are kept. What was exported, with its digest, stays for ever and can be made again to the byte."""

from __future__ import annotations

from datetime import datetime

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import export_store as store

BAD_FILE_YEARS = declare("file_years_invalid", Kind.INVALID, "Write how many years files are kept, 1 to 99.")
DROPPED_AT_ONCE = 20


async def get_file_years(conn: Connection) -> int:
    """How many years files of entries are kept."""
    return await store.file_years(conn)


async def set_file_years(conn: Connection, years: str, *, actor: str) -> None:
    """Say it, as typed; nothing happens where it stays. Refuses file_years_invalid."""
    text = years.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) < 1:
        raise Refused(refuse(BAD_FILE_YEARS, "{text!r} is no number of years", text=text, field="years"))
    before = await store.file_years(conn)
    if int(text) == before:
        return
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.set_file_years(conn, int(text))
    record = AuditRecord(
        0, action_id, actor, "accounting_file_years", before={"years": before}, after={"years": int(text)}
    )
    await audit.append(conn, [record])


async def drop_old_files(pool: Pool, *, now: datetime, actor: str) -> int:
    """Drop the files that were kept as long as the setting says, some at a time; gives how many."""
    dropped = 0

    async def work(conn: Connection) -> int:
        found = await store.drop_old_files(conn, now, DROPPED_AT_ONCE)
        if found:
            (action_id,) = await audit.next_action_ids(conn, 1)
            told = {"exports": [{"export": number, "file": name} for number, name in sorted(found)]}
            await audit.append(conn, [AuditRecord(0, action_id, actor, "accounting_files_drop", after=told)])
        return len(found)

    while count := await transaction(pool, work):
        dropped += count
    return dropped
