"""Statements of accounting: taking operations to the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from solde.db import Connection, load
from solde.operations import PostingStatus
from solde.operations.rejected import PostingRow

from .model import Failure, RunPosition, SliceRange

sql = load(__package__)


@dataclass(slots=True)
class SliceOutcome:
    """What came of a slice."""

    operations: int = 0
    entries: int = 0
    marks: dict[int, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    exported: list[PostingRow] = field(default_factory=list)
    cleared: list[tuple[int, int]] = field(default_factory=list)


async def next_slice(conn: Connection, place: RunPosition, *, most: int, accounts: int) -> list[SliceRange]:
    """The next accounts with operations to be taken, from a place on."""
    values = {"account_id": place.account_id, "number": place.number, "most": most, "accounts": accounts}
    return [SliceRange(*row) for row in await (await conn.execute(sql.next_slice, values)).fetchall()]


async def write_entries(
    conn: Connection, stretches: Sequence[SliceRange], place: RunPosition, *, until: date | None, action_id: int
) -> SliceOutcome:
    """Write the pieces and entries of locked accounts."""
    values = {
        "account_ids": [s.account_id for s in stretches],
        "from_numbers": [s.from_number for s in stretches],
        "through_numbers": [s.through_number for s in stretches],
        "firsts": [s.account_id != place.account_id or place.number == 0 for s in stretches],
        "until": until,
        "action_id": action_id,
    }
    cursor = await conn.execute(sql.write_entries, values)
    outcome = SliceOutcome()
    for kind, account_id, number, day, reason, detail, entries in await cursor.fetchall():
        if kind == "count":
            outcome.operations, outcome.entries = number, entries
        elif kind == "mark":
            outcome.marks[account_id] = number
        elif kind == "failed":
            outcome.failures.append(Failure(account_id, number, day, reason, detail))
        elif kind == "exported":
            outcome.exported.append((account_id, number, PostingStatus.EXPORTED, day, reason, None))
        else:
            outcome.cleared.append((account_id, number))
    return outcome
