"""Statements of the rejected queue, and of how accounting stands with operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.errors import QueryCanceled

from solde.db import Connection, load

from ..model import Barred, PostingStatus, Side
from .model import DatedThere, Key, PostingStanding, RejectedOperation

sql = load(__package__)

PostingRow = tuple[int, int, PostingStatus, date | None, str, str | None]
"""Account, number, status, accounting day, reason, detail."""


def _columns(keys: Sequence[Key]) -> dict[str, object]:
    return {"account_ids": [key[0] for key in keys], "numbers": [key[1] for key in keys]}


async def standings_of(conn: Connection, keys: Sequence[Key]) -> dict[Key, PostingStanding]:
    """How accounting stands with operations; an unknown one is absent."""
    rows = await (await conn.execute(sql.standings_of, _columns(keys))).fetchall()
    return {(r[0], r[2]): PostingStanding(r[0], r[1], r[2], r[3], PostingStatus(r[4]), r[5], r[6]) for r in rows}


async def statuses_of(conn: Connection, keys: Sequence[Key]) -> dict[Key, PostingStatus]:
    """How far the books know operations."""
    if not keys:
        return {}
    rows = await (await conn.execute(sql.statuses_of, _columns(keys))).fetchall()
    return {(row[0], row[1]): PostingStatus(row[2]) for row in rows}


async def set_posting(conn: Connection, rows: Sequence[PostingRow]) -> None:
    """Say how accounting stands with operations where that is not the plain way; their accounts are locked."""
    if rows:
        given = {
            "statuses": [row[2].value for row in rows],
            "days": [row[3] for row in rows],
            "reasons": [row[4] for row in rows],
            "details": [row[5] for row in rows],
        }
        await conn.execute(sql.set_posting, _columns([row[:2] for row in rows]) | given)


async def clear_posting(conn: Connection, keys: Sequence[Key]) -> None:
    """Let operations stand with accounting in the plain way again: by their own day, exported up to the account's mark."""
    if keys:
        await conn.execute(sql.clear_posting, _columns(keys))


async def advance_marks(conn: Connection, through: Mapping[int, int]) -> None:
    """Take accounts' operations as exported up to a number; their accounts are locked."""
    if through:
        await conn.execute(sql.advance_marks, _columns(list(through.items())))


async def list_rejected(
    conn: Connection, status: PostingStatus, seller_id: int | None, account_id: int | None, after: Key, limit: int
) -> list[RejectedOperation]:
    """Operations that wait with a status, by account and number."""
    given = {
        "status": status.value,
        "seller_id": seller_id,
        "account_id": account_id,
        "after_account": after[0],
        "after_number": after[1],
        "limit": limit,
    }
    rows = await (await conn.execute(sql.list_rejected, given)).fetchall()
    return [_rejected(r) for r in rows]


def _rejected(r: Sequence[Any]) -> RejectedOperation:
    return RejectedOperation(*r[:7], Side(r[7]), *r[8:14], PostingStatus(r[14]), *r[15:])  # type: ignore[call-arg]


async def count_rejected(conn: Connection, status: PostingStatus, seller_id: int | None, most: int) -> int:
    """How many operations wait with a status, counted up to a bound."""
    given = {"status": status.value, "seller_id": seller_id, "most": most}
    row = await (await conn.execute(sql.count_rejected, given)).fetchone()
    return 0 if row is None else int(row[0])


async def barred_since_begin(conn: Connection, account_id: int) -> list[Barred]:
    """What of an account was posted into closed days since this transaction began."""
    rows = await (await conn.execute(sql.barred_since_begin, {"account_id": account_id})).fetchall()
    return [Barred(*row) for row in rows]


async def count_dated(conn: Connection, starts_on: date, ends_on: date, *, seconds: float) -> DatedThere | None:
    """How many operations are dated in some days for accounting; None where counting takes too long."""
    try:
        async with conn.transaction():
            await conn.execute(sql.limit_counting, {"most": f"{int(seconds * 1000)}ms"})
            rows = await (await conn.execute(sql.count_dated, {"starts_on": starts_on, "ends_on": ends_on})).fetchall()
            await conn.execute(sql.limit_counting, {"most": "0"})
    except QueryCanceled:
        return None
    found: dict[str, int] = dict(rows)
    return DatedThere(*(found.get(one.value, 0) for one in _COUNTED))


_COUNTED = (PostingStatus.POSTED, PostingStatus.EXPORTED, PostingStatus.REJECTED, PostingStatus.EXPORT_FAILED)
