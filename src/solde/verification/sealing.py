"""Seal the audit trail, and beside it the facts that the actions wrote and how everything stands after them."""

from __future__ import annotations

from solde import audit
from solde.audit import ActionRange, SealedFacts
from solde.db import Connection, Pool, load

sql = load(__package__)

ACCOUNTS_AT_ONCE = 5_000
"""Accounts whose rows are sealed by one statement."""


async def seal(pool: Pool) -> int:
    """Seal every record of actions that are decided, and what they wrote; gives the number of records sealed."""
    return await audit.seal(pool, _Beside())


async def as_sealed(conn: Connection) -> None:
    """Let this transaction write days and times as text the way seals are taken."""
    await conn.execute("set local timezone = 'UTC'")
    await conn.execute("set local datestyle = 'ISO, YMD'")


class _Beside:
    async def last_number(self, conn: Connection) -> int:
        row = await (await conn.execute(sql.last_sealed)).fetchone()
        return 0 if row is None else int(row[0])

    async def facts(self, conn: Connection, stretch: ActionRange) -> SealedFacts:
        await as_sealed(conn)
        rows = await (await conn.execute(sql.facts_of, _bounds(stretch))).fetchall()
        return {fact: [int(count), digest] for fact, count, digest in rows}

    async def state(self, conn: Connection, stretch: ActionRange, digest: bytes) -> None:
        await as_sealed(conn)
        rows = await (await conn.execute(sql.accounts_of, _bounds(stretch))).fetchall()
        account_ids = [row[0] for row in rows]
        block = {"block_number": stretch.block_number}
        for begin in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
            batch = {"account_ids": account_ids[begin : begin + ACCOUNTS_AT_ONCE]}
            await conn.execute(sql.seal_state, _bounds(stretch) | block | batch)
        await conn.execute(sql.drop_chain_end)
        await conn.execute(sql.keep_chain_end, block | {"hash": digest})


def _bounds(stretch: ActionRange) -> dict[str, object]:
    return {"after_id": stretch.after_id, "through_id": stretch.through_id}
