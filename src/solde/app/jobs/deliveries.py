"""Webhooks and mail as jobs: one finds what is due, and each receiver has its own, so that a slow one delays no other."""

from __future__ import annotations

from solde.db import Pool
from solde.kernel.dates import utc_now
from solde.outbox import OutboxSettings, deliver_to, put_out

from . import store

AT_ONCE = 16
"""Receivers that one process sends to at a time; those that fail come behind the others."""


async def put_deliveries(pool: Pool) -> int:
    """Put new events into the outbox, and a job into the queue for every receiver with something to take; gives how many."""
    due = await put_out(pool, OutboxSettings.from_environment(), clock=utc_now)
    if due:
        async with pool.connection() as conn:
            await store.enqueue_deliveries(conn, {one.receiver: one.failing for one in due})
    return len(due)


async def deliver_now(pool: Pool, receiver: int) -> int:
    """Send one receiver what is due; gives how much arrived."""
    return (await deliver_to(pool, receiver, OutboxSettings.from_environment(), clock=utc_now)).delivered
