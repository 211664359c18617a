"""Statements of closing."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection, load

from .model import Blocker, BlockerKind

sql = load(__package__)


async def list_blockers(conn: Connection, account_ids: Sequence[int]) -> list[Blocker]:
    """Everything that holds these accounts open, by account."""
    rows = await (await conn.execute(sql.list_blockers, {"account_ids": list(account_ids)})).fetchall()
    return [Blocker(row[0], row[1], BlockerKind(row[2]), *row[3:]) for row in rows]
