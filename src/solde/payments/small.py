"""Small balances: the little that is left open of accounts is given up, on either side, in bounded slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from solde.db import Connection, Pool, transaction
from solde.kernel.money import check_positive
from solde.kernel.refusals import Refusal, Refused
from solde.matching import match_oldest
from solde.operations import Side, Types, load_types
from solde.operations import store as operation_store

from . import rules, store
from .model import Effect, SmallBalance, SmallLimits, SmallRun
from .requests import WriteOffRequest
from .settling import decide_write_off, open_desk, settle

SLICE = 200
"""Accounts a transaction."""
MOST_ITEMS = 50
"""An account with more open items than this has no small balance, whatever they add up to."""


async def list_small_balances(
    conn: Connection, limits: SmallLimits, types: Types, *, after: int = 0, limit: int = SLICE
) -> list[SmallBalance]:
    """Accounts of which little is open, in order of their ids: what a run would give up.

    Gives: accounts whose debits and credits are apart by at most the limit of their currency and not even; all that is
    open is due before the day, none of it disputed or of a deposit.
    Refuses: an unfit limit.
    """
    if refusals := [bad.at(field=code) for code, most in limits.most.items() if (bad := check_positive(most))]:
        raise Refused(refusals)
    return await _find(conn, limits, types, after=after, limit=limit)


async def _find(
    conn: Connection,
    limits: SmallLimits,
    types: Types,
    *,
    after: int = 0,
    limit: int = SLICE,
    among: Sequence[int] | None = None,
) -> list[SmallBalance]:
    return await store.small_balances(
        conn, limits.most, limits.due_before, deposit_type_ids=types.deposit_ids, seller_id=limits.seller_id,
        after=after, limit=limit, most_items=MOST_ITEMS, account_ids=among,
    )  # fmt: skip


async def write_off_small(
    conn: Connection,
    account_ids: Sequence[int],
    limits: SmallLimits,
    types: Types,
    *,
    today: date,
    actor: str,
    reason: str,
) -> list[Effect]:
    """Give up what is open of those of the accounts whose balance is small: match it, then write the rest off.

    Accounts are locked first and judged again, so what was paid meanwhile is left alone.
    Refuses: action_reason_missing.
    """
    if (bad := rules.check_reason(reason)) is not None:
        raise Refused(bad)
    await operation_store.lock_accounts(conn, account_ids)
    chosen = [one.account_id for one in await _find(conn, limits, types, limit=len(account_ids), among=account_ids)]
    if not chosen:
        return []
    await match_oldest(conn, chosen, types, today=today, actor=actor)
    left = await operation_store.oldest_open_items(conn, chosen, types.deposit_ids, MOST_ITEMS)
    desk = await open_desk(conn, [(item.account_id, item.number) for item in left], types, today)
    wishes = [WriteOffRequest(item.account_id, item.number, actor, reason, late=True) for item in left]
    effects = await settle(conn, desk, [decide_write_off(desk, wish, None) for wish in wishes])
    return [_accepted(effect) for effect in effects]


def _accepted(answer: Effect | tuple[Refusal, ...]) -> Effect:
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


async def write_off_small_balances(
    pool: Pool,
    limits: SmallLimits,
    *,
    today: date,
    actor: str,
    reason: str,
    slice_size: int = SLICE,
    progress: Callable[[int], None] = lambda _accounts: None,
) -> SmallRun:
    """Give up every small balance, a slice of accounts a transaction; it can be stopped and run again.

    Refuses: action_reason_missing, an unfit limit.
    """
    async with pool.connection() as conn:
        types = await load_types(conn)
    after = accounts = operations = 0
    sums = {side: defaultdict[str, Decimal](Decimal) for side in Side}
    while True:
        async with pool.connection() as conn:
            found = await list_small_balances(conn, limits, types, after=after, limit=slice_size)
        if not found:
            break
        currencies = {one.account_id: one.currency for one in found}
        ids = list(currencies)

        async def work(conn: Connection, ids: list[int] = ids) -> list[Effect]:
            return await write_off_small(conn, ids, limits, types, today=today, actor=actor, reason=reason)

        effects = await transaction(pool, work)
        posted = [one for effect in effects for one in effect.posted]
        accounts, operations, after = accounts + len({p.account_id for p in posted}), operations + len(posted), ids[-1]
        for one in posted:
            sums[Side(-one.side)][currencies[one.account_id]] += one.amount
        progress(accounts)
    return SmallRun(accounts, operations, dict(sums[Side.DEBIT]), dict(sums[Side.CREDIT]))
