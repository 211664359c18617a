"""The operations that a balance holds, filtered and sorted, and how many of each class there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.operations import Operation, OperationFilter, Order, Side
from solde.operations.lists import COLUMNS, SORTS, conditions
from solde.operations.store import operation_of

from .figures import FOREVER
from .model import Definition, FigureSource, Moment
from .plan import ACCOUNT_JOIN, BILLING_JOIN, Chosen, choose
from .relations import AccountScope, RelationQuery, relation

COUNTED_MOST = 20_000
"""Operations looked at to count what a filter chooses; beyond them a count is a lower bound."""

_SORT_KEYS: Mapping[str, Callable[[Operation], object]] = {
    "date": lambda o: o.operation_on,
    "due": lambda o: o.due_on,
    "number": lambda o: o.number,
    "amount": lambda o: o.amount,
    "open": lambda o: o.open,
    "reference": lambda o: o.reference or "",
}


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """How many operations of a class a list holds, how many of them are debits, and their amounts by side."""

    class_: str
    count: int
    debit: Decimal
    credit: Decimal
    debit_count: int = 0

    def of_side(self, side: Side | None) -> ClassTotal:
        """The same of one side alone; of both where none is asked for."""
        if side is None:
            return self
        if side is Side.DEBIT:
            return replace(self, count=self.debit_count, credit=ZERO)
        return replace(self, count=self.count - self.debit_count, debit=ZERO, debit_count=0)


async def list_sorted(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    chosen: OperationFilter,
    *,
    order: Order,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Operation]:
    """A page of what a balance holds of an account, by any column; the operation number decides among equals.

    Refuses: bad_limit, bad_cursor, unknown_filter_value.
    """
    size = check_limit(limit)
    compiled = choose(definition.draft, "x")
    found, values = conditions(chosen)
    only_open = only_open_of(compiled, moment, chosen)
    found += only_open
    column, kind = SORTS[order.column]
    sorted_by = "coalesce(o.reference, '')" if column == "reference" else f"o.{column}"
    if cursor is not None:
        sign = "<" if order.descending else ">"
        found.append(f"({sorted_by}, o.number) {sign} (%(after)s::{kind}, %(after_number)s::bigint)")
        values |= _after(cursor)
    way = "desc" if order.descending else "asc"
    head, source = relation_at(FigureSource.OPERATIONS, moment)
    if not only_open and _goes_by_index(compiled, chosen, order):
        source = source.replace("operation_now", "operation_seen")
    text = (
        f"{head}select {COLUMNS} from ({source}\n) o{joins_of(compiled)}\n"  # noqa: S608 - our own fragments
        f"where {' and '.join([compiled.condition, *found])} order by {sorted_by} {way}, o.number {way} limit %(limit)s"
    )
    parameters = {
        **moment_values(moment),
        **dict(compiled.parameters),
        **values,
        "account_id": account_id,
        "limit": size + 1,
    }
    rows = await (await conn.execute(text.encode(), parameters)).fetchall()
    items = [operation_of(row) for row in rows[:size]]
    following = (
        encode_cursor([str(_SORT_KEYS[order.column](items[-1])), items[-1].number]) if len(rows) > size else None
    )
    return Page(items, following)


async def count_classes(
    conn: Connection, account_id: int, definition: Definition, moment: Moment, chosen: OperationFilter
) -> tuple[list[ClassTotal], bool]:
    """Counts and amounts by class of what a filter chooses of a balance, whatever class it asks for.

    Gives: the classes that occur, and whether more than COUNTED_MOST operations were not looked at. Without a filter
    the answer comes from where the balance's figures come from, so its cost does not grow with history.
    """
    chosen = replace(chosen, classes=None)
    compiled = choose(definition.draft, "x")
    found, values = conditions(chosen)
    found += only_open_of(compiled, moment, chosen)
    unfiltered = chosen == OperationFilter()
    head, source = relation_at(compiled.source if unfiltered else FigureSource.OPERATIONS, moment)
    joins = (BILLING_JOIN if compiled.needs_billing or not unfiltered else "") + (
        ACCOUNT_JOIN if compiled.needs_account else ""
    )
    text = (
        f"{head}select o.class, sum(o.count)::bigint, coalesce(sum(o.amount) filter (where o.side = 1), 0),"  # noqa: S608
        " coalesce(sum(o.amount) filter (where o.side = -1), 0),"
        " coalesce(sum(o.count) filter (where o.side = 1), 0)::bigint from ("
        f"select o.class, o.count, o.amount, o.side from ({source}\n) o{joins}\n"
        f"where {' and '.join([compiled.condition, *found])} limit %(most)s) o group by o.class order by o.class"
    )
    parameters = {
        **moment_values(moment),
        **dict(compiled.parameters),
        **values,
        "account_id": account_id,
        "most": COUNTED_MOST + 1,
    }
    rows = await (await conn.execute(text.encode(), parameters)).fetchall()
    totals = [ClassTotal(*row) for row in rows]
    return totals, not unfiltered and sum(t.count for t in totals) > COUNTED_MOST


def _goes_by_index(compiled: Chosen, chosen: OperationFilter, order: Order) -> bool:
    """Is a page read along the index of dates, stopping when it is full?

    Then what is open of each row is looked up by itself; joining all that is open would cost more than the page.
    """
    by_status = (chosen.matching_status, chosen.posting_status, chosen.in_litigation)
    return order.column == "date" and not compiled.needs_status and all(asked is None for asked in by_status)


OPEN_STATUSES = {"O", "P", "I"}


def only_open_of(compiled: Chosen, moment: Moment, chosen: OperationFilter) -> list[str]:
    """A condition that leads to the open items straight away, where only open operations can be chosen."""
    if not moment.is_now:
        return []
    asked = chosen.matching_status
    by_filter = asked is not None and set(asked) <= OPEN_STATUSES
    if not by_filter and compiled.source not in (FigureSource.OPEN_ITEMS, FigureSource.OPEN_OPERATIONS):
        return []
    return ["o.number in (select f.number from open_item f where f.account_id = %(account_id)s)"]


def relation_at(source: FigureSource, moment: Moment) -> tuple[str, str]:
    """The common table expressions of a source at a moment, and its select."""
    tables, text = relation(
        source, RelationQuery(AccountScope.ONE, dated=moment.as_of is not None, known=moment.known_at is not None)
    )
    return ("with " + ",\n".join(t.strip("\n") for t in tables) + "\n" if tables else ""), text


def joins_of(compiled: Chosen) -> str:
    """What an expression speaks of besides the operation."""
    return BILLING_JOIN + (ACCOUNT_JOIN if compiled.needs_account else "")


def moment_values(moment: Moment) -> dict[str, object]:
    """A moment as parameters."""
    return {"current_date": moment.current_date, "as_of": moment.as_of or FOREVER, "known_at": moment.known_at}


def _after(cursor: str) -> dict[str, object]:
    after, number = decode_cursor(cursor, 2)
    if not isinstance(number, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after": after, "after_number": number}
