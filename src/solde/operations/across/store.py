"""Statements of the lists over all accounts."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection, load

from ..store import operation_of
from .model import ListedOperation

sql = load(__package__)


async def read_listed(conn: Connection, keys: Sequence[tuple[int, int]]) -> list[ListedOperation]:
    """These operations (account, number) as they stand, in this order, with whose they are."""
    if not keys:
        return []
    values = {"account_ids": [key[0] for key in keys], "numbers": [key[1] for key in keys]}
    rows = await (await conn.execute(sql.listed_operations, values)).fetchall()
    return [ListedOperation(operation_of(row[4:]), *row[:4]) for row in rows]


async def find_account(conn: Connection, code: str, seller_id: int | None) -> int | None:
    """The key of an account, where the seller has it."""
    row = await (await conn.execute(sql.account_of_code, {"code": code, "seller_id": seller_id})).fetchone()
    return None if row is None else int(row[0])
