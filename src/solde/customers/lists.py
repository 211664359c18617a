"""Find customers: the search box, filters, the list; a customer or an account with its hierarchy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse

from . import store
from .filtering import customer_conditions
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
from .rules.states import UNKNOWN_CUSTOMER

MOST_CANDIDATES = 10_000
"""How many entries of the rarest word of a query are looked at."""
MOST_HITS = 2_000
"""How many customers that have every word are put in order."""

# A prefix is a range of the "C" collation, up to Unicode's last character. Each step is bounded, and `offset 0` keeps
# the planner from turning a bounded step into a join with all customers.
_HITS = """
candidate as materialized (
    (
        select t.customer_id, 0 as rank from search_term t
        where t.term = %(whole)s and t.field <= %(exact_up_to)s
        order by t.term, t.field, t.customer_id limit %(most_hits)s
    )
    union all
    (
        select t.customer_id, 1 from search_term t
        where t.term >= %(word_0)s and t.term < %(word_0)s || %(end)s
        order by t.term, t.field, t.customer_id limit %(most)s
    )
),
survivor as materialized (
    select t.rank, c.sort_name, t.customer_id
    from candidate t
    cross join lateral (select * from customer c where c.customer_id = t.customer_id offset 0) c
    where {conditions}
    limit %(most_hits)s
),
hit as (select min(s.rank) as rank, s.sort_name, s.customer_id from survivor s group by s.sort_name, s.customer_id),
page as materialized (
    select h.rank, h.sort_name, h.customer_id from hit h
    where (h.rank, h.sort_name, h.customer_id) > (%(rank)s, %(after_name)s, %(after_id)s)
    order by h.rank, h.sort_name, h.customer_id
    limit %(limit)s
)"""

# A code that equals the whole query need not have its words: separators may be set otherwise.
_HAS_WORD = """(t.rank = 0 or exists (
    select from search_term t2
    where t2.customer_id = t.customer_id and t2.term >= %({word})s and t2.term < %({word})s || %(end)s offset 0
))"""

_ALL = """
page as materialized (
    select 1 as rank, c.sort_name, c.customer_id from customer c
    where (c.sort_name, c.customer_id) > (%(after_name)s, %(after_id)s) and {conditions}
    order by c.sort_name, c.customer_id
    limit %(limit)s
)"""

# Given a `page` of rank, sort_name and customer_id: a line of the customer list for each.
LINES = """
select
    p.rank, p.sort_name, p.customer_id, c.code, c.name, c.kind, c.country, c.registration_number, s.code,
    c.category, c.state, c.incomplete, a.accounts
from page p
join customer c on c.customer_id = p.customer_id
join seller s on s.seller_id = c.seller_id
left join lateral (
    select array_agg(array[d.account_id::text, d.code, a.currency, a.state] order by d.account_id) as accounts
    from account_directory d
    join account a on a.account_id = d.account_id
    where d.customer_id = p.customer_id
) a on true
order by p.rank, p.sort_name, p.customer_id
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

    Gives: those whose code is exactly `q` first, then by name; without `q` all of them by name. Where even the rarest
    word fits more than MOST_CANDIDATES entries, or more than MOST_HITS customers fit them all, the list ends after
    the first of them: a longer query finds the others.
    Refuses: bad_cursor, bad_limit.
    """
    rows_wanted = check_limit(limit)
    narrowed, values = customer_conditions(filters or CustomerFilters(), seller_id)
    conditions = ["true", *narrowed]
    values |= _after(cursor) | {"limit": rows_wanted + 1}
    words = search.query_words(q or "")
    if words:
        rarest_first = await _rarest_first(conn, words)
        conditions += [_HAS_WORD.replace("{word}", f"word_{i}") for i in range(1, len(words))]
        values |= {f"word_{i}": word for i, word in enumerate(rarest_first)}
        values |= {"whole": search.whole(q or ""), "exact_up_to": int(search.EXACT_UP_TO), "end": search.AFTER_ALL}
        values |= {"most": _most_candidates(words, conditions), "most_hits": MOST_HITS}
    elif q and q.strip():
        return Page([], None)
    steps = (_HITS if words else _ALL).replace("{conditions}", " and ".join(conditions))
    rows = await (await conn.execute(f"with {steps} {LINES}".encode(), values)).fetchall()
    last = rows[rows_wanted - 1] if len(rows) > rows_wanted else None
    return Page([found_customer(row) for row in rows[:rows_wanted]], encode_cursor(last[:3]) if last else None)


async def _rarest_first(conn: Connection, words: list[str]) -> list[str]:
    if len(words) == 1:
        return words
    counts = await store.count_terms(conn, words, search.AFTER_ALL, MOST_CANDIDATES)
    return sorted(words, key=lambda word: (counts[word], word))


def _most_candidates(words: list[str], conditions: list[str]) -> int:
    """One word without a filter is fitted by every entry of it, so no more are needed than are put in order."""
    return MOST_HITS if len(words) == 1 and len(conditions) == 1 else MOST_CANDIDATES


def _after(cursor: str | None) -> dict[str, object]:
    """Behind which line the page begins."""
    if cursor is None:
        return {"rank": -1, "after_name": "", "after_id": 0}
    rank, name, customer_id = decode_cursor(cursor, 3)
    if rank not in {0, 1} or not isinstance(name, str) or "\0" in name or not isinstance(customer_id, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"rank": rank, "after_name": name, "after_id": customer_id}


def found_customer(row: tuple[Any, ...]) -> FoundCustomer:
    """A row of LINES."""
    accounts = tuple(FoundAccount(int(key), *rest) for key, *rest in row[-1] or ())
    return FoundCustomer(*(*row[2:-2], tuple(row[-2]), accounts))


async def get_customer(conn: Connection, code: str, seller_id: int | None = None) -> Customer:
    """A customer with all its accounts, billing accounts and user accounts.

    Refuses: unknown_customer, also where another seller has it.
    """
    customer_id = await store.find_customer_id(conn, code, seller_id)
    if customer_id is None:
        raise Refused(refuse(UNKNOWN_CUSTOMER, "there is no customer {code!r}", code=code))
    return await _with_levels(conn, customer_id)


async def get_account(conn: Connection, code: str, seller_id: int | None = None) -> AccountInHierarchy:
    """A customer account in its hierarchy.

    Refuses: unknown_account, also where another seller has it.
    """
    found = await store.find_account(conn, code, seller_id)
    if found is None:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code))
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


__all__ = ["UNKNOWN_CUSTOMER", "get_account", "get_customer", "search_customers"]
