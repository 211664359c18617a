"""JSON route of the operations of all accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import Answer, Ask, ok
from solde.access.reading import Paged, day_of, instant_of
from solde.access.routing import route
from solde.customers import list_sellers
from solde.customers.directory import seller_scope
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.money import parse_amount
from solde.kernel.refusals import Refusal, Refused

from ..lists import side_of
from ..model import OperationFilter
from ..shapes import OperationShape, operation_shape
from ..types import check_types
from .lists import list_across
from .model import SORTS, AcrossFilter, ListedOperation

Several = list[str] | None
DayText = Annotated[str | None, Meta(extra_json_schema={"format": "date"})]
InstantText = Annotated[str | None, Meta(extra_json_schema={"format": "date-time"})]


class OperationsChoice(Paged, frozen=True, kw_only=True):
    """What the list of all operations is narrowed to."""

    q: Annotated[
        str | None,
        Meta(
            description="A number or a part of a reference, as the search box takes it: `277` and `DEMO-277` find DEMO-00277. "
            "The first 3,000 that fit are looked at."
        ),
    ] = None
    reference: Annotated[str | None, Meta(description="The whole reference, such as the number of an invoice.")] = None
    reference_begins: Annotated[str | None, Meta(description="The beginning of the reference.")] = None
    seller: Annotated[str | None, Meta(description="Code of a seller: only its accounts.")] = None
    account: Annotated[str | None, Meta(description="Code of a customer account.")] = None
    type: Annotated[Several, Meta(description="Codes of operation types, separated by commas.")] = None
    class_: Annotated[Several, Meta(description="Class letters: I, P, AP, RF, ARF, R, W, OCC.")] = msgspec.field(
        name="class", default=None
    )
    side: Annotated[
        str | None, Meta(description="Debits or credits only.", extra_json_schema={"enum": ["debit", "credit"]})
    ] = None
    currency: Annotated[str | None, Meta(description="ISO code of a currency.")] = None
    date_from: Annotated[DayText, Meta(description="Operation date on or after.")] = None
    date_until: Annotated[DayText, Meta(description="Operation date on or before.")] = None
    due_from: Annotated[DayText, Meta(description="Due date on or after.")] = None
    due_before: Annotated[DayText, Meta(description="Due date before.")] = None
    overdue: Annotated[
        bool, Meta(description="Only invoices past their due date of which something is open and undisputed.")
    ] = False
    recorded_after: Annotated[
        InstantText, Meta(description="Recorded after this instant: what is new, with `sort=recorded`.")
    ] = None
    recorded_until: Annotated[InstantText, Meta(description="Recorded at this instant or before.")] = None
    amount_from: Annotated[str | None, Meta(description="At least this amount.")] = None
    amount_until: Annotated[str | None, Meta(description="At most this amount.")] = None
    matching_status: Annotated[
        Several, Meta(description="O open, P partial, L matched, I in litigation; separated by commas.")
    ] = None
    posting_status: Annotated[Several, Meta(description="POSTED, EXPORTED, REJECTED, EXPORT_FAILED.")] = None
    in_litigation: Annotated[bool | None, Meta(description="Disputed, wholly or in part, or not.")] = None
    excluded: Annotated[bool | None, Meta(description="Flagged out of the default balance.")] = None
    sort: Annotated[
        str | None,
        Meta(
            description=f"{', '.join(SORTS)}; - before it for descending. Without it newest first; `reference` with a reference, "
            "`due` with overdue, `recorded` with recorded_after. `due` goes with open debits. `amount` and `open` sort what is "
            "narrowed to 50,000 operations."
        ),
    ] = None


class ListedShape(OperationShape, frozen=True, kw_only=True):
    """An operation with whose it is."""

    customer: Annotated[str, Meta(description="Code of the customer.")]
    customer_name: Annotated[str, Meta(description="Name of the account, or of its customer.")]
    seller: Annotated[str, Meta(description="Code of the seller.")]


class ListedOperations(msgspec.Struct, frozen=True):
    """A page of the operations of all accounts; a page may be short and still have a next one."""

    items: list[ListedShape]
    next: Annotated[str | None, Meta(description="Cursor of the next page; null at the end.")]


@route("GET", "/operations", tag="Operations", query=OperationsChoice, gives=ListedOperations)
async def list_all_operations(ask: Ask) -> Answer:
    """List the operations of all accounts, newest first.

    `overdue=true` lists what is overdue, `reference=` finds the invoice or payment of a number, `recorded_after=` what is new.
    A page looks at a bounded number of operations, so it is as fast on millions: where few fit, it may hold fewer rows than
    `limit`, even none; go on while `next` is not null.
    """
    asked = ask.query(OperationsChoice)
    async with ask.pool.connection() as conn:
        chosen = await across_of(ask, conn, asked)
        page = await list_across(conn, chosen, sort=asked.sort, limit=asked.limit, cursor=asked.cursor)
    return ok(ListedOperations([listed_shape(one) for one in page.items], page.next))


async def across_of(ask: Ask, conn: Connection, asked: OperationsChoice) -> AcrossFilter:
    """What the parameters ask for; refuses unknown_operation_type; overdue is by the day it is for the seller asked for, else for the first."""
    await check_types(ask.services.types, asked.type)
    overdue_on = None
    if asked.overdue:
        sellers = await list_sellers(conn)
        wanted = ask.caller.seller or asked.seller
        zone = next((one.time_zone for one in sellers if wanted in {None, one.code}), "UTC")
        overdue_on = today_in(zone, ask.now())
    chosen = OperationFilter(
        types=_tuple(asked.type), classes=_tuple(asked.class_), side=side_of(asked.side),
        from_on=day_of(asked.date_from, "date_from"), until_on=day_of(asked.date_until, "date_until"),
        due_from=day_of(asked.due_from, "due_from"), due_before=day_of(asked.due_before, "due_before"),
        amount_from=_amount(asked.amount_from, "amount_from"), amount_until=_amount(asked.amount_until, "amount_until"),
        matching_status=_tuple(asked.matching_status), posting_status=_tuple(asked.posting_status),
        in_litigation=asked.in_litigation, excluded=asked.excluded,
    )  # fmt: skip
    return AcrossFilter(
        chosen, await seller_scope(ask), _storable(asked.seller), _storable(asked.account), _storable(asked.currency),
        _storable(asked.reference), _storable(asked.reference_begins), _storable(asked.q), overdue_on,
        instant_of(asked.recorded_after, "recorded_after"), instant_of(asked.recorded_until, "recorded_until"),
    )  # fmt: skip


def listed_shape(listed: ListedOperation) -> ListedShape:
    """An operation of any account as JSON shows it."""
    shape = operation_shape(listed.operation, listed.account)
    fields = {name: getattr(shape, name) for name in shape.__struct_fields__}
    return ListedShape(**fields, customer=listed.customer, customer_name=listed.name, seller=listed.seller)


def _tuple(values: Several) -> tuple[str, ...] | None:
    return None if values is None else tuple(text.replace("\0", "\ufffd") for text in values)


def _amount(text: str | None, field: str) -> Decimal | None:
    read = None if text is None else parse_amount(text)
    if isinstance(read, Refusal):
        raise Refused(read.at(field=field))
    return read


def _storable(text: str | None) -> str | None:
    """A text to look for, without what no stored text holds."""
    return None if text is None else text.replace("\0", "\ufffd")


route_handlers: list[HTTPRouteHandler] = [list_all_operations]
