"""Figures of balances: now, or at a past moment, of one account or of many, in one statement."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from solde.db import Connection, Merger, Pool
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say
from solde.operations import load_types

from . import store
from .fast_read import QuickReading, Sums
from .model import AccountBalance, Definition, Figures, FigureSource, Moment
from .plan import figure_statement
from .relations import AccountScope, RelationQuery

UNKNOWN_BALANCE = declare("unknown_balance", Kind.NOT_FOUND, "Use a code of GET /api/v1/balance-definitions.")
KNOWN_AT_IN_FUTURE = declare(
    "known_at_in_future", Kind.INVALID, "Ask for an instant that has passed; what will be recorded is not known."
)

FOREVER = date(9999, 12, 31)


KEPT_MOST = 1000
"""Of how many accounts with very many open items the sums are kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Sums of an account's open items, as the definitions ask for them, and the state of the account they are of."""

    quick: QuickReading
    mark: tuple[Any, ...]
    sums: Sums


class Definitions:
    """The definitions in force, kept in memory made ready, and read again when their stamp has changed."""

    def __init__(self) -> None:
        self._quick = QuickReading((), {})
        self._kept: OrderedDict[tuple[int, date], _Kept] = OrderedDict()

    async def get(self, conn: Connection) -> tuple[Definition, ...]:
        """The definitions in force, in their order."""
        found = await store.definitions_now(conn)
        if found != self._quick.definitions:
            self._quick = QuickReading(found, (await load_types(conn)).by_id)
        return found

    async def figures(self, conn: Connection, account_id: int, moment: Moment) -> list[AccountBalance]:
        """Every balance of an account; now, one statement answers it and tells whether what is in memory still holds."""
        if not moment.is_now:
            return await balances_of(conn, account_id, await definitions_at(conn, moment), moment)
        return (await self.figures_now(conn, [account_id], moment))[account_id]

    async def figures_now(
        self, conn: Connection, account_ids: Sequence[int], moment: Moment
    ) -> dict[int, list[AccountBalance]]:
        """Every balance of each account now."""
        quick = self._quick
        if quick.usable and quick.definitions:
            rows = await self._read(conn, quick, account_ids, moment.current_date)
            if quick.holds(rows):
                return {
                    account: [
                        AccountBalance(account, definition, figures, source)
                        for definition, figures, source in zip(quick.definitions, found, quick.sources, strict=True)
                    ]
                    for account, found in quick.figures(rows, account_ids).items()
                }
        self._quick = QuickReading((), {})
        self._kept.clear()
        definitions = await self.get(conn)
        return {account: await balances_of(conn, account, definitions, moment) for account in account_ids}

    async def _read(
        self, conn: Connection, quick: QuickReading, account_ids: Sequence[int], today: date
    ) -> list[tuple[Any, ...]]:
        """The rows of the quick statement; sums over very many open items are kept while their account stays as it is."""
        if len(account_ids) != 1:
            values = {"current_date": today, "account_ids": list(account_ids)}
            return await (await conn.execute(quick.of_many, values)).fetchall()
        account_id, key = account_ids[0], (account_ids[0], today)
        values = {"current_date": today, "account_id": account_id}
        if (kept := self._kept.get(key)) is not None and kept.quick is quick:
            rows = await (await conn.execute(quick.totals_of_one, values)).fetchall()
            if quick.mark(rows, account_id) == kept.mark:
                return [*rows, *kept.sums.values()]
        rows = await (await conn.execute(quick.of_one, values)).fetchall()
        mark, sums = quick.mark(rows, account_id), quick.sums(rows)
        if mark is not None and sums is not None:
            self._kept[key] = _Kept(quick, mark, sums)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return rows


class BalanceReader:
    """Reads the balances of many callers at once: those asked for while others are read are read together."""

    def __init__(self, pool: Pool, definitions: Definitions, *, workers: int = 2):
        self._pool = pool
        self._definitions = definitions
        self._merger: Merger[tuple[int, date], list[AccountBalance]] = Merger(self._read, workers=workers, most=64)

    async def balances(self, account_id: int, moment: Moment) -> list[AccountBalance]:
        """Every balance of an account at a moment."""
        if moment.is_now:
            return await self._merger.ask((account_id, moment.current_date))
        async with self._pool.connection() as conn:
            return await self._definitions.figures(conn, account_id, moment)

    async def _read(self, asked: Sequence[tuple[int, date]]) -> Sequence[list[AccountBalance]]:
        found: dict[tuple[int, date], list[AccountBalance]] = {}
        async with self._pool.connection() as conn:
            for day in sorted({day for _, day in asked}):
                accounts = sorted({account for account, its in asked if its == day})
                read = await self._definitions.figures_now(conn, accounts, Moment(day))
                found |= {(account, day): balances for account, balances in read.items()}
        return [found[one] for one in asked]


