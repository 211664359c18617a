"""Read a statement of account: its figures at once, its movements page by page or as a stream.

Figures and movements are to be read in one transaction that sees one moment: they are held against each other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from ..ageing import age_account
from ..figures import balances_of, moment_values, pick, reading_of
from ..model import Definition, Figures, Moment
from ..plan import ACCOUNT_JOIN, BILLING_JOIN, choose, open_source_of
from ..relations import AccountScope, relation
from ..store import definitions_now
from . import store
from .model import Movement, OpenLine, Statement
from .rules import check_statement

OPEN_LINES_MOST = 200
"""How many open operations a statement lists; its ageing counts all."""
STREAM_SIZE = 500

_MOVEMENT = """
    select n.account_id, n.number, n.class, y.code, y.label, n.side, n.currency, n.amount, n.operation_on, n.due_on,
        n.collected_on, n.excluded, n.billing_account_id, n.reference, n.description, n.order_number, n.payment_method
    from operation n join operation_type y on y.type_id = n.type_id
    where n.account_id = %(account_id)s and n.operation_on >= %(from_on)s and n.operation_on <= %(until_on)s"""


async def make_statement(
    conn: Connection,
    account_id: int,
    from_on: date,
    until_on: date,
    definition: Definition | None = None,
    *,
    today: date,
) -> Statement:
    """The statement of an account from one day to another, by the default balance or another steady one.

    Refuses: statement_period_reversed, statement_balance_unsteady.
    Source: product §4.
    """
    chosen = pick(await definitions_now(conn), None) if definition is None else definition
    if refusals := check_statement(chosen, from_on, until_on):
        raise Refused(refusals)
    parties = await store.statement_parties(conn, account_id)
    last = Moment(today, as_of=until_on)
    opening = await _opening(conn, account_id, chosen, from_on, today)
    (closing,) = await balances_of(conn, account_id, [chosen], last)
    lines = await _open_lines(conn, account_id, chosen, last)
    return Statement(
        account_id=account_id, account=parties.account, customer_code=parties.customer_code, currency=parties.currency,
        language=parties.language, seller=parties.seller, customer=parties.customer, definition=chosen,
        from_on=from_on, until_on=until_on, made_on=today, opening=opening, closing=closing.figures,
        ageing=await age_account(conn, account_id, chosen, last),
        open_lines=tuple(lines[:OPEN_LINES_MOST]), more_open=len(lines) > OPEN_LINES_MOST,
    )  # fmt: skip


async def _opening(conn: Connection, account_id: int, definition: Definition, from_on: date, today: date) -> Figures:
    if from_on == date.min:
        return Figures()
    before = Moment(today, as_of=from_on - timedelta(days=1))
    (opening,) = await balances_of(conn, account_id, [definition], before)
    return opening.figures


async def _open_lines(conn: Connection, account_id: int, definition: Definition, moment: Moment) -> list[OpenLine]:
    """What is open on the moment's day, due first, one more than a statement lists."""
    chosen = choose(definition.draft, "x")
    tables, source = relation(open_source_of(definition.draft), reading_of(AccountScope.ONE, moment))
    head = "with " + ",\n".join(t.strip("\n") for t in tables) + "\n"
    text = (
        f"{head}select o.number, y.label, n.reference, o.operation_on, o.due_on, o.side, o.amount, o.open, o.disputed\n"
        f"from ({source}) o{_joins(definition)}\n"
        "join operation n on n.account_id = o.account_id and n.number = o.number\n"
        "join operation_type y on y.type_id = n.type_id\n"
        f"where {chosen.condition} order by o.due_on, o.number limit %(most)s"
    )
    values = moment_values(moment) | dict(chosen.parameters)
    values |= {"account_id": account_id, "most": OPEN_LINES_MOST + 1}
    return [OpenLine(*row) for row in await (await conn.execute(text.encode(), values)).fetchall()]


def _joins(definition: Definition) -> str:
    chosen = choose(definition.draft, "x")
    return (ACCOUNT_JOIN if chosen.needs_account else "") + (BILLING_JOIN if chosen.needs_billing else "")


def _movements(statement: Statement, also: str = "", tail: str = "") -> tuple[bytes, dict[str, object]]:
    """The statement that reads movements, in the order of their dates, then numbers."""
    chosen = choose(statement.definition.draft, "x")
    text = (
        f"select o.number, o.code, o.label, o.reference, o.description, o.operation_on, o.due_on, o.side, {chosen.measure}\n"
        f"from ({_MOVEMENT}\n) o{_joins(statement.definition)}\n"
        f"where {chosen.condition}{also} order by o.operation_on, o.number{tail}"
    )
    values: dict[str, object] = {
        **dict(chosen.parameters),
        "account_id": statement.account_id,
        "from_on": statement.from_on,
        "until_on": statement.until_on,
    }
    return text.encode(), values


async def stream_movements(conn: Connection, statement: Statement) -> AsyncIterator[Movement]:
    """Every movement with the balance after it, without holding them all; needs an open transaction.

    The last balance is the closing one.
    """
    running = statement.opening.balance
    text, values = _movements(statement)
    async with conn.cursor(name="statement_movements") as cursor:
        cursor.itersize = STREAM_SIZE
        await cursor.execute(text, values)
        async for row in cursor:
            movement = _movement(row, running)
            running = movement.running
            yield movement
    assert running == statement.closing.balance, "opening and movements do not make the closing balance"


async def page_of_movements(
    conn: Connection, statement: Statement, *, limit: int | None = None, cursor: str | None = None
) -> Page[Movement]:
    """A page of the movements, oldest first.

    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    after: dict[str, object] = {}
    running, also = statement.opening.balance, ""
    if cursor is not None:
        after, running = _after(cursor)
        also = " and (o.operation_on, o.number) > (%(after_on)s::date, %(after_number)s::bigint)"
    text, values = _movements(statement, also, " limit %(limit)s")
    rows = await (await conn.execute(text, {**values, **after, "limit": size + 1})).fetchall()
    items: list[Movement] = []
    for row in rows[:size]:
        items.append(_movement(row, running))
        running = items[-1].running
    if len(rows) > size:
        return Page(items, encode_cursor([str(items[-1].operation_on), items[-1].number, plain(running)]))
    if cursor is not None and running != statement.closing.balance:
        raise Refused(refuse(BAD_CURSOR, "the account has changed since the first page; begin again", field="cursor"))
    assert running == statement.closing.balance, "opening and movements do not make the closing balance"
    return Page(items, None)


def _after(cursor: str) -> tuple[dict[str, object], Decimal]:
    on, number, running = decode_cursor(cursor, 3)
    try:
        after, so_far = date.fromisoformat(str(on)), Decimal(str(running))
    except (ValueError, ArithmeticError):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor")) from None
    if not isinstance(number, int) or not so_far.is_finite():
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return {"after_on": after, "after_number": number}, so_far


def _movement(row: Sequence[Any], before: Decimal) -> Movement:
    number, code, label, reference, description, operation_on, due_on, side, amount = row
    running = before + side * amount
    return Movement(number, code, label, reference, description, operation_on, due_on, side, amount, running)
