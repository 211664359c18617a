"""Statements of the HTTP API."""

from __future__ import annotations

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
