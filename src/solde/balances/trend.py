"""How balances went: an account's figures at the end of each of the past months, and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from solde.db import Connection
from solde.kernel.money import ZERO

from .figures import balances_of
from .model import Definition, Moment
from .plan import figure_statement
from .relations import AccountScope, RelationQuery

MONTHS = 12


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Balances at the end of a day, in the order of the definitions asked for; positive: the customer owes."""

    on: date
    balances: tuple[Decimal, ...]


async def read_trend(
    conn: Connection, account_id: int, definitions: Sequence[Definition], *, today: date, months: int = MONTHS
) -> list[TrendPoint]:
    """The balances at the last day of each of the past months, oldest first, and those of now.

    Every past day is read as `as_of` reads it, all of them in one statement.
    """
    days = month_ends(today, months)
    text, parameters = _statement(tuple(definitions))
    values = {**dict(parameters), "account_id": account_id, "days": days}
    found: dict[tuple[date, int], Decimal] = {
        (on, position): debit - credit
        for on, position, debit, credit in await (await conn.execute(text, values)).fetchall()
    }
    now = await balances_of(conn, account_id, definitions, Moment(today))
    points = [TrendPoint(on, tuple(found.get((on, i), ZERO) for i in range(len(definitions)))) for on in days]
    return [*points, TrendPoint(today, tuple(one.figures.balance for one in now))]


def month_ends(today: date, months: int) -> list[date]:
    """The last days of the months before the one of `today`, oldest first."""
    ends: list[date] = []
    day = today
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends[::-1]


@lru_cache(maxsize=64)
def _statement(definitions: tuple[Definition, ...]) -> tuple[bytes, tuple[tuple[str, object], ...]]:
    """The statement of one past day, asked of each of many: what named the day as a parameter takes it from a row."""
    one_day = figure_statement(definitions, RelationQuery(AccountScope.ONE, dated=True))
    dated = one_day.text.decode().replace("%(as_of)s", "asked.as_of").replace("%(current_date)s", "asked.as_of")
    text = (
        "select asked.as_of, f.definition, f.debit, f.credit from unnest(%(days)s::date[]) asked (as_of)"  # noqa: S608 - our own fragments
        f" cross join lateral (\n{dated}\n) f"
    )
    return text.encode(), one_day.parameters


__all__ = ["MONTHS", "TrendPoint", "month_ends", "read_trend"]
