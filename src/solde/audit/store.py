"""Statements of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from solde.db import Connection, load

from .model import AuditRecord, KeptRecord, SealedFacts

sql = load(__package__)

READ_AT_ONCE = 5000


async def next_action_ids(conn: Connection, count: int) -> list[int]:
    """Draw `count` action numbers."""
    rows = await (await conn.execute(sql.next_action_ids, {"count": count})).fetchall()
    return [row[0] for row in rows]


async def insert_audit_records(conn: Connection, records: Sequence[AuditRecord]) -> None:
    """Append the records in one statement."""
    await conn.execute(sql.insert_audit_records, {"records": msgspec.json.encode(records, enc_hook=str).decode()})


async def list_records(
    conn: Connection,
    account_ids: Sequence[int],
    before: int,
    before_account: int,
    limit: int,
    *,
    actor: str | None,
    verbs: Sequence[str] | None,
) -> list[KeptRecord]:
    """Records of accounts older than a place, newest first; `verbs` are patterns as `like` takes them."""
    values = {"account_ids": list(account_ids), "before": before, "before_account": before_account, "limit": limit}
    narrowed = {"actor": actor, "verbs": None if verbs is None else list(verbs)}
    return [KeptRecord(*row) for row in await (await conn.execute(sql.list_records, values | narrowed)).fetchall()]


async def list_actors(conn: Connection, account_ids: Sequence[int], latest: int) -> list[str]:
    """Who did something on accounts, among the latest records of each."""
    values = {"account_ids": list(account_ids), "latest": latest}
    return [row[0] for row in await (await conn.execute(sql.list_actors, values)).fetchall()]


async def lock_chain(conn: Connection) -> None:
    """Wait until no other sealer works."""
    await conn.execute(sql.lock_chain)


async def last_block(conn: Connection) -> tuple[int, int, bytes] | None:
    """Number, end and hash of the newest block."""
    row = await (await conn.execute(sql.last_block)).fetchone()
    return None if row is None else (row[0], row[1], bytes(row[2]))


async def action_horizon(conn: Connection) -> tuple[int, list[str]]:
    """The newest action number drawn, and the transactions that may hold one unseen."""
    row = await (await conn.execute(sql.action_horizon)).fetchone()
    assert row is not None
    return row[0], row[1]


async def count_still_running(conn: Connection, transactions: list[str]) -> int:
    """How many of these transactions still run."""
    row = await (await conn.execute(sql.still_running, {"transactions": transactions})).fetchone()
    assert row is not None
    return int(row[0])


async def records_between(conn: Connection, after_id: int, through_id: int) -> list[tuple[object, ...]]:
    """The records of a stretch in order, as they are sealed."""
    rows: list[tuple[object, ...]] = []
    async with conn.cursor(name="audit_records") as cursor:
        await cursor.execute(sql.records_between, {"after_id": after_id, "through_id": through_id})
        while page := await cursor.fetchmany(READ_AT_ONCE):
            rows += page
    return rows


async def insert_block(
    conn: Connection,
    number: int,
    after_id: int,
    through_id: int,
    records: int,
    previous: bytes,
    digest: bytes,
    facts: SealedFacts,
) -> None:
    """Put a block at the end of the chain."""
    await conn.execute(
        sql.insert_block,
        {
            "block_number": number,
            "after_id": after_id,
            "through_id": through_id,
            "records": records,
            "previous_hash": previous,
            "hash": digest,
            "facts": msgspec.json.encode(facts).decode(),
        },
    )


async def list_blocks(conn: Connection) -> list[tuple[int, int, int, int, bytes, bytes, SealedFacts]]:
    """The whole chain, oldest first."""
    rows = await (await conn.execute(sql.list_blocks)).fetchall()
    return [(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]), r[6]) for r in rows]


async def forget_answers(conn: Connection, before: datetime, most: int) -> int:
    """Drop answers given before an instant; gives how many."""
    row = await (await conn.execute(sql.forget_answers, {"before": before, "most": most})).fetchone()
    return 0 if row is None else int(row[0])
