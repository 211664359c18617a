"""The definition lab: what a draft would give on the real data, before it is saved."""

from __future__ import annotations

from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.refusals import Refused
from solde.operations import load_types

from . import rules, store
from .figures import balances_of_many
from .model import Definition, Draft, Figures, Moment, Mover, Preview
from .plan import source_of

MOVERS = 20


async def preview(conn: Connection, draft: Draft, moment: Moment, *, movers: int = MOVERS) -> Preview:
    """Run a draft over every account, beside the definition of the same code where there is one.

    Gives: operations and accounts it takes, totals by currency old and new, the accounts that move most.
    Refuses: what `check_draft` refuses.
    """
    if refusals := rules.check_draft(draft, (await load_types(conn)).by_code):
        raise Refused(refusals)
    drafted = Definition(0, 0, draft)
    before = next((d for d in await store.definitions_now(conn) if d.code == draft.code), None)
    definitions = [drafted] if before is None else [drafted, before]
    figures = await balances_of_many(conn, None, definitions, moment)
    new = {account: found[0] for account, found in figures.items()}
    old = {account: found[1] for account, found in figures.items()} if before is not None else {}
    named = await store.name_accounts(conn, list(figures))
    currencies = {account: currency for account, (_, _, currency) in named.items()}
    return Preview(
        operations=sum(f.count for f in new.values()),
        accounts=sum(1 for f in new.values() if f.count),
        old=_by_currency(old, currencies),
        new=_by_currency(new, currencies),
        movers=_movers(old, new, named, movers),
        source=source_of(draft),
    )


def _by_currency(figures: dict[int, Figures], currencies: dict[int, str]) -> dict[str, Figures]:
    totals: dict[str, Figures] = {}
    for account, f in figures.items():
        t = totals.get(currencies[account], Figures())
        totals[currencies[account]] = Figures(t.debit + f.debit, t.credit + f.credit, t.count + f.count)
    return dict(sorted(totals.items()))


def _movers(
    old: dict[int, Figures], new: dict[int, Figures], named: dict[int, tuple[str, str, str]], most: int
) -> tuple[Mover, ...]:
    def balance(of: dict[int, Figures], account: int) -> Decimal:
        return of[account].balance if account in of else ZERO

    moved = [a for a in old.keys() | new.keys() if balance(old, a) != balance(new, a)]
    moved.sort(key=lambda a: (-abs(balance(new, a) - balance(old, a)), a))
    return tuple(
        Mover(a, named[a][0], named[a][1], named[a][2], balance(old, a), balance(new, a)) for a in moved[:most]
    )
