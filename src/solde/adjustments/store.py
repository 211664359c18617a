"""Statements of adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solde.db import Connection, load

from .model import AccountStanding, Adjustment, AdjustmentRecord, AdjustmentState, AdjustmentType, OpenCredit

sql = load(__package__)

LARGEST_NUMBER = 2**62


async def standings_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, AccountStanding]:
    """How accounts stand; an unknown one is absent."""
    rows = await (await conn.execute(sql.standings_of, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: AccountStanding(*row) for row in rows}


async def unallocated_of(conn: Connection, account_ids: Sequence[int], most: int) -> dict[int, list[OpenCredit]]:
    """Unallocated payments of accounts, the oldest due first, at most so many of each."""
    cursor = await conn.execute(sql.unallocated_of, {"account_ids": list(account_ids), "most": most})
    found: dict[int, list[OpenCredit]] = {account: [] for account in account_ids}
    for row in await cursor.fetchall():
        found[row[0]].append(OpenCredit(*row))
    return found


async def insert_adjustments(conn: Connection, made: Sequence[AdjustmentRecord], action_ids: Sequence[int]) -> None:
    """Write adjustments and the operations they posted."""
    posted = [(m.request.account_id, number, m.number) for m in made for number in m.operations]
    columns: dict[str, list[Any]] = {
        "account_ids": [m.request.account_id for m in made],
        "numbers": [m.number for m in made],
        "types": [m.request.type.value for m in made],
        "amounts": [m.amount for m in made],
        "payment_modes": [m.before.payment_mode for m in made],
        "befores": [m.before.owed for m in made],
        "afters": [m.balance_after for m in made],
        "roundings": [m.rounding for m in made],
        "unallocated_befores": [m.before.unallocated for m in made],
        "unallocated_afters": [None if m.transaction_number else m.after.unallocated for m in made],
        "item_numbers": [m.item_number for m in made],
        "transaction_numbers": [m.transaction_number for m in made],
        "visibles": [m.request.visible for m in made],
        "internals": [m.request.internal for m in made],
        "ons": [m.on for m in made],
        "action_ids": list(action_ids),
        "posted_account_ids": [row[0] for row in posted],
        "posted_numbers": [row[1] for row in posted],
        "posted_by": [row[2] for row in posted],
    }
    await conn.execute(sql.insert_adjustments, columns)


async def list_adjustments(
    conn: Connection, account_id: int, *, before: int = LARGEST_NUMBER, number: int | None = None, limit: int
) -> list[Adjustment]:
    """Adjustments of an account, newest first; with `number` that one."""
    values = {"account_id": account_id, "before": before, "number": number, "limit": limit}
    return [_adjustment(row) for row in await (await conn.execute(sql.list_adjustments, values)).fetchall()]


async def find_adjustment(conn: Connection, account_id: int, number: int) -> Adjustment | None:
    """An adjustment of an account."""
    found = await list_adjustments(conn, account_id, number=number, limit=1)
    return found[0] if found else None


def _adjustment(row: tuple[Any, ...]) -> Adjustment:
    values = [*row]
    values[2], values[6], values[18] = AdjustmentType(row[2]), AdjustmentState(row[6]), tuple(row[18])
    return Adjustment(*values)
