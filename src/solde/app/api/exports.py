"""Lists as files: Excel, CSV, JSON Lines, written row by row with totals equal to the figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import IO, Annotated

from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from msgspec import Meta

from solde.access.http import Answer, Ask
from solde.access.reading import Query, day_of, instant_of
from solde.access.routing import route
from solde.balances import Moment, check_moment, definitions_at, pick
from solde.customers import CustomerFilters, list_sellers
from solde.db import Connection
from solde.extracts import (
    BALANCE_COLUMNS,
    CUSTOMER_COLUMNS,
    OPERATION_COLUMNS,
    Exported,
    FileFormat,
    export_balances,
    export_customers,
    export_operations,
    export_unbilled,
    form_of,
    pick_fields,
)
from solde.extracts.actions import EVERYTHING
from solde.operations.types import check_types

from ..spooled import attachment, chunks_of, file_name, open_spool
from .accounts import OperationQuery, filter_of

_ONE_MOMENT = b"set transaction isolation level repeatable read, read only"
MEDIA = ", ".join(form.media_type.partition(";")[0] for form in FileFormat)

FormAsked = Annotated[str, Meta(description="xlsx, csv or jsonl.", extra_json_schema={"enum": list(FileFormat)})]
ColumnsAsked = Annotated[
    str | None, Meta(description="Names of columns in the order they are wanted, separated by commas; without it all.")
]
AsOf = Annotated[str | None, Meta(description="Only what was effective on or before this date.")]
KnownAt = Annotated[str | None, Meta(description="Only what was recorded by this instant.")]


class OperationExport(OperationQuery, frozen=True, kw_only=True):
    """The filters of the list, the moment and the form of the file."""

    format: FormAsked = "xlsx"
    columns: ColumnsAsked = None
    as_of: AsOf = None
    known_at: KnownAt = None


class UnbilledExport(Query, frozen=True, kw_only=True):
    """Of when, as what."""

    format: FormAsked = "xlsx"
    as_of: AsOf = None
    known_at: KnownAt = None


class BalanceExport(Query, frozen=True, kw_only=True):
    """Which balances, of when, as what."""

    format: FormAsked = "xlsx"
    columns: ColumnsAsked = None
    definition: Annotated[str | None, Meta(description="One balance; without it all.")] = None
    as_of: AsOf = None
    known_at: KnownAt = None


class CustomerExport(Query, frozen=True, kw_only=True):
    """What is searched for, and the form of the file."""

    format: FormAsked = "xlsx"
    columns: ColumnsAsked = None
    q: Annotated[str | None, Meta(description="Words of the eight searched fields.")] = None
    kind: str | None = None
    country: str | None = None
    category: str | None = None
    incomplete: bool | None = None


class _File(Answer):
    """An answer that sends a written file piece by piece."""

    __slots__ = ("_written",)

    def __init__(self, written: IO[bytes], form: FileFormat, name: str):
        headers = ((b"content-type", form.media_type.encode()), (b"content-disposition", attachment(name).encode()))
        super().__init__(headers=headers)
        self.headers = headers
        self._written = written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the form of ASGI
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for chunk in chunks_of(self._written):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def written(
    ask: Ask,
    form: FileFormat,
    write: Callable[[Connection, IO[bytes], FileFormat], Awaitable[Exported]],
    *named: object,
) -> Answer:
    """Write a file, all of one moment, and answer with it."""
    out = open_spool()
    try:
        async with ask.pool.connection() as conn, conn.transaction():
            await conn.execute(_ONE_MOMENT)
            await write(conn, out, form)
    except BaseException:
        out.close()
        raise
    return _File(out, form, file_name(*named, suffix=form.value))


@route(
    "GET",
    "/accounts/{account}/operations:export",
    tag="Exports",
    query=OperationExport,
    media=MEDIA,
    gives=bytes,
    problems=(404,),
)
async def export_account_operations(ask: Ask) -> Answer:
    """Download the operations of an account, or those a balance holds, newest first.

    Debit and credit are what each counts for in the balance, so that their totals are its figures.
    """
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    asked = ask.query(OperationExport)
    moment = _moment(ask, account.time_zone, asked.as_of, asked.known_at)
    columns = pick_fields(OPERATION_COLUMNS, asked.columns)

    async def write(conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        found = pick(await definitions_at(conn, moment), asked.definition) if asked.definition else EVERYTHING
        await check_types(ask.services.types, asked.type)
        chosen = filter_of(asked)
        return await export_operations(
            conn, out, form, account, moment=moment, definition=found, chosen=chosen, columns=columns
        )

    return await written(ask, form_of(asked.format), write, account.code, asked.definition or "operations")


@route(
    "GET",
    "/accounts/{account}/unbilled-items:export",
    tag="Exports",
    query=UnbilledExport,
    media=MEDIA,
    gives=bytes,
    problems=(404,),
)
async def export_account_unbilled(ask: Ask) -> Answer:
    """Download the unbilled items of an account, oldest first, with their total."""
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    asked = ask.query(UnbilledExport)
    moment = _moment(ask, account.time_zone, asked.as_of, asked.known_at)

    async def write(conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        return await export_unbilled(conn, out, form, account, moment=moment)

    return await written(ask, form_of(asked.format), write, account.code, "unbilled")


@route("GET", "/balances:export", tag="Exports", query=BalanceExport, media=MEDIA, gives=bytes)
async def export_all_balances(ask: Ask) -> Answer:
    """Download the balances of every account, with a total for each definition and currency."""
    asked = ask.query(BalanceExport)
    async with ask.pool.connection() as conn:
        seller_id, zone = await _seller(ask, conn)
    moment = _moment(ask, zone, asked.as_of, asked.known_at)
    columns = pick_fields(BALANCE_COLUMNS, asked.columns)

    async def write(conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        known = await definitions_at(conn, moment)
        chosen = [pick(known, asked.definition)] if asked.definition else list(known)
        return await export_balances(
            conn, out, form, definitions=chosen, moment=moment, seller_id=seller_id, columns=columns
        )

    return await written(ask, form_of(asked.format), write, "balances", moment.current_date)


@route("GET", "/customers:export", tag="Exports", query=CustomerExport, media=MEDIA, gives=bytes)
async def export_found_customers(ask: Ask) -> Answer:
    """Download the customers that a search finds."""
    asked = ask.query(CustomerExport)
    async with ask.pool.connection() as conn:
        seller_id, zone = await _seller(ask, conn)
    columns = pick_fields(CUSTOMER_COLUMNS, asked.columns)
    filters = CustomerFilters(
        kind=asked.kind, country=asked.country, category=asked.category, incomplete=asked.incomplete
    )

    async def write(conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        return await export_customers(conn, out, form, q=asked.q, filters=filters, seller_id=seller_id, columns=columns)

    return await written(ask, form_of(asked.format), write, "customers", ask.today(zone))


def _moment(ask: Ask, zone: str, as_of: str | None, known_at: str | None) -> Moment:
    moment = Moment(ask.today(zone), day_of(as_of, "as_of"), instant_of(known_at, "known_at"))
    check_moment(moment, ask.now())
    return moment


async def _seller(ask: Ask, conn: Connection) -> tuple[int | None, str]:
    """The seller a caller is kept to, if any, and the time zone that says which day it is."""
    sellers = await list_sellers(conn)
    mine = next((seller for seller in sellers if seller.code == ask.caller.seller), None)
    return (None, sellers[0].time_zone) if mine is None else (mine.seller_id, mine.time_zone)


route_handlers: list[HTTPRouteHandler] = [
    export_account_operations,
    export_account_unbilled,
    export_all_balances,
    export_found_customers,
]
