"""Lists of an account's operations: filters, order, cursor paging; the same filter drives list, totals and export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor, read_sort
from solde.kernel.refusals import Refused, refuse
from solde.listings.reading import UNKNOWN_FILTER_VALUE

from .model import CLASSES, MatchingStatus, Operation, OperationFilter, PostingStatus, Side
from .store import operation_of

COLUMNS = """
    o.account_id, o.number, o.code, o.label, o.class, o.side, o.currency, o.amount, o.net, o.tax, o.operation_on, o.due_on,
    o.collected_on, o.recorded_at, o.excluded, b.code, o.reference, o.description, o.order_number, o.payment_method, o.source,
    o.comment, o.action_id, o.open, o.disputed, o.matching_status, o.posting_status,
    o.accounting_on, o.litigation_reason"""

SORTS = {"date": ("operation_on", "date"), "due": ("due_on", "date"), "number": ("number", "bigint"),
         "amount": ("amount", "numeric"), "open": ("open", "numeric"), "reference": ("reference", "text")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted; the operation number decides among equals."""

    column: str = "date"
    descending: bool = True

    @property
    def expression(self) -> str:
        """What is sorted by, of an operation `o`."""
        return "coalesce(o.reference, '')" if self.column == "reference" else f"o.{SORTS[self.column][0]}"

    @property
    def clause(self) -> str:
        """The order in SQL."""
        way = "desc" if self.descending else "asc"
        return f"{self.expression} {way}, o.number {way}"


