"""How long what is open has been due: an account's open amounts in buckets of days overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO

from .figures import moment_values, reading_of
from .model import Definition, FigureSource, Moment
from .plan import ACCOUNT_JOIN, BILLING_JOIN, choose, open_source_of
from .relations import AccountScope, relation

STEPS = (30, 60, 90)
"""Days overdue at which a bucket ends: not due, 1-30, 31-60, 61-90, over 90."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Available debits overdue by `from_days` to `until_days` days; 0 to 0: not due; no end: all the rest."""

    from_days: int
    until_days: int | None
    amount: Decimal = ZERO
    count: int = 0

    @property
    def label(self) -> str:
        """not due, 1-30, 31-60, 90+"""
        if self.from_days == 0:
            return "not due"
        return f"{self.from_days - 1}+" if self.until_days is None else f"{self.from_days}-{self.until_days}"


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is open of an account: available debits by age, disputed debits and open credits apart.

    total = Σ buckets + disputed - credits.
    """

    buckets: tuple[Bucket, ...]
    disputed: Decimal = ZERO
    credits: Decimal = ZERO

    @property
    def overdue(self) -> Decimal:
        return sum((b.amount for b in self.buckets if b.from_days), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((b.amount for b in self.buckets), ZERO) + self.disputed - self.credits


async def age_account(
    conn: Connection, account_id: int, definition: Definition, moment: Moment, *, steps: Sequence[int] = STEPS
) -> Ageing:
    """The age of what is open among the operations that a balance takes, on the moment's day.

    Shape: `steps` are days, rising. Gives: every bucket, also empty ones.
    Source: product §11.
    """
    chosen = choose(definition.draft, "x")
    tables, source = relation(open_source_of(definition.draft), reading_of(AccountScope.ONE, moment))
    joins = (ACCOUNT_JOIN if chosen.needs_account else "") + (BILLING_JOIN if chosen.needs_billing else "")
    head = "with " + ",\n".join(t.strip("\n") for t in tables) + "\n" if tables else ""
    text = f"""{head}select width_bucket(greatest(%(current_date)s::date - o.due_on, 0), %(steps)s::int[]) as bucket,
        coalesce(sum(o.open - o.disputed) filter (where o.side = 1), 0),
        count(*) filter (where o.side = 1 and o.open > o.disputed),
        coalesce(sum(o.disputed) filter (where o.side = 1), 0), coalesce(sum(o.open) filter (where o.side = -1), 0)
    from ({source}) o{joins}
    where {chosen.condition}
    group by 1"""
    values = moment_values(moment) | dict(chosen.parameters)
    # width_bucket counts the bounds that a number reaches: 1 day overdue leaves `not due`, 31 days the first month.
    bounds = [1, *(step + 1 for step in steps)]
    rows = await (await conn.execute(text.encode(), {**values, "account_id": account_id, "steps": bounds})).fetchall()
    return _ageing(steps, rows)


def _ageing(steps: Sequence[int], rows: Sequence[tuple[int, Decimal, int, Decimal, Decimal]]) -> Ageing:
    found = {place: (amount, count) for place, amount, count, _, _ in rows}
    bounds = [(0, 0), *zip((1, *(s + 1 for s in steps)), (*steps, None), strict=True)]
    buckets = tuple(Bucket(first, last, *found.get(place, (ZERO, 0))) for place, (first, last) in enumerate(bounds))
    return Ageing(buckets, sum((row[3] for row in rows), ZERO), sum((row[4] for row in rows), ZERO))


__all__ = ["STEPS", "Ageing", "Bucket", "FigureSource", "age_account"]
