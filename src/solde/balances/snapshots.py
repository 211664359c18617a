"""Snapshots of totals, so that a past balance is read from near by. They change no figure, only its cost."""

from __future__ import annotations

from functools import partial

from solde.db import Connection, Pool, transaction

from . import store

LEAST = 1000
"""How many operations gather before another snapshot pays."""


async def take_snapshots(pool: Pool, *, least: int = LEAST, slice_size: int = 100) -> int:
    """Bring the snapshots of every account that lies behind up to date; gives the number of accounts."""
    after, done = 0, 0
    while True:
        async with pool.connection() as conn:
            lags = await store.accounts_to_snapshot(conn, least, after, slice_size)
        if not lags:
            return done
        for lag in lags:
            await transaction(pool, partial(_snapshot_lag, lag=lag, least=least))
        after, done = lags[-1].account_id, done + len(lags)


async def _snapshot_lag(conn: Connection, *, lag: store.Lag, least: int) -> None:
    await snapshot_account(conn, lag.account_id, lag.last_number, least=least)


async def snapshot_account(conn: Connection, account_id: int, through: int, *, least: int = LEAST) -> None:
    """Bring one account's snapshots up to an operation number that is committed."""
    await store.extend_snapshots(conn, account_id, through, least)