def parse_sort(text: str | None) -> Order:
    """Read `date`, `-amount`, …; refuses unknown_sort."""
    return Order(*read_sort(text, SORTS, "-date"))


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Totals of a filtered list."""

    debit: Decimal
    credit: Decimal
    open_debit: Decimal
    open_credit: Decimal
    count: int


def conditions(chosen: OperationFilter) -> tuple[list[str], dict[str, object]]:
    """The filter as SQL conditions on `o` (an operation as it stands) and `b` (its billing account), with parameters."""
    check_values(chosen)
    found: list[str] = []
    values: dict[str, object] = {}

    def add(name: str, condition: str, value: object) -> None:
        if value is not None:
            found.append(condition)
            values[name] = value

    add("types", "o.code = any(%(types)s::text[])", _as_list(chosen.types))
    add("classes", "o.class = any(%(classes)s::text[])", _as_list(chosen.classes))
    add("side", "o.side = %(side)s", None if chosen.side is None else chosen.side.value)
    add("from_on", "o.operation_on >= %(from_on)s", chosen.from_on)
    add("until_on", "o.operation_on <= %(until_on)s", chosen.until_on)
    add("due_from", "o.due_on >= %(due_from)s", chosen.due_from)
    add("due_before", "o.due_on < %(due_before)s", chosen.due_before)
    add("amount_from", "o.amount >= %(amount_from)s", chosen.amount_from)
    add("amount_until", "o.amount <= %(amount_until)s", chosen.amount_until)
    add("statuses", "o.matching_status = any(%(statuses)s::text[])", _as_list(chosen.matching_status))
    if chosen.in_litigation or (chosen.matching_status is not None and set(chosen.matching_status) <= {"O", "P", "I"}):
        # What is open is found from the open items, however long the account.
        found.append("o.number in (select x.number from open_item x where x.account_id = %(account_id)s)")
    add("postings", "o.posting_status = any(%(postings)s::text[])", _as_list(chosen.posting_status))
    if chosen.posting_status is not None and set(chosen.posting_status) <= {"REJECTED", "EXPORT_FAILED"}:
        # What accounting did not take is found from the exceptions, however long the account.
        found.append("o.number in (select x.number from posting_exception x where x.account_id = %(account_id)s)")
    add("billing_account", "b.code = %(billing_account)s", chosen.billing_account)
    add("reference", "o.reference like %(reference)s", _prefix(chosen.reference))
    add("text", "(o.reference ilike %(text)s or o.description ilike %(text)s)", _inside(chosen.text))
    if chosen.in_litigation is not None:
        found.append("o.disputed > 0" if chosen.in_litigation else "o.disputed = 0")
    add("is_excluded", "o.excluded = %(is_excluded)s", chosen.excluded)
    return found, values


def _as_list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _prefix(text: str | None) -> str | None:
    return None if text is None else _escaped(text) + "%"


def _inside(text: str | None) -> str | None:
    return None if text is None else f"%{_escaped(text)}%"


def check_values(chosen: OperationFilter) -> None:
    """Refuses unknown_filter_value."""
    allowed: list[tuple[str, Sequence[str] | None, list[str]]] = [
        ("class", chosen.classes, list(CLASSES)),
        ("matching_status", chosen.matching_status, [s.value for s in MatchingStatus]),
        ("posting_status", chosen.posting_status, [s.value for s in PostingStatus]),
    ]
    bad = [
        refuse(UNKNOWN_FILTER_VALUE, "{value!r} is not one of {known}", value=value, known=", ".join(known), field=name)
        for name, values, known in allowed
        for value in values or ()
        if value not in known
    ]
    if bad:
        raise Refused(bad)


def _from_where(extra: Sequence[str], source: str) -> str:
    lines = ["o.account_id = %(account_id)s", *extra]
    return (
        f" from {source} o"
        " left join billing_account b on b.account_id = o.account_id and b.billing_account_id = o.billing_account_id"
        " where " + " and ".join(lines)
    )


async def list_operations(
    conn: Connection,
    account_id: int,
    chosen: OperationFilter = OperationFilter(),
    *,
    order: Order = Order(),
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Operation]:
    """A page of an account's operations, newest first unless ordered otherwise.

    Refuses: bad_limit, bad_cursor, unknown_filter_value.
    """
    size = check_limit(limit)
    found, values = conditions(chosen)
    column, kind = SORTS[order.column]
    sorted_by = "coalesce(o.reference, '')" if column == "reference" else f"o.{column}"
    if cursor is not None:
        after, number = decode_cursor(cursor, 2)
        found.append(
            f"({sorted_by}, o.number) {'<' if order.descending else '>'} (%(after)s::{kind}, %(after_number)s::bigint)"
        )
        values |= {"after": after, "after_number": _cursor_number(number)}
    way = "desc" if order.descending else "asc"
    # Fixed fragments: what people write arrives as parameters.
    text = f"select {COLUMNS} {_from_where(found, 'operation_seen')} order by {sorted_by} {way}, o.number {way} limit %(limit)s"
    rows = await (await conn.execute(text.encode(), {**values, "account_id": account_id, "limit": size + 1})).fetchall()
    items = [operation_of(row) for row in rows[:size]]
    following = encode_cursor([_sort_key(items[-1], order.column), items[-1].number]) if len(rows) > size else None
    return Page(items, following)


def _cursor_number(value: str | int | None) -> int:
    if not isinstance(value, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return value


def _sort_key(row: Operation, column: str) -> str:
    keys: dict[str, date | int | Decimal | str] = {
        "date": row.operation_on,
        "due": row.due_on,
        "number": row.number,
        "amount": row.amount,
        "open": row.open,
        "reference": row.reference or "",
    }
    return str(keys[column])


async def total_operations(conn: Connection, account_id: int, chosen: OperationFilter) -> ListTotals:
    """Totals of what a filter chooses."""
    found, values = conditions(chosen)
    sums = [
        f"coalesce(sum(o.{column}) filter (where o.side = {side}), 0)"
        for column in ("amount", "open")
        for side in (1, -1)
    ]
    text = f"select {', '.join(sums)}, count(*)" + _from_where(found, "operation_now")
    row = await (await conn.execute(text.encode(), {**values, "account_id": account_id})).fetchone()
    assert row is not None
    return ListTotals(*row)


def side_of(word: str | None) -> Side | None:
    """`debit` or `credit`, as the API writes it."""
    if word is None:
        return None
    if word not in ("debit", "credit"):
        raise Refused(refuse(UNKNOWN_FILTER_VALUE, "{word!r} is not one of debit, credit", word=word, field="side"))
    return Side.DEBIT if word == "debit" else Side.CREDIT
