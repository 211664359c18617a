"""JSON route of statements of account; the same as PDF and Excel."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import Answer, Ask, Day, Money, ok
from solde.access.reading import Paged, day_of
from solde.access.routing import route
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Kind, Refused, declare, refuse

from ..figures import pick
from ..shapes import Direction
from ..store import definitions_now
from .model import Movement, Statement
from .pdf import check_length, render_statement
from .reading import make_statement, page_of_movements, stream_movements
from .workbook import write_statement

UNKNOWN_FORMAT = declare("statement_format_unknown", Kind.INVALID, "Ask for format json, pdf or xlsx.")
DAY_MISSING = declare("statement_day_missing", Kind.INVALID, "Give the first day as `from` and the last as `until`.")

MEDIA = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
ONE_MOMENT = b"set transaction isolation level repeatable read, read only"


class StatementQuery(Paged, frozen=True, kw_only=True):
    """Which statement; `limit` and `cursor` page the movements of the JSON form."""

    from_: Annotated[str | None, Meta(description="First day.", extra_json_schema={"format": "date"})] = msgspec.field(
        default=None, name="from"
    )
    until: Annotated[str | None, Meta(description="Last day.", extra_json_schema={"format": "date"})] = None
    definition: Annotated[str | None, Meta(description="Code of a balance; the default one unless given.")] = None
    format: Annotated[
        str, Meta(description="`json`, or a file.", extra_json_schema={"enum": ["json", "pdf", "xlsx"]})
    ] = "json"


class SideBalance(msgspec.Struct, frozen=True):
    """What was owed at the end of a day; positive: the customer owes."""

    balance: Money
    direction: Direction


class MovementShape(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the period, and the balance after it."""

    number: int
    type: str
    label: str
    reference: str | None
    description: str | None
    date: Day
    due_date: Day
    debit: Money | None
    credit: Money | None
    running: Money


class OpenLineShape(msgspec.Struct, frozen=True, kw_only=True):
    """What is open on the last day."""

    number: int
    label: str
    reference: str | None
    date: Day
    due_date: Day
    side: str
    amount: Money
    open: Money
    disputed: Money


class BucketShape(msgspec.Struct, frozen=True):
    """Available debits by how long they are overdue."""

    label: str
    amount: Money
    count: int


class StatementShape(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of account: opening + debit - credit = closing. `items` are its movements, oldest first."""

    account: str
    customer: str
    name: str
    currency: str
    definition: str
    from_: Day = msgspec.field(name="from")
    until: Day
    opening: SideBalance
    debit: Money
    credit: Money
    count: int
    closing: SideBalance
    ageing: list[BucketShape]
    disputed: Money
    open_credits: Money
    open_items: list[OpenLineShape]
    more_open: bool
    items: list[MovementShape]
    next: str | None


@route(
    "GET",
    "/accounts/{account}/statement",
    tag="Balances",
    query=StatementQuery,
    media=", ".join(MEDIA.values()),
    gives=StatementShape | bytes,
    problems=(404,),
)
async def get_statement(ask: Ask) -> Answer:
    """Read a statement of account: opening balance, every movement with the balance after it, closing balance.

    `format=pdf` and `format=xlsx` answer a file; a PDF holds 5,000 movements at most. What is open on the last day
    stands at the end, with its ageing.
    """
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    asked = ask.query(StatementQuery)
    from_on, until_on = _days(asked)
    if asked.format not in {"json", *MEDIA}:
        raise Refused(
            refuse(UNKNOWN_FORMAT, "{format!r} is no format of a statement", format=asked.format, field="format")
        )
    async with ask.pool.connection() as conn, conn.transaction():
        await conn.execute(ONE_MOMENT)
        chosen = pick(await definitions_now(conn), asked.definition)
        today = ask.today(account.time_zone)
        statement = await make_statement(conn, account.account_id, from_on, until_on, chosen, today=today)
        if asked.format == "json":
            page = await page_of_movements(conn, statement, limit=asked.limit, cursor=asked.cursor)
            return ok(_shape(statement, [_movement(m) for m in page.items], page.next))
        return await _file(conn, statement, account, asked.format)


def _days(asked: StatementQuery) -> tuple[date, date]:
    from_on, until_on = day_of(asked.from_, "from"), day_of(asked.until, "until")
    missing = [name for name, day in (("from", from_on), ("until", until_on)) if day is None]
    if from_on is None or until_on is None:
        raise Refused([refuse(DAY_MISSING, "{name} is not given", name=name, field=name) for name in missing])
    return from_on, until_on


async def _file(conn: Connection, statement: Statement, account: AccountRef, form: str) -> Answer:
    """The statement as a file to keep."""
    if form == "pdf":
        check_length(statement)
        movements = [m async for m in stream_movements(conn, statement)]
        body = await asyncio.to_thread(render_statement, statement, movements)
    else:
        with tempfile.TemporaryFile() as out:
            await write_statement(out, statement, stream_movements(conn, statement))
            out.seek(0)
            body = out.read()
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in account.code)
    name = f"statement-{safe}-{statement.from_on}-{statement.until_on}.{form}"
    return Answer(
        body, headers=((b"content-disposition", f'attachment; filename="{name}"'.encode()),), media=MEDIA[form].encode()
    )


def _movement(m: Movement) -> MovementShape:
    return MovementShape(
        number=m.number,
        type=m.code,
        label=m.label,
        reference=m.reference,
        description=m.description,
        date=m.operation_on.isoformat(),
        due_date=m.due_on.isoformat(),
        debit=None if m.debit is None else plain(m.debit),
        credit=None if m.credit is None else plain(m.credit),
        running=plain(m.running),
    )


def _shape(s: Statement, items: list[MovementShape], following: str | None) -> StatementShape:
    opening, closing = (SideBalance(plain(f.balance), f.direction) for f in (s.opening, s.closing))
    lines = [
        OpenLineShape(
            number=line.number,
            label=line.label,
            reference=line.reference,
            date=line.operation_on.isoformat(),
            due_date=line.due_on.isoformat(),
            side="debit" if line.side == 1 else "credit",
            amount=plain(line.amount),
            open=plain(line.open),
            disputed=plain(line.disputed),
        )
        for line in s.open_lines
    ]
    return StatementShape(
        account=s.account,
        customer=s.customer_code,
        name=s.customer.name,
        currency=s.currency,
        definition=s.definition.code,
        from_=s.from_on.isoformat(),
        until=s.until_on.isoformat(),
        opening=opening,
        debit=plain(s.debit),
        credit=plain(s.credit),
        count=s.count,
        closing=closing,
        ageing=[BucketShape(b.label, plain(b.amount), b.count) for b in s.ageing.buckets],
        disputed=plain(s.ageing.disputed),
        open_credits=plain(s.ageing.credits),
        open_items=lines,
        more_open=s.more_open,
        items=items,
        next=following,
    )


route_handlers: list[HTTPRouteHandler] = [get_statement]
