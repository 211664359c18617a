"""Who owes what: accounts with their balances, sorted by them, and the key figures of each currency.

Two ways give the same: worked out on the spot, which costs a look at every account; or put in order by the kept
standings (`ranking_cache`), which are some seconds old. The figures of the accounts shown are exact either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from solde.customers import CustomerFilters
from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import store
from .figures import balances_of_many
from .model import Definition, FigureSource, Moment
from .plan import ACCOUNT_JOIN, BILLING_JOIN, choose
from .relations import AccountScope, RelationQuery, relation, unbilled


class Show(StrEnum):
    """Which accounts a ranking shows."""

    ALL = "all"
    OWING = "owing"
    ARREARS = "arrears"
    OVERPAID = "overpaid"
    INCOMPLETE = "incomplete"
    STOPPED = "stopped"


# Conditions on `s`, an account with its figures: a row of account_standing, or of what would be written there now.
_SHOWN: Mapping[Show, str] = {
    Show.ALL: "true",
    Show.OWING: "s.balance > 0",
    Show.ARREARS: "s.overdue > 0",
    Show.OVERPAID: "s.balance < 0",
    Show.INCOMPLETE: "s.incomplete",
    Show.STOPPED: "s.state <> 'ACTIVE'",
}
_NARROWED: Mapping[str, str] = {
    "seller_id": "s.seller_id = %(seller_id)s",
    "kind": "s.kind = %(kind)s",
    "country": "s.country = %(country)s",
    "category": "s.category = %(category)s",
    "seller": "s.seller_id = (select x.seller_id from seller x where x.code = %(seller)s)",
    "state": "s.customer_state = %(state)s",
    "account_state": "s.state = %(account_state)s",
    "incomplete": "s.incomplete = %(incomplete)s",
    "currency": "s.currency = %(currency)s",
    "payment_mode": "s.payment_mode = %(payment_mode)s",
}

RANKED_BY: Mapping[str, tuple[str, str]] = {
    "balance": ("s.balance", "numeric"),
    "overdue": ("s.overdue", "numeric"),
    "name": ("c.sort_name", "text"),
    "account": ("d.code", "text"),
}
_DIRECTORY = "join account_directory d on d.account_id = s.account_id join customer c on c.customer_id = d.customer_id"
_STANDINGS = "account_standing s"
_FIGURES = ("balance", "overdue")
# In which order kept standings can be walked by an index, a step at a time.
_WALKED: Mapping[str, str] = {
    "balance": _STANDINGS,
    "overdue": _STANDINGS,
    "name": "customer c join account_directory d on d.customer_id = c.customer_id",
    "account": "account_directory d",
}
WALK_MOST, NAMES_MOST = 10_000, 3_000
"""How many accounts are walked in order for those that are wanted; where too few are, all that are wanted are sorted."""


@dataclass(frozen=True, slots=True)
class Kept:
    """That standings are kept for the definitions asked for, and of when they are."""

    worked_out_at: datetime


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


_STANDING = """
    select d.account_id, d.seller_id, a.currency, c.kind, c.country, c.category, c.state as customer_state,
        p.payment_mode, a.state, c.incomplete <> '{}' as incomplete, coalesce(b.amount, 0) as balance, coalesce(l.amount, 0) as overdue
    from account_directory d
    join account a on a.account_id = d.account_id
    join customer c on c.customer_id = d.customer_id
    left join account_profile p on p.account_id = d.account_id
    left join owed b on b.account_id = d.account_id
    left join late l on l.account_id = d.account_id"""

_KEY_FIGURES = """
select s.currency,
    coalesce(sum(s.balance) filter (where s.balance > 0), 0), coalesce(-sum(s.balance) filter (where s.balance < 0), 0),
    coalesce(sum(s.overdue) filter (where s.overdue > 0), 0),
    count(*), count(*) filter (where s.balance > 0), count(*) filter (where s.overdue > 0),
    count(*) filter (where s.balance < 0), count(*) filter (where s.incomplete),
    count(*) filter (where s.state <> 'ACTIVE')"""

_WHOLE_TOTALS = """
    select t.account_id, y.class, y.code, y.side, t.excluded, a0.currency,
        t.o_amount + t.p_amount + t.i_amount + t.l_amount as amount
    from account_total t
    join operation_type y on y.type_id = t.type_id
    join account a0 on a0.account_id = t.account_id
    where t.account_id {scope}"""
"""The totals of accounts without their status, which spares a row a status."""


def _line(definition: Definition, name: str, scope: AccountScope) -> tuple[str, dict[str, object]]:
    """One row an account: its balance by a definition, as a common table expression."""
    chosen = choose(definition.draft, name)
    whole = chosen.source is FigureSource.TOTALS and not chosen.needs_status
    source = _WHOLE_TOTALS.format(scope=scope.value) if whole else relation(chosen.source, RelationQuery(scope))[1]
    joins = (ACCOUNT_JOIN if chosen.needs_account else "") + (BILLING_JOIN if chosen.needs_billing else "")
    text = f"""
    select o.account_id, sum(o.side * {chosen.measure}) as amount
    from ({source}) o{joins}
    where {chosen.condition}
    group by o.account_id"""
    if definition.draft.counts_unbilled:
        also = f"select u.account_id, u.debit - u.credit from ({unbilled(RelationQuery(scope))}) u"
        text = f"select w.account_id, sum(w.amount) as amount from ({text}\nunion all {also}) w group by w.account_id"
    return f"{name} as materialized ({text}\n)", dict(chosen.parameters)


def standing_sql(
    definitions: Sequence[Definition], scope: AccountScope = AccountScope.ALL
) -> tuple[str, str, dict[str, object]]:
    """How accounts stand now: common table expressions, a select of rows like those of account_standing, parameters.

    Shape: `definitions` are the balance and the one that says what is overdue; with `Scope.MANY` of `account_ids`.
    """
    balance, overdue = definitions
    (first, values), (second, more) = _line(balance, "owed", scope), _line(overdue, "late", scope)
    narrowed = "" if scope is AccountScope.ALL else f"\n    where d.account_id {scope.value}"
    return f"with {first},\n{second}\n", _STANDING + narrowed, values | more


def _conditions(
    seller_id: int | None, show: Show, currency: str | None, filters: CustomerFilters | None
) -> tuple[list[str], dict[str, object]]:
    """What narrows a ranking, as SQL on `s`, with its parameters."""
    asked = {} if filters is None else {f.name: getattr(filters, f.name) for f in fields(filters)}
    asked |= {"seller_id": seller_id} | ({} if currency is None else {"currency": currency})
    values = {name: value for name, value in asked.items() if value is not None}
    found = [_NARROWED[name] for name in values]
    if show is not Show.ALL:
        found.append(_SHOWN[show])
    return found, values


async def rank_accounts(
    conn: Connection,
    definitions: Sequence[Definition],
    moment: Moment,
    *,
    seller_id: int | None = None,
    show: Show = Show.ALL,
    currency: str | None = None,
    filters: CustomerFilters | None = None,
    at_least: tuple[str, Decimal | None] = ("balance", None),
    by: str = "balance",
    descending: bool = True,
    limit: int | None = None,
    cursor: str | None = None,
    kept: Kept | None = None,
) -> Page[RankedAccount]:
    """A page of accounts with their balances, those who owe most first unless ordered otherwise.

    Shape: `definitions` are the balance and the one that says what is overdue; `by` is a key of RANKED_BY; `at_least` names one
    of the figures, balance or overdue, and its least.
    Gives: exact figures; with `kept`, which accounts and in which order is of when that was worked out.
    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    conditions, values = _conditions(seller_id, show, currency, filters)
    figure, least = at_least
    if least is not None:
        assert figure in _FIGURES, "a least is of one of the figures"
        conditions, values = [*conditions, f"s.{figure} >= %(at_least)s"], values | {"at_least": least}
    order = _Order(*RANKED_BY[by], "desc" if descending else "asc", cursor is not None)
    if kept:
        text, more = _ranked_by_kept(by, order, conditions), dict[str, object]()
    else:
        head, standing, more = standing_sql(definitions)
        text = head + order.page(f"({standing}) s\n{_DIRECTORY}", conditions)
    values |= more | _after(cursor)
    values |= {
        "current_date": moment.current_date,
        "limit": size + 1,
        "walk": WALK_MOST if by in _FIGURES else NAMES_MOST,
    }
    rows = await (await conn.execute(text.encode(), values)).fetchall()
    items = await _with_figures(conn, [row[0] for row in rows[:size]], definitions, moment)
    return Page(items, encode_cursor([rows[size - 1][2], rows[size - 1][0]]) if len(rows) > size else None)


