"""Break the plans that are overdue for longer than their seller's grace, in bounded slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from solde.customers import list_sellers
from solde.db import Connection, Pool, transaction
from solde.features import list_features
from solde.kernel.dates import today_in, utc_now
from solde.operations import Types, load_types
from solde.operations import store as operation_store

from . import store
from .breaking import break_plans
from .drafting import EndAnswer
from .model import EVERY_SELLER, Ended
from .requests import EndRequest
from .settings import load_rules
from .store import Key

SLICE = 100
"""Plans a transaction."""
ACTOR = "system"
FEATURE = "instalment_plans"


@dataclass(frozen=True, slots=True)
class Sweep:
    """One seller's overdue plans: of which day it is, and before which day their instalments were due."""

    seller_id: int
    today: date
    due_before: date


async def break_overdue_now(pool: Pool) -> int:
    """Break what is overdue at this moment; gives how many plans. For the periodic job."""
    return len(await break_overdue(pool, now=utc_now()))


async def break_overdue(
    pool: Pool,
    *,
    now: datetime,
    actor: str = ACTOR,
    dry_run: bool = False,
    slice_size: int = SLICE,
    progress: Callable[[int], None] = lambda _plans: None,
) -> list[Ended]:
    """Break every plan with an instalment overdue for longer than the grace of its seller's rule.

    Gives: what was broken. A rule without grace, and the feature switched off, break nothing; a plan that cannot be
    broken stays. It can be stopped and run again.
    """
    async with pool.connection() as conn:
        types = await load_types(conn)
        is_on = any(one.code == FEATURE and one.is_on for one in await list_features(conn))
        sweeps = await _sweeps(conn, now) if is_on else []
    broken: list[Ended] = []
    for sweep in sweeps:
        after: Key = (0, 0)
        while page := await _page(pool, sweep, after, slice_size):

            async def work(
                conn: Connection, sweep: Sweep = sweep, page: list[Key] = page, after: Key = after
            ) -> list[EndAnswer]:
                return await _break_page(conn, sweep, page, after, types, actor)

            answers = await transaction(pool, work, dry_run=dry_run)
            broken += [answer for answer in answers if isinstance(answer, Ended)]
            after = page[-1]
            progress(len(broken))
    return broken


async def _sweeps(conn: Connection, now: datetime) -> list[Sweep]:
    rules = await load_rules(conn)
    found = []
    for seller in await list_sellers(conn):
        grace = rules.get(seller.seller_id, rules[EVERY_SELLER]).grace_days
        if grace is not None:
            today = today_in(seller.time_zone, now)
            found.append(Sweep(seller.seller_id, today, today - timedelta(days=grace)))
    return found


async def _page(pool: Pool, sweep: Sweep, after: Key, limit: int) -> list[Key]:
    async with pool.connection() as conn:
        return await store.plans_to_break(conn, sweep.seller_id, sweep.due_before, after, limit)


async def _break_page(
    conn: Connection, sweep: Sweep, page: list[Key], after: Key, types: Types, actor: str
) -> list[EndAnswer]:
    """Lock the accounts, then judge again: what was paid meanwhile is left alone."""
    await operation_store.lock_accounts(conn, [account for account, _ in page])
    still = set(await store.plans_to_break(conn, sweep.seller_id, sweep.due_before, after, len(page)))
    reason = f"an instalment due before {sweep.due_before} is not paid"
    requests = [EndRequest(account, number, actor, reason) for account, number in page if (account, number) in still]
    return await break_plans(conn, requests, types, today=sweep.today) if requests else []
