"""A page of the operations of all accounts: filters, order, cursor; its cost does not grow with the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import DataError

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.kernel.texts import say

from ..lists import check_values
from .model import SORT_TOO_WIDE, AcrossFilter, AcrossOrder, ListedOperation, parse_across_sort
from .search import found_by
from .store import find_account, read_listed
from .walks import KEYS, PICKED_MOST, STRETCH, Walk, plan_walk

Values = dict[str, object]
EVERYTHING = AcrossFilter()

_OPEN = """left join lateral (
    select x.open, x.disputed from open_item x
    where x.account_id = w.account_id and x.side = w.side and x.due_on = w.due_on and x.number = w.number offset 0
) i on true"""
_OPEN_KNOWN = "cross join lateral (select w.open, w.disputed) i"
_POSTED = """left join accounting_mark m on m.account_id = w.account_id
left join posting_exception p on p.account_id = w.account_id and p.number = w.number"""
_STATUS = """case when i.open is null then 'L' when i.disputed = i.open then 'I' when i.open < w.amount then 'P' else 'O' end"""
_POSTING = "coalesce(p.status, case when w.number <= m.through_number then 'EXPORTED' else 'POSTED' end)"


async def list_across(
    conn: Connection,
    asked: AcrossFilter = EVERYTHING,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
    stretch: int = STRETCH,
) -> Page[ListedOperation]:
    """A page of operations, in the order that goes with the filters unless sorted otherwise.

    Gives: a page may hold fewer rows than asked for, even none, and still have a next one: then `stretch` operations were
    looked at and few of them fit.
    Refuses: unknown_sort, sort_needs_filter, sort_too_wide, bad_limit, bad_cursor, unknown_filter_value.
    """
    size, order = check_limit(limit), parse_across_sort(sort, asked)
    account_id = None
    if asked.account is not None:
        account_id = await find_account(conn, asked.account, asked.seller_id)
        if account_id is None:
            return Page([], None)
    walk = plan_walk(asked, order, account_id) if asked.q is None else _found(asked, order, account_id)
    if walk is None and asked.q is not None:
        return Page([], None)
    if walk is None:
        raise _too_wide(order)
    place = {} if cursor is None else _place(cursor, walk)
    values: Values = {**walk.values, **place, "size": size + 1, "stretch": stretch, "picked_most": PICKED_MOST + 1}
    if walk.picked and walk.bounded:
        await _check_bound(conn, walk, values, order)
    return await _page(conn, asked, walk, values, size, behind=cursor is not None)


def _found(asked: AcrossFilter, order: AcrossOrder, account_id: int | None) -> Walk | None:
    """What a search finds: few enough to be sorted in any way; None where there is nothing to look for."""
    found = found_by(asked.q or "")
    if found is None:
        return None
    text, values = found
    source = (
        f"(select distinct f.account_id, f.number from ({text}) f) h cross join lateral ("  # noqa: S608 - our own fragments
        "select x.* from operation x where x.account_id = h.account_id and x.number = h.number offset 0) o"
    )
    one = ["o.account_id = %(account_id)s"] if account_id is not None else []
    values = {**values, "account_id": account_id}
    return Walk(KEYS[order.column], order.descending, source, conditions=one, picked=True, bounded=False, values=values)


async def _check_bound(conn: Connection, walk: Walk, values: Values, order: AcrossOrder) -> None:
    text = f"select count(*) from {walk.select('picked_most', behind=False)} w"  # noqa: S608 - our own fragments
    row = await (await conn.execute(text.encode(), values)).fetchone()
    assert row is not None
    if row[0] > PICKED_MOST:
        raise _too_wide(order)


def _too_wide(order: AcrossOrder) -> Refused:
    said = say(
        "more than {most:,} operations fit, too many to be sorted by {order}",
        most=PICKED_MOST,
        order=order.column,
    )
    return Refused(refuse(SORT_TOO_WIDE, said, field="sort"))


async def _page(
    conn: Connection, asked: AcrossFilter, walk: Walk, values: Values, size: int, *, behind: bool
) -> Page[ListedOperation]:
    wanted, more = _conditions(asked)
    if walk.picked and behind:
        wanted.append(walk.place("w"))
    limit = "stretch" if not walk.picked else "picked_most" if walk.bounded else "all"
    joins = _joins(asked, walk, [*wanted, walk.order("w")])
    keys = ", ".join(f"({key})::text" for key in walk.keys_of("w"))
    text = (
        f"select w.account_id, w.number, {keys} from {walk.select(limit, behind=behind)} w {joins}"  # noqa: S608 - our own fragments
        f" where {' and '.join(wanted) or 'true'} order by {walk.order('w')} limit %(size)s"
    )
    try:
        rows = await (await conn.execute(text.encode(), {**values, **more, "all": None})).fetchall()
    except DataError:
        if behind:
            raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor")) from None
        raise
    items = await read_listed(conn, [(row[0], row[1]) for row in rows[:size]])
    if len(rows) > size:
        return Page(items, encode_cursor(rows[size - 1][2:]))
    return Page(items, None if walk.picked else await _end_of_stretch(conn, walk, values, behind=behind))


def _joins(asked: AcrossFilter, walk: Walk, fragments: Sequence[str]) -> str:
    """What the conditions and the order speak of besides the operation."""
    text = " ".join(fragments)
    joins = []
    if "i." in text:
        joins.append(_OPEN_KNOWN if walk.knows_open else _OPEN)
    if "p.status" in text:
        joins.append(_POSTED)
    if asked.seller_id is not None or asked.seller is not None:
        joins.append("join account_directory d on d.account_id = w.account_id")
    return " ".join(joins)


async def _end_of_stretch(conn: Connection, walk: Walk, values: Values, *, behind: bool) -> str | None:
    """The cursor behind the last operation looked at; None where all of them were."""
    keys = ", ".join(f"({key})::text" for key in walk.keys_of("w"))
    text = (
        f"select {keys} from {walk.select('stretch', behind=behind)} w order by {walk.order('w')}"  # noqa: S608 - our own fragments
        " offset %(stretch)s - 1 limit 1"
    )
    row = await (await conn.execute(text.encode(), values)).fetchone()
    return None if row is None else encode_cursor(row)


def _place(cursor: str, walk: Walk) -> Values:
    """Behind which row a page begins; every key as text, which the database reads as its type."""
    found = decode_cursor(cursor, len(walk.keys))
    if not all(isinstance(key, str) and "\0" not in key for key in found):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {f"after_{at}": key for at, key in enumerate(found)}


def _conditions(asked: AcrossFilter) -> tuple[list[str], Values]:
    """What is asked for, as conditions on `w`, an operation walked; `i`, what is open of it; `p`, its posting; `d`, its account."""
    chosen = asked.chosen
    check_values(chosen)
    side, disputed = chosen.side, chosen.in_litigation
    offered: list[tuple[str, str, object]] = [
        ("types", "w.type_id in (select t.type_id from operation_type t where t.code = any(%(types)s::text[]))", _list(chosen.types)),
        ("classes", "w.class = any(%(classes)s::text[])", _list(chosen.classes)),
        ("side", "w.side = %(side)s", None if side is None else side.value),
        ("from_on", "w.operation_on >= %(from_on)s", chosen.from_on),
        ("until_on", "w.operation_on <= %(until_on)s", chosen.until_on),
        ("due_from", "w.due_on >= %(due_from)s", chosen.due_from),
        ("due_before", "w.due_on < %(due_before)s", chosen.due_before),
        ("amount_from", "w.amount >= %(amount_from)s", chosen.amount_from),
        ("amount_until", "w.amount <= %(amount_until)s", chosen.amount_until),
        ("statuses", f"{_STATUS} = any(%(statuses)s::text[])", _list(chosen.matching_status)),
        ("postings", f"{_POSTING} = any(%(postings)s::text[])", _list(chosen.posting_status)),
        ("is_disputed", "(coalesce(i.disputed, 0) > 0) = %(is_disputed)s", disputed),
        ("is_excluded", "w.excluded = %(is_excluded)s", chosen.excluded),
        ("currency", "w.currency = %(currency)s", asked.currency),
        ("reference", "w.reference = %(reference)s", asked.reference),
        ("begins", "starts_with(w.reference, %(begins)s)", asked.begins),
        ("overdue_on", "w.class = 'I' and w.side = 1 and i.open > i.disputed and w.due_on < %(overdue_on)s", asked.overdue_on),
        ("recorded_after", "w.recorded_at > %(recorded_after)s", asked.recorded_after),
        ("recorded_until", "w.recorded_at <= %(recorded_until)s", asked.recorded_until),
        ("seller_id", "d.seller_id = %(seller_id)s", asked.seller_id),
        ("seller", "d.seller_id = (select s.seller_id from seller s where s.code = %(seller)s)", asked.seller),
    ]  # fmt: skip
    given = [(name, condition, value) for name, condition, value in offered if value is not None]
    return [condition for _, condition, _ in given], {name: value for name, _, value in given}


def _list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


__all__ = ["list_across"]
