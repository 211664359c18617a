"""Close the accounting periods that are due by themselves."""

from __future__ import annotations

from datetime import date

from solde.customers import list_sellers
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock, today_in, utc_now
from solde.kernel.refusals import Refused
from solde.periods import PeriodTurn, sweep
from solde.periods.actions import BOOKS_BUSY

ACTOR = "solde"


async def sweep_periods(pool: Pool, *, clock: Clock = utc_now) -> int:
    """Close what is due; gives how many periods. While much is posted it closes nothing: the next sweep will."""

    async def work(conn: Connection) -> list[PeriodTurn]:
        return await sweep(conn, today=await day_everywhere(conn, clock), actor=ACTOR)

    try:
        return len(await transaction(pool, work))
    except Refused as refused:
        if any(refusal.code == BOOKS_BUSY.code for refusal in refused.refusals):
            return 0
        raise


async def day_everywhere(conn: Connection, clock: Clock) -> date:
    """The day it is for the seller where it is earliest: a day is over when it is over for all."""
    now = clock()
    return min(today_in(zone, now) for zone in {"UTC", *(seller.time_zone for seller in await list_sellers(conn))})