@dataclass(frozen=True, slots=True)
class _Order:
    """By what accounts are sorted, and whether the page begins behind a place."""

    column: str
    kind: str
    way: str
    behind: bool

    @property
    def key(self) -> str:
        return "s.account_id" if self.column.startswith("s.") else "d.account_id"

    def page(self, source: str, conditions: Sequence[str], *, limit: str = "limit", also: str = "") -> str:
        """A select of account, sort key and the key as text."""
        sign = "<" if self.way == "desc" else ">"
        place = f"({self.column}, {self.key}) {sign} (%(after)s::{self.kind}, %(after_id)s::bigint)"
        wanted = [*conditions, *([place] if self.behind else [])]
        return (
            f"select {self.key}, {self.column} as sorted, {self.column}::text as told{also}\nfrom {source}\n"
            f"where {' and '.join(wanted) or 'true'} order by {self.column} {self.way}, {self.key} {self.way} limit %({limit})s"
        )


def _ranked_by_kept(by: str, order: _Order, conditions: Sequence[str]) -> str:
    """A page by the kept standings: walked in order, or, where few of those walked are wanted, picked and sorted.

    By name or code without conditions an account not yet among the standings is listed too.
    """
    if not conditions:
        return order.page(_WALKED[by], [])
    figures = by in _FIGURES
    wanted = " and ".join(conditions)
    step = order.page(_WALKED[by], [], limit="walk", also=", s.*" if figures else "").replace(
        f"select {order.key},", f"select {order.key} as key,", 1
    )
    joined = "" if figures else "join account_standing s on s.account_id = o.key"
    source = f"({step}) {'s' if figures else 'o'} {joined}"
    row = "s" if figures else "o"
    picked = f"(select s.* from account_standing s where {wanted} offset 0) s {'' if figures else _DIRECTORY}"
    way = order.way
    return f"""with walked as materialized (
        select {row}.key as account_id, {row}.sorted, {row}.told from {source} where {wanted}
        order by {row}.sorted {way}, {row}.key {way} limit %(limit)s
    )
    select w.account_id, w.sorted, w.told from walked w where (select count(*) from walked) >= %(limit)s
    union all
    select p.* from ({order.page(picked, [])}) p where (select count(*) from walked) < %(limit)s
    order by 2 {way}, 1 {way}"""


