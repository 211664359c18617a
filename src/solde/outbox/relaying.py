"""Turn the audit log into messages: read what is decided past each endpoint's place, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

from . import rules, store
from .model import LAST_ACCOUNT

READ_MOST = 2_000
"""Events read in one transaction."""

STRETCH = 20_000
"""Action numbers looked through in one transaction: the log is kept in their order, a stretch is read fast."""

PAUSE_SECONDS = 0.02
PATIENCE = 50
"""How many pauses a run waits for transactions to end; what is not decided then is decided by the next run."""


async def relay(pool: Pool, *, clock: Clock, patience: int = PATIENCE, most: int = READ_MOST) -> int:
    """Put the events of everything that is decided into the outbox, for each endpoint; gives the number of messages."""
    await transaction(pool, lambda conn: settle(conn, patience))
    relayed, more = 0, True
    while more:
        count, more = await transaction(pool, lambda conn: relay_stretch(conn, clock, most))
        relayed += count
    return relayed


async def settle(conn: Connection, patience: int) -> None:
    """Move the number up to which every action is known for ever.

    An action number that a running transaction drew may yet appear, or never. So the newest number is read, then the
    transactions that drew one and still run: once these have ended, what lies at or below the number is decided.
    """
    state = await store.lock_relay(conn)
    if state is None:
        return
    decided, horizon, running = state
    if horizon > decided and not (running := await _outlast(conn, running, patience)):
        decided = horizon
    if horizon == decided:
        horizon = await store.newest_action(conn)
        # Read after the number: whoever drew one up to it holds its lock since before.
        running = await _outlast(conn, await store.actions_at_work(conn), patience) if horizon > decided else []
        decided = decided if running else horizon
    if (decided, horizon, running) != state:
        await store.save_relay(conn, decided, horizon, running)


async def _outlast(conn: Connection, running: Sequence[str], patience: int) -> list[str]:
    """Wait for transactions; gives those that still run."""
    left = list(running)
    for pause in range(patience + 1):
        if not left or not (left := await store.actions_at_work(conn, left)):
            return []
        await asyncio.sleep(PAUSE_SECONDS if pause < patience else 0)
    return left


async def relay_stretch(conn: Connection, clock: Clock, most: int) -> tuple[int, bool]:
    """Put the next events into the outbox; gives how many messages that made and whether there may be more."""
    state = await store.lock_relay(conn)
    if state is None:
        return 0, False
    decided = state[0]
    endpoints = await store.endpoints_behind(conn, decided)
    if not endpoints:
        return 0, False
    first = endpoints[0]
    until = min(decided, first.through_id + STRETCH)
    events = await store.events_after(conn, (first.through_id, first.through_account), until, most)
    cut = len(events) >= most
    through = (events[-1].action_id, events[-1].account_id) if cut else (until, LAST_ACCOUNT)
    made = await store.insert_messages(conn, rules.plan_messages(events, endpoints), clock())
    await store.move_endpoints(conn, [endpoint.webhook_id for endpoint in endpoints], through)
    return len(made), cut or until < decided
