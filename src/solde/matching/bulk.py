"""Match every account, oldest due first, in set-based slices.

The plan of a slice is SQL (`plan_and_match`); `rules.plan_allocations` is its specification, and a test proves
them equal. What the SQL does not decide goes through the rule: accounts with more open items than a slice
holds, and accounts where a match would leave a trace that a rounding operation closes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.operations import Types, load_types

from . import store
from .actions import READ_MOST, describe, match_oldest

SLICE_ITEMS = 6000
PAGE = 2000


@dataclass(frozen=True, slots=True)
class MatchRun:
    """What a run over all accounts did."""

    accounts: int
    groups: int
    lines: int


async def match_all(
    pool: Pool, *, today: date, actor: str, progress: Callable[[int], None] = lambda _accounts: None
) -> MatchRun:
    """Match what is open of every account; gives how much was done. It can be stopped and run again at any time."""
    async with pool.connection() as conn:
        types = await load_types(conn)
    after, accounts, groups, lines = 0, 0, 0, 0
    while True:
        async with pool.connection() as conn:
            found = await store.accounts_to_match(conn, after, types.deposit_ids, SLICE_ITEMS + 1, PAGE)
        if not found:
            return MatchRun(accounts, groups, lines)
        for ids in slices(found, SLICE_ITEMS):
            made = await match_slice(pool, ids, types, today=today, actor=actor)
            groups, lines = groups + made.groups, lines + made.lines
            accounts += len(ids)
            progress(accounts)
        for account_id in [a for a, items in found if items > SLICE_ITEMS]:
            made = await _match_whole(pool, account_id, types, today=today, actor=actor)
            groups, lines, accounts = groups + made.groups, lines + made.lines, accounts + 1
            progress(accounts)
        after = found[-1][0]


def slices(found: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
    """Accounts in runs that together hold at most `most` open items; larger accounts are left out."""
    runs: list[list[int]] = []
    held = most + 1
    for account_id, items in found:
        if items > most:
            continue
        if held + items > most:
            runs.append([])
            held = 0
        runs[-1].append(account_id)
        held += items
    return runs


async def match_slice(pool: Pool, account_ids: Sequence[int], types: Types, *, today: date, actor: str) -> MatchRun:
    """Match the accounts of one slice in one transaction."""

    async def work(conn: Connection) -> tuple[int, int, list[int]]:
        (action_id,) = await audit.next_action_ids(conn, 1)
        groups, lines, left = await store.plan_and_match(conn, account_ids, types.deposit_ids, action_id)
        if groups:
            told = {"groups": groups, "lines": lines, "accounts": [account_ids[0], account_ids[-1]]}
            made = await store.matches_of_action(conn, account_ids, action_id)
            each = [AuditRecord(m.account_id, action_id, actor, "match", None, None, describe(m)) for m in made]
            await audit.append(conn, [AuditRecord(0, action_id, actor, "match_all", None, None, told), *each])
        return groups, lines, left

    groups, lines, left = await transaction(pool, work)
    if left:
        made = await transaction(pool, lambda conn: match_oldest(conn, left, types, today=today, actor=actor))
        groups, lines = groups + len(made), lines + sum(len(m.lines) for m in made)
    return MatchRun(len(account_ids), groups, lines)


async def _match_whole(pool: Pool, account_id: int, types: Types, *, today: date, actor: str) -> MatchRun:
    """Match one account that holds more than a slice, some of its oldest items at a time."""
    groups = lines = 0
    while True:
        made = await transaction(
            pool, lambda conn: match_oldest(conn, [account_id], types, today=today, actor=actor, most=READ_MOST)
        )
        if not made:
            return MatchRun(1, groups, lines)
        groups, lines = groups + 1, lines + len(made[0].lines)
