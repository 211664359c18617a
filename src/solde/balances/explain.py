"""Why a balance is what it is: every operation, in or out, by which rule, with the sum so far.

And the list of what a balance holds: picking a balance filters the operations to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.operations import Operation, Side
from solde.operations.lists import COLUMNS, Order
from solde.operations.store import operation_of
from solde.unbilled import UnbilledItem
from solde.unbilled.store import items_at

from . import rules, store
from .figures import FOREVER
from .model import Definition, ExplainedOperation, FigureSource, Moment
from .plan import ACCOUNT_JOIN, BILLING_JOIN, choose
from .relations import AccountScope, RelationQuery, relation


async def explain(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    *,
    side: Side | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ExplainedOperation]:
    """A page of the explanation of a balance, in the order in which the operations were recorded, then unbilled items.

    Gives: every operation of that moment with its reasons, and the unbilled items where they count; with `side` those
    of one side alone. The last running sum of the last page is the balance, or that side of it.
    """
    size = check_limit(limit)
    after, so_far, after_item = (0, ZERO, 0) if cursor is None else _read_cursor(cursor)
    operations = await operations_at(conn, account_id, moment, after=after, limit=size + 1)
    account = await store.account_as_seen(conn, account_id)
    billing = await store.billing_accounts_as_seen(conn, account_id)
    explained: list[ExplainedOperation] = []
    for operation in operations[:size]:
        after = operation.number
        if side in (None, operation.side):
            explained.append(explain_operation(definition, operation, account, billing, moment, so_far))
            so_far = explained[-1].running
    if len(operations) > size:
        return Page(explained, encode_cursor([after, plain(so_far), after_item]))
    rest = size - len(operations)
    items = await _unbilled_at(conn, account_id, definition, moment, after_item, rest + 1)
    for item in items[:rest]:
        after_item = item.item_number
        if side is None or (item.gross > 0) == (side is Side.DEBIT):
            explained.append(explain_item(item, so_far))
            so_far = explained[-1].running
    return Page(explained, encode_cursor([after, plain(so_far), after_item]) if len(items) > rest else None)


def _read_cursor(cursor: str) -> tuple[int, Decimal, int]:
    number, so_far, item = decode_cursor(cursor, 3)
    try:
        return int(number or 0), Decimal(str(so_far)), int(item or 0)
    except (ValueError, ArithmeticError):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor")) from None


async def _unbilled_at(
    conn: Connection, account_id: int, definition: Definition, moment: Moment, after: int, limit: int
) -> list[UnbilledItem]:
    if not definition.draft.counts_unbilled:
        return []
    as_of = moment.as_of or FOREVER
    return await items_at(conn, account_id, as_of=as_of, known_at=moment.known_at, after=after, limit=limit)


def explain_item(item: UnbilledItem, so_far: Decimal = ZERO) -> ExplainedOperation:
    """An unbilled item in a balance that counts them."""
    amount = abs(item.gross)
    return ExplainedOperation(
        number=item.item_number,
        code=item.service,
        label=item.service_label,
        class_="UNBILLED",
        side=(Side.DEBIT if item.gross > 0 else Side.CREDIT).word,
        operation_on=item.occurred_on,
        due_on=item.occurred_on,
        reference=None,
        amount=amount,
        open=amount,
        disputed=ZERO,
        matching_status="O",
        included=True,
        reasons=("unbilled items count",),
        contribution=item.gross,
        running=so_far + item.gross,
        unbilled=True,
    )


async def stream_unbilled(
    conn: Connection, account_id: int, definition: Definition, moment: Moment
) -> AsyncIterator[UnbilledItem]:
    """The unbilled items that a balance holds, by number, a page of them at a time."""
    after = 0
    while items := await _unbilled_at(conn, account_id, definition, moment, after, 2000):
        for item in items:
            yield item
        after = items[-1].item_number


def explain_operation(
    definition: Definition,
    operation: Operation,
    account: Mapping[str, object],
    billing: Mapping[str, Mapping[str, object]],
    moment: Moment,
    so_far: Decimal = ZERO,
) -> ExplainedOperation:
    """Is one operation in the balance, and why."""
    nowhere: Mapping[str, object] = {"code": None, "description": None}
    row = rules.row_of(operation, account, billing.get(operation.billing_account or "", nowhere), moment.current_date)
    included, reasons = rules.judge(definition.draft, operation, row)
    share = rules.contribution(definition.draft, operation, row) * operation.side.value if included else ZERO
    return ExplainedOperation(
        number=operation.number,
        code=operation.code,
        label=operation.label,
        class_=operation.class_,
        side=operation.side.word,
        operation_on=operation.operation_on,
        due_on=operation.due_on,
        reference=operation.reference,
        amount=operation.amount,
        open=operation.open,
        disputed=operation.disputed,
        matching_status=operation.matching_status,
        included=included,
        reasons=reasons,
        contribution=share,
        running=so_far + share,
    )


async def operations_at(
    conn: Connection, account_id: int, moment: Moment, *, after: int = 0, limit: int
) -> list[Operation]:
    """Operations of an account as they stood at a moment, by number, those after a number."""
    text, values = _operations_sql(moment, "o.number > %(after)s", "order by o.number limit %(limit)s")
    cursor = await conn.execute(text, {**values, "account_id": account_id, "after": after, "limit": limit})
    return [operation_of(row) for row in await cursor.fetchall()]


def _operations_sql(
    moment: Moment, condition: str, tail: str, joins: str = BILLING_JOIN
) -> tuple[bytes, dict[str, object]]:
    reading = RelationQuery(AccountScope.ONE, dated=moment.as_of is not None, known=moment.known_at is not None)
    tables, source = relation(FigureSource.OPERATIONS, reading)
    head = "with " + ",\n".join(t.strip("\n") for t in tables) + "\n" if tables else ""
    text = f"{head}select {COLUMNS} from ({source}\n) o{joins}\nwhere {condition} {tail}"
    values: dict[str, object] = {
        "current_date": moment.current_date,
        "as_of": moment.as_of or FOREVER,
        "known_at": moment.known_at,
    }
    return text.encode(), values


async def stream_balance(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    *,
    also: Sequence[str] = (),
    values: Mapping[str, object] | None = None,
    order: Order = Order(),  # noqa: B008 - frozen
) -> AsyncIterator[tuple[Operation, Decimal]]:
    """Every operation that a balance holds, in order, with what it contributes (positive), without holding them all.

    `also` are further conditions over the aliases o and b, with their parameters. Needs an open transaction.
    """  # fmt: skip
    chosen = choose(definition.draft, "x")
    joins = BILLING_JOIN + (ACCOUNT_JOIN if chosen.needs_account else "")
    condition = " and ".join([chosen.condition, *also])
    text, given = _operations_sql(moment, condition, f"order by {order.clause}", joins)
    text = text.replace(COLUMNS.encode(), COLUMNS.encode() + f", {chosen.measure}".encode(), 1)
    async with conn.cursor(name="balance_operations") as cursor:
        cursor.itersize = 2000
        await cursor.execute(text, {**given, **dict(chosen.parameters), **(values or {}), "account_id": account_id})
        async for row in cursor:
            yield operation_of(row[:-1]), row[-1]


async def list_balance(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    *,
    also: Sequence[str] = (),
    values: Mapping[str, object] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Operation]:
    """A page of the operations that a balance holds, newest first."""  # fmt: skip
    size = check_limit(limit)
    chosen = choose(definition.draft, "x")
    joins = BILLING_JOIN + (ACCOUNT_JOIN if chosen.needs_account else "")
    conditions = [chosen.condition, *also]
    more: dict[str, object] = {}
    if cursor is not None:
        on, number = decode_cursor(cursor, 2)
        conditions.append("(o.operation_on, o.number) < (%(after_on)s::date, %(after_number)s::bigint)")
        more = {"after_on": on, "after_number": number}
    text, given = _operations_sql(
        moment, " and ".join(conditions), "order by o.operation_on desc, o.number desc limit %(limit)s", joins
    )
    parameters = {
        **given,
        **dict(chosen.parameters),
        **(values or {}),
        **more,
        "account_id": account_id,
        "limit": size + 1,
    }
    rows = await (await conn.execute(text, parameters)).fetchall()
    items = [operation_of(row) for row in rows[:size]]
    following = encode_cursor([str(items[-1].operation_on), items[-1].number]) if len(rows) > size else None
    return Page(items, following)
