"""Statements of matching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from solde.db import Connection, load
from solde.operations import store as operation_store

from .model import Allocation, Keeper, Matched, MatchKind, MatchLine, RoundingLine, Unmatched

sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Made:
    """A match that was made, who made it and why, and what its audit record tells of it."""

    matched: Matched
    kind: MatchKind
    actor: str
    reason: str | None
    told: object


async def insert_matches(conn: Connection, matches: Sequence[Made]) -> None:
    """Write groups, their lines and audit records, and move the accounts' counters."""
    groups = [
        {
            "account_id": m.matched.account_id,
            "group_number": m.matched.group_number,
            "kind": m.kind,
            "effective_on": m.matched.effective_on,
            "reason": m.reason,
            "actor": m.actor,
            "after": m.told,
        }
        for m in matches
    ]
    lines = [
        {
            "account_id": m.matched.account_id,
            "group_number": m.matched.group_number,
            "debit_number": line.debit_number,
            "credit_number": line.credit_number,
            "amount": line.amount,
            "effective_on": line.on or m.matched.effective_on,
        }
        for m in matches
        for line in m.matched.lines
    ]
    values = {"groups": msgspec.json.encode(groups).decode(), "lines": msgspec.json.encode(lines).decode()}
    await conn.execute(sql.insert_matches, values)


async def insert_unmatches(conn: Connection, reversals: Sequence[tuple[Unmatched, str | None, int]]) -> None:
    """Write reversals and their lines, and move the accounts' counters. Each comes with its reason and action."""
    made = [u for u, *_ in reversals]
    await conn.execute(
        sql.insert_unmatches,
        {
            "account_ids": [u.account_id for u in made],
            "unmatch_numbers": [u.unmatch_number for u in made],
            "group_numbers": [u.group_number for u in made],
            "effective_ons": [u.effective_on for u in made],
            "reasons": [reason for _, reason, _ in reversals],
            "action_ids": [action for _, _, action in reversals],
        },
    )
    lines = [(u, line) for u in made for line in u.lines]
    await conn.execute(
        sql.insert_unmatch_lines,
        {
            "account_ids": [u.account_id for u, _ in lines],
            "unmatch_numbers": [u.unmatch_number for u, _ in lines],
            "group_numbers": [u.group_number for u, _ in lines],
            "debit_numbers": [line.debit_number for _, line in lines],
            "credit_numbers": [line.credit_number for _, line in lines],
        },
    )
    last = {u.account_id: u.unmatch_number for u in sorted(made, key=lambda u: u.unmatch_number)}
    await conn.execute(sql.count_unmatches, {"account_ids": list(last), "last_unmatches": list(last.values())})


async def lines_of_groups(conn: Connection, groups: Sequence[tuple[int, int]]) -> list[MatchLine]:
    """Lines of groups given as (account, group number)."""
    cursor = await conn.execute(
        sql.lines_of_groups, {"account_ids": [g[0] for g in groups], "group_numbers": [g[1] for g in groups]}
    )
    return [MatchLine(*row) for row in await cursor.fetchall()]


async def kept_apart(conn: Connection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Keeper]:
    """Which of these operations, given as (account, number), a deposit or a plan keeps matched."""
    values = {"account_ids": [k[0] for k in keys], "numbers": [k[1] for k in keys]}
    cursor = await conn.execute(sql.kept_apart, values)
    return {(row[0], row[1]): Keeper.PLAN if row[2] else Keeper.DEPOSIT for row in await cursor.fetchall()}


async def find_roundings(conn: Connection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
    """Which of these operations, given as (account, number), closed a trace; with their amounts."""
    values = {"account_ids": [k[0] for k in keys], "numbers": [k[1] for k in keys]}
    rows = await (await conn.execute(sql.find_roundings, values)).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


async def lines_of_roundings(conn: Connection, keys: Sequence[tuple[int, int]]) -> list[RoundingLine]:
    """Standing lines by which roundings closed these operations, given as (account, number)."""
    values = {"account_ids": [k[0] for k in keys], "numbers": [k[1] for k in keys]}
    rows = await (await conn.execute(sql.lines_of_roundings, values)).fetchall()
    return [RoundingLine(row[0], row[1], Allocation(*row[2:])) for row in rows]


async def lines_of_operations(conn: Connection, account_id: int, numbers: Sequence[int]) -> list[MatchLine]:
    """Lines that touch these operations, oldest first."""
    cursor = await conn.execute(sql.lines_of_operations, {"account_id": account_id, "numbers": list(numbers)})
    return [MatchLine(*row) for row in await cursor.fetchall()]


async def list_groups(conn: Connection, account_id: int, before: int, limit: int) -> list[tuple[object, ...]]:
    """Heads of match groups, newest first."""
    cursor = await conn.execute(sql.list_groups, {"account_id": account_id, "before": before, "limit": limit})
    return await cursor.fetchall()


async def references_of(conn: Connection, account_id: int, numbers: Sequence[int]) -> dict[int, str]:
    """References of operations, where they have one."""
    cursor = await conn.execute(sql.references_of, {"account_id": account_id, "numbers": list(numbers)})
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def accounts_to_match(
    conn: Connection, after: int, deposit_type_ids: Sequence[int], most: int, limit: int
) -> list[tuple[int, int]]:
    """Accounts that hold something to match, with the number of their open items up to `most`."""
    cursor = await conn.execute(
        sql.accounts_to_match,
        {"after": after, "deposit_type_ids": list(deposit_type_ids), "most": most, "limit": limit},
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def plan_and_match(
    conn: Connection, account_ids: Sequence[int], deposit_type_ids: Sequence[int], action_id: int
) -> tuple[int, int, list[int]]:
    """Lock accounts, then plan and write their matches; gives groups, lines, and the accounts left to the rule."""
    await operation_store.lock_accounts(conn, account_ids)
    cursor = await conn.execute(
        sql.plan_and_match,
        {
            "account_ids": list(account_ids),
            "deposit_type_ids": list(deposit_type_ids),
            "action_id": action_id,
        },
        prepare=False,
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1], row[2]


async def matches_of_action(conn: Connection, account_ids: Sequence[int], action_id: int) -> list[Matched]:
    """The match that an action made on each of these accounts, where it made one."""
    values = {"account_ids": list(account_ids), "action_id": action_id}
    rows = await (await conn.execute(sql.matches_of_action, values)).fetchall()
    return [
        Matched(account_id, group, on, tuple(Allocation(*line) for line in zip(*columns, strict=True)))
        for account_id, group, on, *columns in rows
    ]


async def first_lines_of(conn: Connection, account_id: int, number: int) -> Matched | None:
    """The first match that a credit made, as it was made."""
    cursor = await conn.execute(sql.first_group_of_credit, {"account_id": account_id, "number": number})
    row = await cursor.fetchone()
    if row is None:
        return None
    lines = await lines_of_groups(conn, [(account_id, row[0])])
    made = tuple(Allocation(line.debit_number, line.credit_number, line.amount, line.effective_on) for line in lines)
    return Matched(account_id, row[0], row[1], made)
