"""Customers that may be there already: another of the seller has the same VAT number, registration number, or name and country."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection

from .model import Like
from .store import sql


async def find_likes(conn: Connection, customer_ids: Sequence[int]) -> list[Like]:
    """The older customers that these are like, a few of each; a warning, not a refusal.

    Shape: one statement for all of them, by indexes; in order of what was made.
    """
    if not customer_ids:
        return []
    rows = await (await conn.execute(sql.find_likes, {"customer_ids": list(customer_ids)})).fetchall()
    return [Like(row[0], row[1], row[2], tuple(row[3])) for row in rows]
