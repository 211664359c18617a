"""Statements of the web face: sign-ins, and a few questions about the database itself."""

from __future__ import annotations

from datetime import datetime

from solde.access import Caller, Role, Token
from solde.access.actions import as_caller
from solde.db import Connection, load

sql = load(__package__)


async def insert_session(conn: Connection, digest: bytes, token_id: int, now: datetime, expires_at: datetime) -> None:
    """Keep a sign-in, and forget those that have ended."""
    values = {"hash": digest, "token_id": token_id, "now": now, "expires_at": expires_at}
    await conn.execute(sql.insert_session, values)


async def find_session(conn: Connection, digest: bytes, now: datetime) -> tuple[Caller, int | None] | None:
    """Who is signed in, and the seller they are kept to."""
    row = await (await conn.execute(sql.find_session, {"hash": digest, "now": now})).fetchone()
    if row is None:
        return None
    token_id, name, prefix, role, seller, created_at, expires_at, last_used_at, revoked_at, seller_id = row
    token = Token(token_id, name, prefix, Role(role), seller, created_at, expires_at, last_used_at, revoked_at)
    return as_caller(token), seller_id


async def delete_session(conn: Connection, digest: bytes) -> None:
    """End a sign-in."""
    await conn.execute(sql.delete_session, {"hash": digest})


async def current_snapshot(conn: Connection) -> str:
    """Which transactions are visible; the same text twice means that nothing has changed in between."""
    row = await (await conn.execute(sql.current_snapshot)).fetchone()
    assert row is not None
    return str(row[0])
