"""Which customers somebody looked at last."""

from __future__ import annotations

from datetime import datetime

from solde.db import Connection

from . import store
from .filtering import customer_conditions
from .lists import LINES, found_customer
from .model import CustomerFilters, FoundCustomer

KEPT = 50
"""How many customers are remembered for every person."""

_PAGE = """
with page as materialized (
    select row_number() over (order by v.viewed_at desc, v.customer_id) as rank, c.sort_name, c.customer_id
    from recently_viewed v
    join customer c on c.customer_id = v.customer_id
    where v.actor = %(actor)s and {conditions}
    order by v.viewed_at desc, v.customer_id
    limit %(limit)s
)"""


async def note_viewed(conn: Connection, actor: str, customer_id: int, *, now: datetime) -> None:
    """Note that somebody looks at a customer."""
    await store.note_viewed(conn, actor, customer_id, now, KEPT)


async def list_recently_viewed(
    conn: Connection, actor: str, seller_id: int | None = None, *, limit: int = 10
) -> list[FoundCustomer]:
    """The customers somebody looked at, the last one first, where the seller has them."""
    conditions, values = customer_conditions(CustomerFilters(), seller_id)
    page = _PAGE.replace("{conditions}", " and ".join(["true", *conditions]))
    asked = values | {"actor": actor, "limit": limit}
    rows = await (await conn.execute(f"{page} {LINES}".encode(), asked)).fetchall()
    return [found_customer(row) for row in rows]
