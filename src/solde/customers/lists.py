"""Find customers: the search box, filters, the list; a customer or an account with its hierarchy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refused, declare, refuse

from . import store
from .model import (
    Account,
    AccountInHierarchy,
    BillingAccount,
    Customer,
    CustomerFilters,
    FoundAccount,
    FoundCustomer,
    UserAccount,
)
from .rules import search

UNKNOWN_CUSTOMER = declare("unknown_customer", Kind.NOT_FOUND, "List customers by GET /api/v1/customers?q=…")

MOST_CANDIDATES = 20_000
"""How many customers the rarest word of a query may bring; of a word that brings more, the first ones are looked at."""

# Every word must be met as a prefix. Which word is rarest is found by counting each, up to the bound; only its
# customers are asked for the other words. A prefix is a range of the "C" collation, up to Unicode's last character.
_SEARCH = """
with word as (
    select w.word, w.word || U&'\\+10FFFF' as beyond from unnest(%(words)s::text[]) w (word)
),
probe as materialized (
    select w.word, w.beyond, (
        select count(*) from (
            select from search_term t where t.term >= w.word and t.term < w.beyond limit %(most)s
        ) t
    ) as terms
    from word w
),
rarest as materialized (select p.word, p.beyond from probe p order by p.terms, p.word limit 1),
candidate as materialized (
    select distinct t.customer_id
    from rarest r
    cross join lateral (
        select t.customer_id from search_term t
        where t.term >= r.word and t.term < r.beyond
        order by t.term, t.customer_id
        limit %(most)s
    ) t
),
exact as materialized (
    select distinct t.customer_id from search_term t where t.term = %(whole)s and t.field <= %(exact_up_to)s
),
hit as materialized (
    select c.customer_id, 1 as rank
    from candidate c
    where (
        select coalesce(bool_and(exists (
            select from search_term t where t.customer_id = c.customer_id and t.term >= p.word and t.term < p.beyond
        )), true)
        from probe p
        where p.word <> (select r.word from rarest r)
    ) and c.customer_id not in (select e.customer_id from exact e)
    union all
    select e.customer_id, 0 from exact e
)
"""

_COLUMNS = """
select
    h.rank, c.sort_name, c.customer_id, c.code, c.name, c.kind, c.country, c.registration_number, s.code,
    c.category, c.state, c.incomplete, a.accounts
