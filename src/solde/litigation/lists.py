"""The work list: what is in litigation over all accounts; filters, order, cursor paging, totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor, read_sort
from solde.kernel.refusals import Refused, refuse
from solde.listings.listing import Total

from .filters import ALL, DisputeFilter


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """What of an invoice is in litigation: how much of how much, since when, why, whose it is and until when."""

    account_id: int
    number: int
    account: str | None
    customer: str | None
    name: str | None
    seller: str | None
    reference: str | None
    due_on: date
    currency: str
    amount: Decimal
    open: Decimal
    disputed: Decimal
    since_on: date
    reason_code: str | None
    reason_label: str | None
    reason: str | None
    owner: str | None
    review_on: date | None
    seen_on: date

    @property
    def age(self) -> int:
        """For how many days it has been disputed."""
        return (self.seen_on - self.since_on).days

    @property
    def is_overdue(self) -> bool:
        """Should it have been looked at again before?"""
        return self.review_on is not None and self.review_on < self.seen_on


SORTS = {
    "since": ("d.since_on", "date"),
    "amount": ("d.disputed", "numeric"),
    "review": ("coalesce(d.review_on, 'infinity'::date)", "date"),
    "account": ("coalesce(ad.code, '')", "text"),
}
"""What the list can be sorted by."""


_COLUMNS = """
    d.account_id, d.number, ad.code, c.code, coalesce(p.description, c.name), s.code, d.reference, d.due_on, d.currency, d.amount,
    i.open, d.disputed, d.since_on, d.reason_code, r.label, d.reason, d.owner, d.review_on"""
# Left joins on unique keys: what a statement does not speak of is not joined.
_LISTED = """
    from open_dispute d
    left join account_directory ad on ad.account_id = d.account_id"""
_NAMED = """
    from d
    left join account_directory ad on ad.account_id = d.account_id
    left join account_profile p on p.account_id = d.account_id
    left join customer c on c.customer_id = ad.customer_id
    left join seller s on s.seller_id = ad.seller_id
    left join litigation_reason r on r.code = d.reason_code
    join open_item i on i.account_id = d.account_id and i.side = 1 and i.due_on = d.due_on and i.number = d.number"""
# Names of customers and labels of reasons are searched once, not for each litigation.
_HOLDS = """(
    strpos(lower(concat_ws(' ', d.reference, d.reason, d.owner)), lower(%(text)s)) > 0
    or d.reason_code in (select x.code from litigation_reason x where strpos(lower(x.label), lower(%(text)s)) > 0)
    or d.account_id in (
        select x.account_id from account_directory x
        join customer y on y.customer_id = x.customer_id
        left join account_profile z on z.account_id = x.account_id
        where strpos(lower(concat_ws(' ', x.code, y.code, y.name, z.description)), lower(%(text)s)) > 0
    ))"""


def _conditions(chosen: DisputeFilter) -> tuple[str, dict[str, object]]:
    found: list[str] = ["true"]
    values: dict[str, object] = {}

    def add(name: str, condition: str, value: object) -> None:
        if value is not None:
            found.append(condition)
            values[name] = value

    add("seller_id", "ad.seller_id = %(seller_id)s", chosen.seller_id)
    owners = chosen.names if chosen.mine else chosen.owner
    add("reason_codes", "d.reason_code = any(%(reason_codes)s::text[])", _listed(chosen.reason_code))
    add("owners", "lower(d.owner) = any(%(owners)s::text[])", _listed(owners, lower=True))
    add("today", "coalesce(d.review_on, 'infinity'::date) < %(today)s", chosen.today if chosen.review_overdue else None)
    add("since_until", "d.since_on <= %(since_until)s", chosen.since_until)
    add("currency", "d.currency = %(currency)s", chosen.currency)
    add("text", _HOLDS, chosen.q)
    if chosen.owned is not None:
        found.append("d.owner is not null" if chosen.owned else "d.owner is null")
    return " where " + " and ".join(found), values


def _listed(texts: Sequence[str] | None, *, lower: bool = False) -> list[str] | None:
    return None if texts is None else [text.lower() if lower else text for text in texts]


async def list_disputes(
    conn: Connection,
    chosen: DisputeFilter = ALL,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[OpenDispute]:
    """A page of what is in litigation, the oldest first unless ordered otherwise.

    Refuses: bad_limit, bad_cursor, unknown_sort.
    """
    size, (column, descending) = check_limit(limit), read_sort(sort, SORTS, "since")
    where, values = _conditions(chosen)
    key, kind = SORTS[column]
    way = "desc" if descending else "asc"
    if cursor is not None:
        values |= _after(cursor, column)
        beyond = "<" if descending else ">"
        where += (
            f" and ({key}, d.account_id, d.number) {beyond} (%(after)s::{kind}, %(after_account)s, %(after_number)s)"
        )
    # Fixed fragments: what people write arrives as parameters. The rows of the page are chosen first, then named.
    chosen_rows = f"select d.*, {key} as sorted_by{_LISTED}{where} order by sorted_by {way}, d.account_id {way}, d.number {way} limit %(limit)s"
    text = (
        f"with d as materialized ({chosen_rows}) select {_COLUMNS}{_NAMED}"
        f" order by d.sorted_by {way}, d.account_id {way}, d.number {way}"
    )
    rows = await (await conn.execute(text.encode(), {**values, "limit": size + 1})).fetchall()
    items = [OpenDispute(*(*row, chosen.today)) for row in rows[:size]]
    if len(rows) <= size:
        return Page(items, None)
    last = items[-1]
    return Page(items, encode_cursor([column, _key_of(last, column), last.account_id, last.number]))


def _key_of(one: OpenDispute, column: str) -> str:
    keys = {
        "since": one.since_on.isoformat(),
        "amount": str(one.disputed),
        "review": "infinity" if one.review_on is None else one.review_on.isoformat(),
        "account": one.account or "",
    }
    return keys[column]


def _after(cursor: str, sorted_by: str) -> dict[str, object]:
    column, key, account, number = decode_cursor(cursor, 4)
    fits = column == sorted_by and isinstance(key, str) and isinstance(account, int) and isinstance(number, int)
    if not fits or not _is_key(str(key), sorted_by):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after": key, "after_account": account, "after_number": number}


def _is_key(text: str, column: str) -> bool:
    try:
        if column == "amount":
            Decimal(text)
        elif column != "account" and text != "infinity":
            date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        return False
    return "\0" not in text


async def total_disputes(conn: Connection, chosen: DisputeFilter = ALL) -> list[Total]:
    """How much of what the filter chooses is disputed, by currency."""
    where, values = _conditions(chosen)
    text = f"select d.currency, count(*), sum(d.disputed){_LISTED}{where} group by d.currency order by d.currency"
    rows = await (await conn.execute(text.encode(), values)).fetchall()
    return [Total(currency, count, {"disputed": disputed}) for currency, count, disputed in rows]


async def count_disputes(conn: Connection, chosen: DisputeFilter = ALL) -> int:
    """How many the filter chooses."""
    return sum(one.count for one in await total_disputes(conn, chosen))
