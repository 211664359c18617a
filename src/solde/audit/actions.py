"""Append records; seal them into the chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from solde.db import Connection, Pool, transaction
from solde.kernel.card_numbers import find_card_number
from solde.kernel.refusals import Refused

from . import rules, store
from .model import ActionRange, AuditRecord, SealedFacts


class Beside(Protocol):
    """What is sealed beside the records of a stretch of actions."""

    async def last_number(self, conn: Connection) -> int:
        """The number of the last block that was sealed, as it is known outside the chain."""

    async def facts(self, conn: Connection, stretch: ActionRange) -> SealedFacts:
        """The facts that the actions of the stretch wrote."""

    async def state(self, conn: Connection, stretch: ActionRange, digest: bytes) -> None:
        """Seal how everything stands after the stretch, whose block has this hash."""


BLOCK_MOST = 100_000
"""Action numbers one block spans at the most, so that sealing and checking take bounded steps."""


FORGOTTEN_AT_ONCE = 5_000


async def append(conn: Connection, records: Sequence[AuditRecord]) -> None:
    """Write the records in the transaction of what they tell.

    Refuses: card_number_in_text.
    """
    for record in records:
        # The last door: whatever it came through, a card number is not kept for ever.
        for told in (record.reason, record.before, record.after):
            if (bad := find_card_number(told)) is not None:
                raise Refused(bad)
    if records:
        await store.insert_audit_records(conn, records)


async def next_action_ids(conn: Connection, count: int) -> list[int]:
    """Draw numbers for actions; a number whose action is refused stays unused."""
    return await store.next_action_ids(conn, count)


async def seal(pool: Pool, beside: Beside | None = None, *, pause: float = 0.02) -> int:
    """Seal every record of actions that are decided; gives the number of records sealed.

    An action number drawn by a transaction that still runs may yet appear. So the newest number is
    read together with the transactions running at that moment, and sealing waits until those ended:
    what lies at or below the number is then decided for ever.

    `beside` seals what else there is of each stretch, in the transaction of its block.
    """
    async with pool.connection() as conn:
        horizon, running = await store.action_horizon(conn)
        while running and await store.count_still_running(conn, running):
            await asyncio.sleep(pause)

    sealed, more = 0, True
    while more:
        count, more = await transaction(pool, lambda conn: _seal_block(conn, horizon, beside))
        sealed += count
    return sealed


async def _seal_block(conn: Connection, horizon: int, beside: Beside | None) -> tuple[int, bool]:
    await store.lock_chain(conn)
    last = await store.last_block(conn)
    number, after_id, previous = last if last is not None else (0, 0, rules.GENESIS)
    through_id = min(horizon, after_id + BLOCK_MOST)
    if through_id <= after_id:
        return 0, False
    known = await beside.last_number(conn) if beside else 0
    # A block that was sealed and is gone leaves a gap in the numbers for ever.
    stretch = ActionRange(max(number, known) + 1, after_id, through_id)
    facts = await beside.facts(conn, stretch) if beside else {}
    rows = await store.records_between(conn, after_id, through_id)
    digest, count = rules.chain_hash(previous, after_id, through_id, facts, rows)
    await store.insert_block(conn, stretch.block_number, after_id, through_id, count, previous, digest, facts)
    if beside:
        await beside.state(conn, stretch, digest)
    return count, through_id < horizon


async def forget_answers(pool: Pool, before: datetime) -> int:
    """Drop the answers kept for repeated requests that were given before an instant; gives how many.

    The keys stay, so that an old request sent again is refused and never done twice.
    """
    forgotten, more = 0, True
    while more:
        count = await transaction(pool, lambda conn: store.forget_answers(conn, before, FORGOTTEN_AT_ONCE))
        forgotten, more = forgotten + count, count == FORGOTTEN_AT_ONCE
    return forgotten
