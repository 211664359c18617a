"""The payments of all accounts as one list: filters, order, pages.

An index of payments alone keeps them in order of their dates, those of a day as they were registered, so that a page costs
the same however many there are. New ones go to its end, so that it costs little to those who post.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from solde.customers.rules.search import AFTER_ALL, query_words
from solde.db import Connection
from solde.kernel.dates import parse_date
from solde.kernel.money import parse_amount, plain
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor, read_sort
from solde.kernel.refusals import Refusal, Refused, refuse

from .filters import PaymentFilter
from .store import LARGEST_ID

SORTS = {"date": ("o.operation_on", "date"), "amount": ("o.amount", "numeric")}
DEFAULT_SORT = "-date"


ALL = PaymentFilter()


@dataclass(frozen=True, slots=True)
class ListedPayment:
    """A registered payment, whose it is, what of it is unallocated, and who registered it."""

    account_id: int
    number: int
    account: str
    customer: str
    name: str
    type_code: str
    label: str
    method: str | None
    currency: str
    amount: Decimal
    unallocated: Decimal
    paid_on: date
    recorded_at: datetime
    reference: str | None
    description: str | None
    actor: str | None
    action_id: int
    posting_status: str


_CONDITIONS = {
    "seller_id": "d.seller_id = %(seller_id)s",
    "account": "d.code = %(account)s",
    "payment_method": "o.payment_method = %(payment_method)s",
    "currency": "o.currency = %(currency)s",
    "date_from": "o.operation_on >= %(date_from)s",
    "date_until": "o.operation_on <= %(date_until)s",
    "amount_from": "o.amount >= %(amount_from)s",
    "amount_until": "o.amount <= %(amount_until)s",
}
_OPEN = "i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number"
_WORD = (
    "d.customer_id in (select w.customer_id from search_term w"
    " where w.term >= %(word_{at})s and w.term < %(word_{at})s || %(end)s)"
)


async def list_payments(
    conn: Connection,
    chosen: PaymentFilter = ALL,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ListedPayment]:
    """A page of payments, newest first unless ordered otherwise.

    Refuses: bad_limit, bad_cursor, unknown_sort.
    """
    size, (column, descending) = check_limit(limit), read_sort(sort, SORTS, DEFAULT_SORT)
    expression, kind = SORTS[column]
    conditions, values = _conditions(chosen)
    if conditions is None:
        return Page([], None)
    if cursor is not None:
        values |= _after(cursor, column)
        sign = "<" if descending else ">"
        place = f"(%(after)s::{kind}, %(after_action)s::bigint, %(after_account)s::bigint, %(after_number)s::bigint)"
        conditions.append(f"({expression}, o.action_id, o.account_id, o.number) {sign} {place}")
    way = "desc" if descending else "asc"
    found = _PAGE.format(joins=_joins(chosen), conditions=" and ".join(conditions), order=_order("o", expression, way))
    text = _LINES.format(page=found, order=_order("p", f"p.{expression.partition('.')[2]}", way))
    rows = await (await conn.execute(text.encode(), values | {"limit": size + 1})).fetchall()
    items = [ListedPayment(*row) for row in rows[:size]]
    return Page(items, _following(items[-1], column) if len(rows) > size else None)


# Fixed fragments: what people write arrives as parameters.
_PAGE = """
    select o.account_id, o.number, o.type_id, o.payment_method, o.currency, o.amount, o.operation_on, o.recorded_at, o.reference,
        o.description, o.action_id, o.side, o.due_on
    from operation o {joins}
    where o.class in ('P', 'AP') and {conditions}
    order by {order}
    limit %(limit)s"""
_LINES = """
select p.account_id, p.number, d.code, c.code, coalesce(f.description, c.name), t.code, t.label, p.payment_method, p.currency, p.amount,
    coalesce(i.open, 0), p.operation_on, p.recorded_at, p.reference, p.description, a.actor, p.action_id,
    coalesce(s.status, case when p.number <= m.through_number then 'EXPORTED' else 'POSTED' end)
from ({page}) p
join operation_type t on t.type_id = p.type_id
join account_directory d on d.account_id = p.account_id
join account_profile f on f.account_id = p.account_id
join customer c on c.customer_id = d.customer_id
left join open_item i on i.account_id = p.account_id and i.side = p.side and i.due_on = p.due_on and i.number = p.number
left join accounting_mark m on m.account_id = p.account_id
left join posting_exception s on s.account_id = p.account_id and s.number = p.number
left join audit_record a on a.account_id = p.account_id and a.action_id = p.action_id
order by {order}"""


def _order(table: str, expression: str, way: str) -> str:
    return f"{expression} {way}, {table}.action_id {way}, {table}.account_id {way}, {table}.number {way}"


def _conditions(chosen: PaymentFilter) -> tuple[list[str] | None, dict[str, object]]:
    """SQL conditions with their parameters; None where a text has no word that could be found."""
    values: dict[str, object] = {name: value for name in _CONDITIONS if (value := getattr(chosen, name)) is not None}
    conditions = ["true", *(_CONDITIONS[name] for name in values)]
    if chosen.q is None:
        return conditions, values
    words = query_words(chosen.q)
    conditions += [_WORD.format(at=at) for at in range(len(words))]
    values |= {"end": AFTER_ALL, **{f"word_{at}": word for at, word in enumerate(words)}}
    return conditions if words else None, values


def _joins(chosen: PaymentFilter) -> str:
    joins = []
    if chosen.seller_id is not None or chosen.account is not None or chosen.q is not None:
        joins.append("join account_directory d on d.account_id = o.account_id")
    if chosen.unallocated:
        joins.append(f"join open_item i on {_OPEN}")
    return " ".join(joins)


def _after(cursor: str, column: str) -> dict[str, object]:
    after, *keys = decode_cursor(cursor, 4)
    key = (parse_date if column == "date" else parse_amount)(str(after))
    ids = [one for one in keys if isinstance(one, int) and 0 <= one <= LARGEST_ID]
    if isinstance(key, Refusal) or len(ids) < 3:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after": key, "after_action": ids[0], "after_account": ids[1], "after_number": ids[2]}


def _following(last: ListedPayment, column: str) -> str:
    key = last.paid_on.isoformat() if column == "date" else plain(last.amount)
    return encode_cursor([key, last.action_id, last.account_id, last.number])
