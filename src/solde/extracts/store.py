"""Statements of extracts."""

from __future__ import annotations

from typing import NamedTuple

from solde.db import Connection, load

sql = load(__package__)


class ListedAccount(NamedTuple):
    """An account with whose it is."""

    account_id: int
    code: str
    customer: str
    name: str
    seller: str
    currency: str
    state: str


async def list_accounts(conn: Connection, after: int, seller_id: int | None, limit: int) -> list[ListedAccount]:
    """Accounts after a given one."""
    values = {"after": after, "seller_id": seller_id, "limit": limit}
    return [ListedAccount(*row) for row in await (await conn.execute(sql.list_accounts, values)).fetchall()]
