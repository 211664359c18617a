"""Statements of access."""

from __future__ import annotations

from datetime import datetime

from solde.db import Connection, load

from .model import Role, Token

sql = load(__package__)


def _token(row: tuple[object, ...]) -> Token:
    return Token(row[0], row[1], row[2], Role(row[3]), *row[4:])  # type: ignore[arg-type]


async def insert_token(
    conn: Connection,
    *,
    name: str,
    prefix: str,
    digest: bytes,
    role: Role,
    seller: str | None,
    now: datetime,
    expires_at: datetime | None,
) -> Token:
    """Write a new token."""
    values = {
        "name": name,
        "prefix": prefix,
        "hash": digest,
        "role": role.value,
        "seller": seller,
        "now": now,
        "expires_at": expires_at,
    }
    row = await (await conn.execute(sql.insert_token, values)).fetchone()
    assert row is not None
    return _token(row)


async def list_tokens(conn: Connection) -> list[Token]:
    """Every token, newest first."""
    return [_token(row) for row in await (await conn.execute(sql.list_tokens)).fetchall()]


async def use_token(conn: Connection, digest: bytes, now: datetime) -> Token | None:
    """The token of a hash; that it is used is noted about once a minute."""
    row = await (await conn.execute(sql.use_token, {"hash": digest, "now": now})).fetchone()
    return None if row is None else _token(row)


async def revoke_token(conn: Connection, token_id: int, now: datetime) -> Token | None:
    """Take a token out of use; None where there is none, or it was already."""
    row = await (await conn.execute(sql.revoke_token, {"token_id": token_id, "now": now})).fetchone()
    return None if row is None else _token(row)


async def lock_key(conn: Connection, account_id: int, key: str) -> None:
    """Wait for another request with the same key; what is read afterwards, in another statement, is the newest."""
    await conn.execute(sql.lock_key, {"account_id": account_id, "key": key})


async def find_answer(conn: Connection, account_id: int, key: str) -> tuple[bytes, str | None] | None:
    """Hash of the request answered under a key, and the answer."""
    row = await (await conn.execute(sql.find_answer, {"account_id": account_id, "key": key})).fetchone()
    return None if row is None else (bytes(row[0]), row[1])


async def keep_answer(conn: Connection, account_id: int, key: str, request_hash: bytes, response: str) -> None:
    """Keep the answer given under a key."""
    values = {"account_id": account_id, "key": key, "request_hash": request_hash, "response": response}
    await conn.execute(sql.keep_answer, values)