async def _with_figures(
    conn: Connection, account_ids: Sequence[int], definitions: Sequence[Definition], moment: Moment
) -> list[RankedAccount]:
    """These accounts, in this order, with their balances of now."""
    lines = await store.ranked_lines(conn, account_ids)
    figures = await balances_of_many(conn, account_ids, definitions, moment)
    return [
        RankedAccount(
            *lines[account],
            *([f.balance for f in figures[account]] if account in figures else [ZERO] * len(definitions)),
        )
        for account in account_ids
    ]


async def key_figures(
    conn: Connection,
    definitions: Sequence[Definition],
    moment: Moment,
    *,
    seller_id: int | None = None,
    filters: CustomerFilters | None = None,
    kept: Kept | None = None,
) -> list[KeyFigures]:
    """What is owed, overpaid and overdue in each currency, the currency with the most accounts first.

    With `kept` of when that was worked out; without filters these are read, not added up.
    """
    if kept and filters in {None, CustomerFilters()}:
        return [KeyFigures(*row) for row in await store.kept_totals(conn, seller_id)]
    found, values = _conditions(seller_id, Show.ALL, None, filters)
    head, standing, more = ("", "select * from account_standing", {}) if kept else standing_sql(definitions)
    text = (
        f"{head}{_KEY_FIGURES}\nfrom ({standing}) s\nwhere {' and '.join(found) or 'true'}"
        " group by s.currency order by count(*) desc, s.currency"
    )
    values |= more | {"current_date": moment.current_date}
    return [KeyFigures(*row) for row in await (await conn.execute(text.encode(), values)).fetchall()]


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    after, account_id = decode_cursor(cursor, 2)
    if not isinstance(account_id, int) or not isinstance(after, str) or "\0" in after:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after": after, "after_id": account_id}


__all__ = ["RANKED_BY", "KeyFigures", "Kept", "RankedAccount", "Show", "key_figures", "rank_accounts", "standing_sql"]
