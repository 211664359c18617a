"""The definition lab: what a draft would give on the real data, before it is saved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from psycopg.errors import QueryCanceled

from solde.db import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.operations import load_types
from solde.operations.store import operation_of

from . import rules, store
from .comparing import comparison, crossing
from .figures import moment_values, reading_of
from .model import Crossing, Definition, Draft, Figures, Moment, Mover, Preview
from .plan import source_of
from .relations import AccountScope

T = TypeVar("T")

TOO_LARGE = declare(
    "lab_too_large", Kind.CONFLICT, "Try again when less is going on, or save the balance and look at single accounts."
)

MOVERS = 20
CROSSINGS = 10
SAMPLE = 2_000
"""Accounts looked at where all of them take too long."""


async def preview(
    conn: Connection,
    draft: Draft,
    moment: Moment,
    *,
    movers: int = MOVERS,
    seller_id: int | None = None,
    patience_ms: int | None = None,
) -> Preview:
    """Run a draft over every account, or those of a seller, beside the definition of the same code where there is one.

    With `patience_ms` a statement that takes longer is given up, and a sample of accounts is looked at instead, which the
    answer says. Needs an open transaction.
    Gives: operations and accounts it takes, totals by currency old and new, the accounts that move most, operations that cross.
    Refuses: what `check_draft` refuses, lab_too_large.
    """
    if refusals := rules.check_draft(draft, (await load_types(conn)).by_code):
        raise Refused(refusals)
    before = next((d for d in await store.definitions_now(conn) if d.code == draft.code), None)
    lab = _Lab(conn, draft, before, moment, movers, patience_ms)
    whole = await _scope_of(conn, seller_id)
    found = await lab.patiently(lambda: lab.compare(whole))
    if found is None:
        sample = await store.sample_accounts(conn, seller_id, SAMPLE)
        found = await lab.patiently(lambda: lab.compare(sample))
        if found is None:
            raise Refused(refuse(TOO_LARGE, "the draft could not be worked out in time, not even on a sample"))
        found = replace(found, sampled=len(sample))
    touched = [mover.account_id for mover in found.movers]
    crossings = await lab.patiently(lambda: lab.cross(touched)) if touched else ()
    moved = tuple(mover for mover in found.movers if mover.difference)
    return replace(found, crossings=crossings, movers=moved)


async def _scope_of(conn: Connection, seller_id: int | None) -> Sequence[int] | None:
    return None if seller_id is None else await store.accounts_of_seller(conn, seller_id)


@dataclass(frozen=True, slots=True)
class _Lab:
    conn: Connection
    draft: Draft
    before: Definition | None
    moment: Moment
    movers: int
    patience_ms: int | None

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """What the work gives; None where a statement of it took too long."""
        if self.patience_ms is None:
            return await work()
        try:
            # Rolled back, which takes the limit away again; nothing is written here.
            async with self.conn.transaction(force_rollback=True):
                await store.limit_statements(self.conn, self.patience_ms)
                return await work()
        except QueryCanceled:
            return None

    async def compare(self, account_ids: Sequence[int] | None) -> Preview:
        """Totals and movers over these accounts, or all."""
        definitions = (Definition(0, 0, self.draft), *([] if self.before is None else [self.before]))
        reading = reading_of(AccountScope.ALL if account_ids is None else AccountScope.MANY, self.moment)
        asked = comparison(definitions, reading)
        values = {
            **moment_values(self.moment),
            **dict(asked.parameters),
            "account_ids": list(account_ids or []),
            "movers": self.movers,
        }
        rows = await (await self.conn.execute(asked.text, values)).fetchall()
        largest = [(row[2], row[3], row[4]) for row in rows if row[0] == "mover"]
        named = await store.name_accounts(self.conn, [account for account, _, _ in largest])
        return _preview(rows, [Mover(a, *named[a], old, new) for a, old, new in largest], self.draft)

    async def cross(self, account_ids: Sequence[int]) -> tuple[Crossing, ...]:
        """Operations of these accounts that come in or go out."""
        before = None if self.before is None else self.before.draft
        asked = crossing(self.draft, before, reading_of(AccountScope.MANY, self.moment))
        values = {
            **moment_values(self.moment),
            **dict(asked.parameters),
            "account_ids": list(account_ids),
            "most": CROSSINGS,
        }
        rows = await (await self.conn.execute(asked.text, values)).fetchall()
        named = await store.name_accounts(self.conn, [row[0] for row in rows])
        return tuple(Crossing(named[row[0]][0], operation_of(row[:-1]), row[-1]) for row in rows)


def _preview(rows: Sequence[tuple[Any, ...]], movers: Sequence[Mover], draft: Draft) -> Preview:
    totals = [row[1:] for row in rows if row[0] == "total"]
    drafted = [row for row in totals if row[1] == 0]
    return Preview(
        operations=sum(row[4] for row in drafted),
        accounts=sum(row[5] for row in drafted),
        old=_by_currency(totals, 1),
        new=_by_currency(totals, 0),
        movers=tuple(movers),
        source=source_of(draft),
        moving=sum(row[5] for row in rows if row[0] == "touched"),
    )


def _by_currency(totals: Sequence[tuple[Any, ...]], definition: int) -> dict[str, Figures]:
    found = {row[0]: Figures(Decimal(row[2]), Decimal(row[3]), row[4]) for row in totals if row[1] == definition}
    return dict(sorted(found.items()))
