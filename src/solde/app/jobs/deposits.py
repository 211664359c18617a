"""The periodic job that gives back security deposits whose last day is over."""

from __future__ import annotations

from solde.db import Pool
from solde.deposits import expire_deposits, get_settings
from solde.features import list_features
from solde.kernel.dates import Clock, today_in, utc_now
from solde.operations import load_types

ACTOR = "system"


async def expire_by_itself(pool: Pool, *, clock: Clock = utc_now) -> int:
    """Give back what is expired, where the feature and the automatic refund are on; gives how many deposits."""
    async with pool.connection() as conn:
        is_on = any(one.code == "security_deposits" and one.is_on for one in await list_features(conn))
        if not is_on or not (await get_settings(conn)).auto_refund:
            return 0
        types = await load_types(conn)
    now = clock()
    done = await expire_deposits(pool, types, today=lambda zone: today_in(zone, now), actor=ACTOR)
    return done.deposits
