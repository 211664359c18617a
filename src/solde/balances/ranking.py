"""Who owes what: every account with its balances, sorted by them, and the key figures of each currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from .model import Definition, Moment, Source
from .plan import ACCOUNT_JOIN, BILLING_JOIN, choose
from .relations import Reading, Scope, relation


class Show(StrEnum):
    """Which accounts a ranking shows."""

    ALL = "all"
    OWING = "owing"
    ARREARS = "arrears"
    OVERPAID = "overpaid"
    INCOMPLETE = "incomplete"
    STOPPED = "stopped"


_CONDITIONS: Mapping[Show, str] = {
    Show.ALL: "true",
    Show.OWING: "b.amount > 0",
    Show.ARREARS: "l.amount > 0",
    Show.OVERPAID: "b.amount < 0",
    Show.INCOMPLETE: "c.incomplete <> '{}'",
    Show.STOPPED: "a.state <> 'ACTIVE'",
}

RANKED_BY: Mapping[str, tuple[str, str]] = {
    "balance": ("coalesce(b.amount, 0)", "numeric"),
    "overdue": ("coalesce(l.amount, 0)", "numeric"),
    "name": ("c.sort_name", "text"),
    "account": ("d.code", "text"),
}


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """An account and what it owes; positive: the customer owes."""

    account_id: int
    account: str
    customer: str
    name: str
    country: str | None
    currency: str
    state: str
    incomplete: tuple[str, ...]
    balance: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """What the accounts of a currency owe, together. Amounts are sizes; overdue is what is past its due date."""

    currency: str
    owed: Decimal
    overpaid: Decimal
    overdue: Decimal
    accounts: int
    owing: int
    arrears: int
    overpaid_accounts: int
    incomplete: int
    stopped: int


_FROM = """
from account_directory d
join account a on a.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
left join owed b on b.account_id = d.account_id
left join late l on l.account_id = d.account_id
where (%(seller_id)s::bigint is null or d.seller_id = %(seller_id)s)"""

_KEY_FIGURES = """
select a.currency,
    coalesce(sum(b.amount) filter (where b.amount > 0), 0), coalesce(-sum(b.amount) filter (where b.amount < 0), 0),
    coalesce(sum(l.amount) filter (where l.amount > 0), 0),
    count(*), count(*) filter (where b.amount > 0), count(*) filter (where l.amount > 0),
    count(*) filter (where b.amount < 0),
    count(*) filter (where c.incomplete <> '{}'), count(*) filter (where a.state <> 'ACTIVE')"""

_COLUMNS = """
select d.account_id, d.code, c.code, c.name, c.country, a.currency, a.state, c.incomplete,
    coalesce(b.amount, 0), coalesce(l.amount, 0)"""


_WHOLE_TOTALS = """
    select t.account_id, y.class, y.code, y.side, t.excluded, a0.currency, 'POSTED' as posting_status,
        t.o_amount + t.p_amount + t.i_amount + t.l_amount as amount
    from account_total t
    join operation_type y on y.type_id = t.type_id
    join account a0 on a0.account_id = t.account_id"""
"""The totals of every account without their status, which spares a row a status."""


def _line(definition: Definition, name: str) -> tuple[str, dict[str, object]]:
    """One row an account: its balance by a definition, as a common table expression."""
    chosen = choose(definition.draft, name)
    whole = chosen.source is Source.TOTALS and not chosen.needs_status
    source = _WHOLE_TOTALS if whole else relation(chosen.source, Reading(Scope.ALL))[1]
    joins = (ACCOUNT_JOIN if chosen.needs_account else "") + (BILLING_JOIN if chosen.needs_billing else "")
    text = f"""{name} as materialized (
    select o.account_id, sum(o.side * {chosen.measure}) as amount
    from ({source}) o{joins}
    where {chosen.condition}
    group by o.account_id
)"""  # noqa: S608 - our own fragments; texts of people are parameters
    return text, dict(chosen.parameters)


def _lines(definitions: Sequence[Definition]) -> tuple[str, dict[str, object]]:
    """The balance of every account and, by the second definition, what of it is overdue."""
    balance, overdue = definitions
    (first, values), (second, more) = _line(balance, "owed"), _line(overdue, "late")
    return f"with {first},\n{second}", values | more


async def rank_accounts(
    conn: Connection,
    definitions: Sequence[Definition],
    moment: Moment,
    *,
    seller_id: int | None = None,
    show: Show = Show.ALL,
    currency: str | None = None,
    by: str = "balance",
    descending: bool = True,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[RankedAccount]:
    """A page of accounts with their balances, those who owe most first unless ordered otherwise.

    Shape: `definitions` are the balance and the one that says what is overdue; `by` is a key of RANKED_BY.
    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    head, values = _lines(definitions)
    sorted_by, kind = RANKED_BY[by]
    found = [_CONDITIONS[show]]
    if currency is not None:
        found.append("a.currency = %(currency)s")
    if cursor is not None:
        found.append(
            f"({sorted_by}, d.account_id) {'<' if descending else '>'} (%(after)s::{kind}, %(after_id)s::bigint)"
        )
        values |= _after(cursor)
    way = "desc" if descending else "asc"
    text = (
        f"{head}{_COLUMNS}, {sorted_by}::text{_FROM} and {' and '.join(found)} "
        f"order by {sorted_by} {way}, d.account_id {way} limit %(limit)s"
    )
    values |= {"current_date": moment.current_date, "seller_id": seller_id, "currency": currency, "limit": size + 1}
    rows = await (await conn.execute(text.encode(), values)).fetchall()
    following = encode_cursor([rows[size - 1][-1], rows[size - 1][0]]) if len(rows) > size else None
    return Page([_ranked(row) for row in rows[:size]], following)


async def key_figures(
    conn: Connection, definitions: Sequence[Definition], moment: Moment, *, seller_id: int | None = None
) -> list[KeyFigures]:
    """What is owed, overpaid and overdue in each currency, the currency with the most accounts first."""
    head, values = _lines(definitions)
    text = f"{head}{_KEY_FIGURES}{_FROM} group by a.currency order by count(*) desc, a.currency"
    values |= {"current_date": moment.current_date, "seller_id": seller_id}
    return [KeyFigures(*row) for row in await (await conn.execute(text.encode(), values)).fetchall()]


def _after(cursor: str) -> dict[str, object]:
    after, account_id = decode_cursor(cursor, 2)
    if not isinstance(account_id, int) or not isinstance(after, str):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after": after, "after_id": account_id}


def _ranked(row: tuple[Any, ...]) -> RankedAccount:
    account_id, account, customer, name, country, currency, state, incomplete, balance, overdue, _ = row
    return RankedAccount(
        account_id, account, customer, name, country, currency, state, tuple(incomplete), balance, overdue
    )


__all__ = ["RANKED_BY", "KeyFigures", "RankedAccount", "Show", "key_figures", "rank_accounts"]
