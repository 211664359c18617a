"""Statements of the HTTP API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from solde.db import Connection, load

sql = load(__package__)


async def list_audit(
    conn: Connection,
    *,
    account_id: int | None,
    actor: str | None,
    verb: str | None,
    seller_id: int | None,
    before: int,
    before_account: int,
    after: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Audit records with action numbers between two bounds, newest first."""
    values = {
        "account_id": account_id,
        "actor": actor,
        "verb": verb,
        "seller_id": seller_id,
        "before": before,
        "before_account": before_account,
        "after": after,
        "limit": limit,
    }
    return await (await conn.execute(sql.list_audit, values)).fetchall()


async def newest_action(conn: Connection) -> int:
    """The newest action number drawn."""
    row = await (await conn.execute(sql.newest_action)).fetchone()
    assert row is not None
    return int(row[0])


async def find_job(conn: Connection, job_id: int) -> tuple[Any, ...] | None:
    """One job as seen from outside."""
    return await (await conn.execute(sql.find_job, {"job_id": job_id})).fetchone()


async def insert_job(conn: Connection, *, kind: str, arguments: str, created_by: str) -> tuple[int, datetime]:
    """Note long work that will begin; gives its number and when."""
    values = {"kind": kind, "arguments": arguments, "created_by": created_by}
    row = await (await conn.execute(sql.insert_job, values)).fetchone()
    assert row is not None
    return row[0], row[1]


async def move_job(conn: Connection, job_id: int, *, step: str | None, done: int, total: int | None) -> None:
    """Write how far a job is."""
    await conn.execute(sql.move_job, {"job_id": job_id, "step": step, "done": done, "total": total})


async def end_job(
    conn: Connection, job_id: int, *, state: str, done: int, total: int | None, result: str | None, errors: str | None
) -> None:
    """Write how a job ended; result and errors are JSON texts."""
    values = {"job_id": job_id, "state": state, "done": done, "total": total, "result": result, "errors": errors}
    await conn.execute(sql.end_job, values)
