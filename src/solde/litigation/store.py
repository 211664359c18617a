"""Statements of litigation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from solde.db import Connection, load

from .model import Disputed, DisputeRequest, LitigationEvent

sql = load(__package__)


async def last_events(conn: Connection, numbers: Sequence[tuple[int, int]]) -> dict[tuple[int, int], date]:
    """The day of the newest event of each operation, given as (account, number), that has one."""
    cursor = await conn.execute(
        sql.last_events, {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    )
    return {(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def insert_events(conn: Connection, events: Sequence[tuple[Disputed, DisputeRequest, int]]) -> None:
    """Write events, each with its request and action, and move the accounts' counters."""
    made = [e for e, _, _ in events]
    await conn.execute(
        sql.insert_events,
        {
            "account_ids": [e.account_id for e in made],
            "event_numbers": [e.event_number for e in made],
            "numbers": [e.number for e in made],
            "verbs": [e.verb.value for e in made],
            "disputeds": [e.disputed for e in made],
            "effective_ons": [e.effective_on for e in made],
            "reasons": [r.reason for _, r, _ in events],
            "owners": [r.owner for _, r, _ in events],
            "review_ons": [r.review_on for _, r, _ in events],
            "action_ids": [action for _, _, action in events],
        },
    )
    last = {e.account_id: e.event_number for e in sorted(made, key=lambda e: e.event_number)}
    await conn.execute(sql.count_disputes, {"account_ids": list(last), "last_disputes": list(last.values())})


async def list_events(conn: Connection, account_id: int, numbers: Sequence[int]) -> list[LitigationEvent]:
    """Events of these operations, oldest first."""
    cursor = await conn.execute(sql.list_events, {"account_id": account_id, "numbers": list(numbers)})
    return [LitigationEvent(*row) for row in await cursor.fetchall()]
