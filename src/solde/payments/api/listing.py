"""JSON route of the list of payments over all accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import Answer, Ask, ok
from solde.access.reading import Paged, day_of
from solde.access.routing import route
from solde.kernel.money import parse_amount
from solde.kernel.refusals import Refusal, Refused

from ..registered import PaymentFilter, list_payments
from ..shapes import PaymentShape, payment_shape


class PaymentQuery(Paged, frozen=True, kw_only=True):
    """Which payments, in which order."""

    account: Annotated[str | None, Meta(description="Code of an account.")] = None
    q: Annotated[
        str | None, Meta(description="Words of the customer: each the beginning of a word of a searched field.")
    ] = None
    payment_method: Annotated[str | None, Meta(description="Code of a payment method.")] = None
    currency: str | None = None
    date_from: Annotated[str | None, Meta(extra_json_schema={"format": "date"})] = None
    date_until: Annotated[str | None, Meta(extra_json_schema={"format": "date"})] = None
    amount_from: str | None = None
    amount_until: str | None = None
    unallocated: Annotated[bool, Meta(description="Only those of which something is unallocated.")] = False
    sort: Annotated[str, Meta(description="`date` or `amount`, with - before it for descending.")] = "-date"


class PaymentList(msgspec.Struct, frozen=True):
    """A page of payments."""

    items: list[PaymentShape]
    next: str | None


@route("GET", "/payments", tag="Payments", query=PaymentQuery, gives=PaymentList)
async def list_all_payments(ask: Ask) -> Answer:
    """List the payments of all accounts, newest first: whose each is, what of it is unallocated, who registered it."""
    asked = ask.query(PaymentQuery)
    directory = ask.services.directory
    mine = None if ask.caller.seller is None else await directory.seller_id(ask.caller.seller)
    chosen = PaymentFilter(
        mine, _storable(asked.account), _storable(asked.q), _storable(asked.payment_method), _storable(asked.currency),
        day_of(asked.date_from, "date_from"), day_of(asked.date_until, "date_until"),
        _amount(asked.amount_from, "amount_from"), _amount(asked.amount_until, "amount_until"), asked.unallocated,
    )  # fmt: skip
    async with ask.pool.connection() as conn:
        page = await list_payments(conn, chosen, sort=asked.sort, limit=asked.limit, cursor=asked.cursor)
    return ok(PaymentList([payment_shape(one) for one in page.items], page.next))


def _amount(text: str | None, field: str) -> Decimal | None:
    read = None if text is None else parse_amount(text)
    if isinstance(read, Refusal):
        raise Refused(read.at(field=field))
    return read


def _storable(text: str | None) -> str | None:
    """A text to look for, without what no stored text holds."""
    return None if text is None else text.replace("\0", "\ufffd")


route_handlers: list[HTTPRouteHandler] = [list_all_payments]