async def definitions_at(conn: Connection, moment: Moment) -> tuple[Definition, ...]:
    """The definitions in force now, or at the instant a moment names.

    An instant just gone by is waited for: what is being recorded of definitions is stamped under their lock.
    """
    if moment.known_at is None:
        return await store.definitions_now(conn)
    await store.share_definitions(conn)
    return await store.definitions_known(conn, moment.known_at)


def pick(definitions: Sequence[Definition], code: str | None) -> Definition:
    """A definition by its code, or the default one."""
    for definition in definitions:
        if definition.code == code or (code is None and definition.draft.is_default):
            return definition
    near = get_close_matches(code or "", [d.code for d in definitions], 1)
    hint = say("; did you mean {near}?", near=near[0]) if near else ""
    raise Refused(
        refuse(UNKNOWN_BALANCE, "there is no balance {code!r}{hint}", code=code, hint=hint, field="definition")
    )


def check_moment(moment: Moment, now: datetime) -> None:
    """Refuse an instant that has not passed."""
    if moment.known_at is not None and moment.known_at > now:
        said = say("{known_at} has not passed yet", known_at=moment.known_at.isoformat())
        raise Refused(refuse(KNOWN_AT_IN_FUTURE, said, field="known_at"))


async def balances_of(
    conn: Connection, account_id: int, definitions: Sequence[Definition], moment: Moment
) -> list[AccountBalance]:
    """The figures of definitions on one account, in their order.

    An instant just gone by is waited for: what is being recorded on the account holds its lock, and was stamped under it.
    """
    chosen = tuple(definitions)
    if not chosen:
        return []
    if moment.known_at is not None:
        await store.share_account(conn, account_id)
    statement = figure_statement(chosen, reading_of(AccountScope.ONE, moment))
    values = {**moment_values(moment), "account_id": account_id, **dict(statement.parameters)}
    return _balances(account_id, chosen, await (await conn.execute(statement.text, values)).fetchall())


async def balances_of_many(
    conn: Connection, account_ids: Sequence[int] | None, definitions: Sequence[Definition], moment: Moment
) -> dict[int, list[Figures]]:
    """The figures of definitions on many accounts, or all of them: by account, in the order of the definitions.

    Accounts without any operation taken by a definition are absent.
    """
    chosen = tuple(definitions)
    if not chosen:
        return {}
    scope = AccountScope.ALL if account_ids is None else AccountScope.MANY
    statement = figure_statement(chosen, reading_of(scope, moment))
    values = {**moment_values(moment), "account_ids": list(account_ids or []), **dict(statement.parameters)}
    found: dict[int, list[Figures]] = {}
    for account_id, position, debit, credit, count in await (await conn.execute(statement.text, values)).fetchall():
        found.setdefault(account_id, [Figures()] * len(chosen))[position] = Figures(debit, credit, count)
    return found


def reading_of(scope: AccountScope, moment: Moment) -> RelationQuery:
    """How a moment is read of some accounts."""
    return RelationQuery(scope, dated=moment.as_of is not None, known=moment.known_at is not None)


def moment_values(moment: Moment) -> dict[str, object]:
    """The parameters that tell the moment to a statement."""
    return {
        "current_date": moment.current_date,
        "as_of": moment.as_of or FOREVER,
        "known_at": moment.known_at,
    }


def _balances(
    account_id: int, definitions: tuple[Definition, ...], rows: Sequence[tuple[Any, ...]]
) -> list[AccountBalance]:
    figures = {row[1]: Figures(*row[2:]) for row in rows}
    sources = figure_statement(definitions, RelationQuery()).sources
    return [
        AccountBalance(account_id, definition, figures.get(position, Figures()), sources[position])
        for position, definition in enumerate(definitions)
    ]


__all__ = [
    "BalanceReader",
    "Definitions",
    "FigureSource",
    "balances_of",
    "balances_of_many",
    "check_moment",
    "definitions_at",
    "moment_values",
    "pick",
    "reading_of",
]
