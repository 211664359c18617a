"""JSON routes that compose features: an account's operations, and one with all that happened to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Answer, Ask, Money, ok
from solde.access.reading import Cursor, Limit, Query
from solde.access.routing import route
from solde.balances import Moment, definitions_now, list_balance, pick
from solde.balances.explain import explain_operation
from solde.balances.store import account_as_seen, billing_accounts_as_seen
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.paging import Page
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.litigation import list_events
from solde.litigation.api import EventShape, event_shape, operation_number
from solde.litigation.rules import UNKNOWN_OPERATION
from solde.matching import MatchLine, lines_of_operations
from solde.matching.rules import lettering
from solde.operations import Operation, OperationFilter, list_operations
from solde.operations.lists import conditions, parse_sort, side_of
from solde.operations.shapes import OperationShape, operation_shape
from solde.operations.store import get_operations
from solde.operations.types import check_types

SORT_OF_BALANCE = declare(
    "balance_list_sort", Kind.INVALID, "A list of one balance is sorted by -date; leave `sort` out, or `definition`."
)

Several = list[str] | None


class OperationQuery(Query, frozen=True, kw_only=True):
    """What the list of operations shows."""

    type: Annotated[Several, Meta(description="Codes of operation types, separated by commas.")] = None
    class_: Annotated[Several, Meta(description="Class letters: I, P, AP, RF, ARF, R, W, OCC.")] = msgspec.field(
        name="class", default=None
    )
    side: Annotated[str | None, Meta(extra_json_schema={"enum": ["debit", "credit"]})] = None
    # In the address these two are called from and until.
    from_: Annotated[date | None, Meta(description="Operation date on or after.")] = msgspec.field(
        name="from", default=None
    )
    until: Annotated[date | None, Meta(description="Operation date on or before.")] = None
    due_from: date | None = None
    due_before: date | None = None
    amount_from: Decimal | None = None
    amount_until: Decimal | None = None
    matching_status: Several = None
    posting_status: Several = None
    billing_account: str | None = None
    reference: Annotated[str | None, Meta(description="Beginning of the reference.")] = None
    q: Annotated[str | None, Meta(description="A part of the reference or the description.")] = None
    in_litigation: bool | None = None
    excluded: Annotated[bool | None, Meta(description="Flagged out of the default balance.")] = None
    definition: Annotated[str | None, Meta(description="Only what this balance holds.")] = None
    sort: Annotated[
        str | None, Meta(description="date, due, number, amount, open, reference; - before it for descending.")
    ] = None
    limit: Limit = None
    cursor: Cursor = None


class OperationList(msgspec.Struct, frozen=True):
    """A page of operations."""

    items: list[OperationShape]
    next: str | None


class OperationDetailQuery(Query, frozen=True, kw_only=True):
    """What is told besides."""

    definition: Annotated[str | None, Meta(description="Tell why it is, or is not, in this balance.")] = None


class PartShape(msgspec.Struct, frozen=True):
    """A part of the operation that is, or was, matched."""

    match: str
    debit: int
    credit: int
    amount: Money
    effective_date: str
    kind: str
    reversed_on: str | None


class InBalance(msgspec.Struct, frozen=True):
    """Is the operation in a balance, and why."""

    definition: str
    included: bool
    reasons: list[str]
    contribution: Money


class OperationDetail(msgspec.Struct, frozen=True):
    """An operation with what happened to it."""

    operation: OperationShape
    matches: list[PartShape]
    litigation: list[EventShape]
    in_balance: InBalance | UnsetType = UNSET


async def _account(ask: Ask) -> AccountRef:
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


@route(
    "GET",
    "/accounts/{account}/operations",
    tag="Operations",
    query=OperationQuery,
    gives=OperationList,
    problems=(404,),
)
async def list_account_operations(ask: Ask) -> Answer:
    """List the operations of an account, newest first; with `definition`, those a balance holds."""
    account, asked = await _account(ask), ask.query(OperationQuery)
    await check_types(ask.services.types, asked.type)
    chosen = filter_of(asked)
    async with ask.pool.connection() as conn:
        if asked.definition is None:
            order = parse_sort(asked.sort)
            page = await list_operations(
                conn, account.account_id, chosen, order=order, limit=asked.limit, cursor=asked.cursor
            )
        else:
            page = await _list_balance(ask, conn, account, asked, chosen)
    return ok(OperationList([operation_shape(one, account.code) for one in page.items], page.next))


async def _list_balance(
    ask: Ask, conn: Connection, account: AccountRef, asked: OperationQuery, chosen: OperationFilter
) -> Page[Operation]:
    if asked.sort not in (None, "", "-date"):
        raise Refused(refuse(SORT_OF_BALANCE, "operations of one balance are listed newest first", field="sort"))
    definition = pick(await definitions_now(conn), asked.definition)
    also, values = conditions(chosen)
    moment = Moment(ask.today(account.time_zone))
    return await list_balance(
        conn, account.account_id, definition, moment, also=also, values=values, limit=asked.limit, cursor=asked.cursor
    )


def filter_of(asked: OperationQuery) -> OperationFilter:
    """The filter that the parameters ask for."""
    return OperationFilter(
        types=_tuple(asked.type),
        classes=_tuple(asked.class_),
        side=side_of(asked.side),
        from_on=asked.from_,
        until_on=asked.until,
        due_from=asked.due_from,
        due_before=asked.due_before,
        amount_from=asked.amount_from,
        amount_until=asked.amount_until,
        matching_status=_tuple(asked.matching_status),
        posting_status=_tuple(asked.posting_status),
        billing_account=asked.billing_account,
        reference=asked.reference,
        text=asked.q,
        in_litigation=asked.in_litigation,
        excluded=asked.excluded,
    )


def _tuple(values: Several) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


@route(
    "GET",
    "/accounts/{account}/operations/{number}",
    tag="Operations",
    query=OperationDetailQuery,
    gives=OperationDetail,
    problems=(404,),
)
async def get_operation(ask: Ask) -> Answer:
    """Read an operation with its matches and litigation; with `definition`, why it is in that balance or not."""
    account, number, asked = await _account(ask), operation_number(ask.path("number")), ask.query(OperationDetailQuery)
    async with ask.pool.connection() as conn, conn.transaction():
        found = await get_operations(conn, account.account_id, [number])
        if not found:
            raise Refused(refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=number))
        lines = await lines_of_operations(conn, account.account_id, [number])
        events = await list_events(conn, account.account_id, [number])
        place = UNSET if asked.definition is None else await _in_balance(ask, conn, account, found[0], asked.definition)
    shape = operation_shape(found[0], account.code)
    return ok(OperationDetail(shape, [_part(line) for line in lines], [event_shape(event) for event in events], place))


async def _in_balance(ask: Ask, conn: Connection, account: AccountRef, operation: Operation, code: str) -> InBalance:
    definition = pick(await definitions_now(conn), code)
    seen = await account_as_seen(conn, account.account_id)
    billing = await billing_accounts_as_seen(conn, account.account_id)
    one = explain_operation(definition, operation, seen, billing, Moment(ask.today(account.time_zone)))
    return InBalance(definition.code, one.included, list(one.reasons), plain(one.contribution))


def _part(line: MatchLine) -> PartShape:
    return PartShape(
        lettering(line.group_number),
        line.debit_number,
        line.credit_number,
        plain(line.amount),
        line.effective_on.isoformat(),
        line.kind,
        None if line.reversed_on is None else line.reversed_on.isoformat(),
    )


route_handlers: list[HTTPRouteHandler] = [list_account_operations, get_operation]