"""
_HITS = _COLUMNS + "from hit h join customer c on c.customer_id = h.customer_id"
_ALL = _COLUMNS + "from customer c cross join (select 1 as rank) h"
_LINE = """
join seller s on s.seller_id = c.seller_id
left join lateral (
    select array_agg(array[d.account_id::text, d.code, a.currency, a.state] order by d.account_id) as accounts
    from account_directory d
    join account a on a.account_id = d.account_id
    where d.customer_id = c.customer_id
) a on true
where {conditions}
order by h.rank, c.sort_name, c.customer_id
limit %(limit)s
"""


async def search_customers(
    conn: Connection,
    q: str | None = None,
    *,
    seller_id: int | None = None,
    filters: CustomerFilters | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[FoundCustomer]:
    """The customers that have every word of `q`, each as the beginning of a word in one of the eight fields.

    Gives: those whose code is exactly `q` first, then by name; without `q` all of them by name. A query as short as a
    letter or two that fits more than MOST_CANDIDATES customers shows the first of them; another letter finds the rest.
    Refuses: bad_cursor, bad_limit.
    """
    rows_wanted = check_limit(limit)
    words = search.query_words(q or "")
    if q and q.strip() and not words:
        return Page([], None)
    conditions, values = _conditions(filters or CustomerFilters(), seller_id, cursor, by_rank=bool(words))
    if words:
        values |= {"words": words, "whole": search.whole(q or ""), "most": MOST_CANDIDATES}
        values |= {"exact_up_to": int(search.EXACT_UP_TO)}
    query = _SEARCH + _HITS if words else _ALL
    query += _LINE.replace("{conditions}", " and ".join(conditions))
    rows = await (await conn.execute(query.encode(), values | {"limit": rows_wanted + 1})).fetchall()
    last = rows[rows_wanted - 1] if len(rows) > rows_wanted else None
    return Page([_found(row) for row in rows[:rows_wanted]], encode_cursor(last[:3]) if last else None)


def _conditions(
    filters: CustomerFilters, seller_id: int | None, cursor: str | None, *, by_rank: bool
) -> tuple[list[str], dict[str, object]]:
    """What narrows the list, as SQL on `c`, `s` and `h`, with its parameters."""
    wanted: list[tuple[str, object, str]] = [
        ("seller_id", seller_id, "c.seller_id = %(seller_id)s"),
        ("kind", filters.kind, "c.kind = %(kind)s"),
        ("country", filters.country, "c.country = %(country)s"),
        ("category", filters.category, "c.category = %(category)s"),
        ("seller", filters.seller, "s.code = %(seller)s"),
        ("account_state", filters.account_state, _HAS_ACCOUNT_IN_STATE),
    ]
    chosen = [(name, value, condition) for name, value, condition in wanted if value is not None]
    conditions = ["true", *(condition for _, _, condition in chosen)]
    if filters.incomplete is not None:
        conditions.append("c.incomplete <> '{}'" if filters.incomplete else "c.incomplete = '{}'")
    values: dict[str, object] = {name: value for name, value, _ in chosen}
    if cursor is not None:
        after = "(h.rank, c.sort_name, c.customer_id) > (%(rank)s, %(after_name)s, %(after_id)s)"
        conditions.append(after if by_rank else "(c.sort_name, c.customer_id) > (%(after_name)s, %(after_id)s)")
        values |= _after(cursor)
    return conditions, values


_HAS_ACCOUNT_IN_STATE = """exists (
    select from account_directory x join account y on y.account_id = x.account_id
    where x.customer_id = c.customer_id and y.state = %(account_state)s
)"""


def _after(cursor: str) -> dict[str, object]:
    rank, name, customer_id = decode_cursor(cursor, 3)
    if rank not in (0, 1) or not isinstance(name, str) or "\0" in name or not isinstance(customer_id, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"rank": rank, "after_name": name, "after_id": customer_id}


def _found(row: tuple[Any, ...]) -> FoundCustomer:
    accounts = tuple(FoundAccount(int(key), *rest) for key, *rest in row[-1] or ())
    return FoundCustomer(*(*row[2:-2], tuple(row[-2]), accounts))


async def get_customer(conn: Connection, code: str, seller_id: int | None = None) -> Customer:
    """A customer with all its accounts, billing accounts and user accounts.

    Refuses: unknown_customer, also where another seller has it.
    """
    customer_id = await store.find_customer_id(conn, code, seller_id)
    if customer_id is None:
        raise Refused(refuse(UNKNOWN_CUSTOMER, f"there is no customer {code!r}"))
    return await _with_levels(conn, customer_id)


async def get_account(conn: Connection, code: str, seller_id: int | None = None) -> AccountInHierarchy:
    """A customer account in its hierarchy.

    Refuses: unknown_account, also where another seller has it.
    """
    found = await store.find_account(conn, code, seller_id)
    if found is None:
        raise Refused(refuse(UNKNOWN_ACCOUNT, f"there is no account {code!r}"))
    customer = await _with_levels(conn, found.customer_id)
    (account,) = (a for a in customer.accounts if a.account_id == found.account_id)
    return AccountInHierarchy(account, customer)


async def _with_levels(conn: Connection, customer_id: int) -> Customer:
    customer = await store.get_customer(conn, customer_id)
    accounts = await store.list_accounts(conn, customer_id)
    billing_accounts = await store.list_billing_accounts(conn, customer_id)
    user_accounts = await store.list_user_accounts(conn, customer_id)
    return replace(customer, accounts=_nest(accounts, billing_accounts, user_accounts))


def _nest(
    accounts: list[Account], billing_accounts: list[tuple[int, BillingAccount]], user_accounts: list[UserAccount]
) -> tuple[Account, ...]:
    """Each level under the one above."""
    users: defaultdict[int, list[UserAccount]] = defaultdict(list)
    for user in user_accounts:
        users[user.billing_account_id].append(user)
    billed: defaultdict[int, list[BillingAccount]] = defaultdict(list)
    for account_id, billing in billing_accounts:
        billed[account_id].append(replace(billing, user_accounts=tuple(users[billing.billing_account_id])))
    return tuple(replace(account, billing_accounts=tuple(billed[account.account_id])) for account in accounts)
