"""Statements of accounting periods."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection, load

from .model import ClosedSpan, Cut, NewYear, OnClosed, Period, PeriodScope, PeriodTurn, Policy, Year

sql = load(__package__)


async def list_years(conn: Connection) -> list[Year]:
    """Every accounting year with its periods, oldest first."""
    years = await (await conn.execute(sql.list_years)).fetchall()
    periods: dict[int, list[Period]] = {}
    for year_id, *rest in await (await conn.execute(sql.list_periods)).fetchall():
        periods.setdefault(year_id, []).append(Period(*rest))
    return [
        Year(r[0], r[1], r[2], r[3], Cut(r[4]), Policy(OnClosed(r[5]), *r[6:9]), r[9], tuple(periods.get(r[0], ())))
        for r in years
    ]


async def list_spans(conn: Connection) -> list[ClosedSpan]:
    """The days that are closed, as posting reads them."""
    return [ClosedSpan(*row) for row in await (await conn.execute(sql.list_spans)).fetchall()]


async def lock_books(conn: Connection, *, wait_seconds: float) -> None:
    """Wait until no posting runs, and keep new ones out until this transaction ends."""
    await conn.execute(sql.limit_wait, {"wait": f"{int(wait_seconds * 1000)}ms"})
    await conn.execute(sql.lock_books)


async def hold_books(conn: Connection) -> list[Year]:
    """Every accounting year as it stays until this transaction ends: nothing is closed or opened meanwhile."""
    await conn.execute(sql.hold_books)
    return await list_years(conn)


async def insert_year(conn: Connection, new: NewYear, periods: Sequence[Period], actor: str) -> int:
    """Write a year and its periods; gives its id."""
    row = await (
        await conn.execute(
            sql.insert_year,
            {
                "label": new.label,
                "starts_on": new.starts_on,
                "ends_on": new.ends_on,
                "kind": new.cut.value,
                **_policy(new.policy),
            },
        )
    ).fetchone()
    assert row is not None
    given = {
        "year_id": row[0],
        "actor": actor,
        "numbers": [p.number for p in periods],
        "starts": [p.starts_on for p in periods],
        "ends": [p.ends_on for p in periods],
    }
    await conn.execute(sql.insert_periods, given)
    return int(row[0])


def _policy(policy: Policy) -> dict[str, object]:
    return {
        "on_closed": policy.on_closed.value,
        "force_day": policy.force_day,
        "regular_after": policy.regular_after,
        "all_after": policy.all_after,
    }


async def update_policy(conn: Connection, year_id: int, policy: Policy) -> None:
    """Write another policy for a year."""
    await conn.execute(sql.update_policy, {"year_id": year_id, **_policy(policy)})


async def turn_periods(
    conn: Connection, turns: Sequence[tuple[int, PeriodTurn]], actor: str, reason: str | None
) -> None:
    """Close or reopen periods, each with the id of its year."""
    given = {
        "year_ids": [year_id for year_id, _ in turns],
        "numbers": [turn.number for _, turn in turns],
        "regular": [_regular(turn) for _, turn in turns],
        "everybody": [turn.closes if turn.scope is PeriodScope.ALL else None for _, turn in turns],
        "actor": actor,
        "reason": reason,
    }
    await conn.execute(sql.turn_periods, given)
    await conn.execute(sql.next_version, {"year_ids": sorted({year_id for year_id, _ in turns})})


def _regular(turn: PeriodTurn) -> bool | None:
    """What becomes of a period for regular users: who closes it for all closes it for them."""
    if turn.scope is PeriodScope.REGULAR:
        return turn.closes
    return True if turn.closes else None


async def save_spans(conn: Connection, spans: Sequence[ClosedSpan]) -> None:
    """Write the closed days anew."""
    await conn.execute(sql.forget_spans)
    given = {
        "late": [s.late for s in spans],
        "starts": [s.starts_on for s in spans],
        "ends": [s.ends_on for s in spans],
        "moved_to": [s.moved_to for s in spans],
    }
    await conn.execute(sql.insert_spans, given)
