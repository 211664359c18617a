"""When entries are made by themselves: each night, of operations whose accounting day is so many days ago."""

from __future__ import annotations

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import scheme_store as store

BAD_DAYS_AGO = declare(
    "nightly_days_invalid", Kind.INVALID, "Write how many days ago, 0 to 400, or leave it blank: then only by hand."
)


async def get_night(conn: Connection) -> int | None:
    """Up to how many days ago entries are made each night; None: only by hand."""
    return await store.night(conn)


async def set_night(conn: Connection, days_ago: str, *, actor: str) -> None:
    """Say it, as typed; nothing happens where it stays. Refuses nightly_days_invalid."""
    text = days_ago.strip()
    if text and (not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) > 400):
        raise Refused(refuse(BAD_DAYS_AGO, "{text!r} is no number of days", text=text, field="days_ago"))
    value, before = int(text) if text else None, await store.night(conn)
    if value == before:
        return
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.set_night(conn, value)
    told = ({"days_ago": before}, {"days_ago": value})
    await audit.append(conn, [AuditRecord(0, action_id, actor, "nightly_entries", before=told[0], after=told[1])])
