"""Statements of instalment plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from solde.db import Connection, load

from .model import (
    Activated,
    Drafted,
    EditRequest,
    Ended,
    Instalment,
    Plan,
    PlanDebit,
    PlanFilter,
    PlanRequest,
    PlanState,
    Remainder,
)
from .requests import EndRequest

sql = load(__package__)

Key = tuple[int, int]
"""An account and the number of a plan, or of an operation, of it."""


def _keys(keys: Sequence[Key], name: str = "plan_numbers") -> dict[str, object]:
    return {"account_ids": [key[0] for key in keys], name: [key[1] for key in keys]}


async def last_plans(conn: Connection, account_ids: Sequence[int]) -> dict[int, int]:
    """The number of the last plan of each account that has one; read under the accounts' locks."""
    cursor = await conn.execute(sql.last_plans, {"account_ids": list(account_ids)})
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def debits_in_plans(conn: Connection, keys: Sequence[Key]) -> set[Key]:
    """Which of these operations an active plan puts off that is not complete."""
    cursor = await conn.execute(sql.debits_in_plans, _keys(keys, "numbers"))
    return {(row[0], row[1]) for row in await cursor.fetchall()}


async def insert_plans(
    conn: Connection, made: Sequence[tuple[Drafted, PlanRequest, Remainder]], debits: Sequence[PlanDebit]
) -> None:
    """Write drafts with their debits and instalments."""
    await conn.execute(
        sql.insert_plans,
        {
            **_keys([(d.account_id, d.plan_number) for d, *_ in made]),
            "amounts": [d.schedule.amount for d, *_ in made],
            "fees": [d.schedule.fee for d, *_ in made],
            "interests": [d.schedule.interest for d, *_ in made],
            "remainders": [remainder.value for *_, remainder in made],
            "notes": [request.note for _, request, _ in made],
            "actors": [request.actor for _, request, _ in made],
        },
    )
    values = {"numbers": [d.number for d in debits], "amounts": [d.amount for d in debits]}
    await conn.execute(sql.insert_debits, {**_keys([(d.account_id, d.plan_number) for d in debits]), **values})
    await insert_instalments(conn, [d for d, *_ in made])


async def insert_instalments(conn: Connection, made: Sequence[Drafted]) -> None:
    """Write the instalments of drafts."""
    rows = [(d, place, part) for d in made for place, part in enumerate(d.schedule.parts, 1)]
    await conn.execute(
        sql.insert_instalments,
        {
            **_keys([(d.account_id, d.plan_number) for d, *_ in rows]),
            "instalment_numbers": [place for _, place, _ in rows],
            "due_ons": [part.due_on for *_, part in rows],
            "amounts": [part.amount for *_, part in rows],
        },
    )


async def change_plans(conn: Connection, made: Sequence[tuple[Drafted, EditRequest]]) -> None:
    """Write other instalments and notes of drafts, and move their versions."""
    keys = _keys([(d.account_id, d.plan_number) for d, _ in made])
    await conn.execute(sql.drop_instalments, keys)
    await insert_instalments(conn, [d for d, _ in made])
    await conn.execute(sql.change_plans, {**keys, "notes": [request.note for _, request in made]})


async def activate_plans(
    conn: Connection, made: Sequence[tuple[Activated, Plan, str]], instalments: Sequence[Instalment]
) -> None:
    """Put drafts into force, and note the operation of each instalment."""
    await conn.execute(
        sql.activate_plans,
        {
            **_keys([(a.account_id, a.plan_number) for a, *_ in made]),
            "activated_ons": [a.on for a, *_ in made],
            "actors": [actor for *_, actor in made],
            "creation_numbers": [a.creation_number for a, *_ in made],
            "fee_numbers": [a.fee_number for a, *_ in made],
            "interest_numbers": [a.interest_number for a, *_ in made],
        },
    )
    await conn.execute(
        sql.number_instalments,
        {
            **_keys([(i.account_id, i.plan_number) for i in instalments]),
            "instalment_numbers": [i.instalment_number for i in instalments],
            "operation_numbers": [i.operation_number for i in instalments],
        },
    )


async def end_plans(conn: Connection, ended: Sequence[tuple[Ended, EndRequest]]) -> None:
    """Cancel drafts or break plans."""
    await conn.execute(
        sql.end_plans,
        {
            **_keys([(e.account_id, e.plan_number) for e, _ in ended]),
            "states": [e.state.value for e, _ in ended],
            "ended_ons": [e.on for e, _ in ended],
            "actors": [request.actor for _, request in ended],
            "reasons": [request.reason for _, request in ended],
            "unmatcheds": [e.unmatched for e, _ in ended],
        },
    )


async def find_plans(conn: Connection, keys: Sequence[Key], now: datetime | None = None) -> dict[Key, Plan]:
    """Plans as they stand, in the order asked for; an unknown one is absent. Overdue is told by `now`."""
    cursor = await conn.execute(sql.find_plans, {**_keys(keys), "now": now})
    found = [_plan(row) for row in await cursor.fetchall()]
    return {(plan.account_id, plan.plan_number): plan for plan in found}


def _plan(row: Sequence[object]) -> Plan:
    head, state, amounts, remainder, rest = row[:5], PlanState(str(row[5])), row[6:9], Remainder(str(row[9])), row[10:]
    return Plan(*head, state, *amounts, remainder, *rest)  # type: ignore[arg-type, call-arg]


async def list_keys(
    conn: Connection, wanted: PlanFilter, *, now: datetime, before: tuple[str, int, int] | None, limit: int
) -> list[tuple[int, int, datetime]]:
    """Accounts and numbers of the plans that fit, newest first, with when they were drafted."""
    at, account, number = before or (None, None, None)
    values = {
        "account_id": wanted.account_id,
        "seller_id": wanted.seller_id,
        "states": None if wanted.states is None else list(wanted.states),
        "overdue": wanted.overdue,
        "now": now,
        "before_at": at,
        "before_account": account,
        "before_number": number,
        "limit": limit,
    }
    rows = await (await conn.execute(sql.list_plans, values)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def instalments_of(conn: Connection, keys: Sequence[Key]) -> list[Instalment]:
    """Instalments of plans, in order."""
    return [Instalment(*row) for row in await (await conn.execute(sql.instalments_of, _keys(keys))).fetchall()]


async def debits_of(conn: Connection, keys: Sequence[Key]) -> list[PlanDebit]:
    """What plans put off."""
    return [PlanDebit(*row) for row in await (await conn.execute(sql.debits_of, _keys(keys))).fetchall()]


async def plans_of_operations(conn: Connection, account_id: int, numbers: Sequence[int]) -> dict[int, list[int]]:
    """The plans each operation belongs to, as a debit put off or posted by it."""
    cursor = await conn.execute(sql.plans_of_operations, {"account_id": account_id, "numbers": list(numbers)})
    found: dict[int, list[int]] = {}
    for number, plan in await cursor.fetchall():
        found.setdefault(number, []).append(plan)
    return found


async def plans_to_break(conn: Connection, seller_id: int, due_before: date, after: Key, limit: int) -> list[Key]:
    """Active plans of a seller with an instalment still open that was due before a day."""
    values = {
        "seller_id": seller_id, "due_before": due_before, "after_account": after[0], "after_number": after[1],
        "limit": limit,
    }  # fmt: skip
    return [(row[0], row[1]) for row in await (await conn.execute(sql.plans_to_break, values)).fetchall()]
