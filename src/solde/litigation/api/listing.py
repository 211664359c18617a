"""JSON route of the work list of litigation."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import Answer, Ask, Money, ok
from solde.access.reading import Cursor, Limit, Query
from solde.access.routing import route
from solde.customers import list_sellers
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.money import plain

from ..lists import SORTS, DisputeFilter, list_disputes, parse_dispute_sort, total_disputes
from .shapes import DisputeShape, dispute_shape

_SORTED = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]


class DisputeChoice(Query, frozen=True, kw_only=True):
    """Which litigations."""

    reason_code: Annotated[list[str] | None, Meta(description="One of these reasons.")] = None
    owner: Annotated[list[str] | None, Meta(description="Of one of these persons, whatever the case.")] = None
    mine: Annotated[bool, Meta(description="Only those of the caller.")] = False
    owned: Annotated[bool | None, Meta(description="False: only those of nobody.")] = None
    review_overdue: Annotated[bool, Meta(description="Only those to be looked at before today.")] = False
    age_from: Annotated[int | None, Meta(description="In litigation for so many days at least.")] = None
    currency: str | None = None
    seller: str | None = None
    q: Annotated[str | None, Meta(description="A text in the invoice, account, customer, reason or owner.")] = None
    sort: Annotated[
        str | None,
        Meta(description="since (unless given), amount, review, account; - before it for descending.",
             extra_json_schema={"enum": _SORTED}),
    ] = None  # fmt: skip


class DisputeQuery(DisputeChoice, frozen=True, kw_only=True):
    """Which litigations, and which page of them."""

    limit: Limit = None
    cursor: Cursor = None


class TotalShape(msgspec.Struct, frozen=True):
    """How much is disputed in a currency."""

    currency: str
    count: int
    disputed: Money


class DisputeList(msgspec.Struct, frozen=True):
    """A page of the work list, with the totals of all of it."""

    items: list[DisputeShape]
    next: str | None
    totals: list[TotalShape]


@route("GET", "/litigation", tag="Litigation", query=DisputeQuery, gives=DisputeList)
@needs_feature("litigation")
async def list_litigation(ask: Ask) -> Answer:
    """List what is in litigation over all accounts, the oldest first, with totals by currency."""
    asked = ask.query(DisputeQuery)
    order = parse_dispute_sort(asked.sort)
    async with ask.pool.connection() as conn:
        chosen, today = await chosen_of(ask, conn, asked)
        page = await list_disputes(conn, chosen, order=order, limit=asked.limit, cursor=asked.cursor)
        totals = await total_disputes(conn, chosen)
    return ok(
        DisputeList(
            [dispute_shape(one, today) for one in page.items],
            page.next,
            [TotalShape(one.currency, one.count, plain(one.disputed)) for one in totals],
        )
    )


async def chosen_of(ask: Ask, conn: Connection, asked: DisputeChoice) -> tuple[DisputeFilter, date]:
    """The filter of a request within what the caller may see, and the day it is for them."""
    sellers = await list_sellers(conn)
    mine = next((one for one in sellers if one.code == ask.caller.seller), None)
    wanted = ask.caller.seller if asked.seller is None else asked.seller
    within = ask.caller.seller in (None, wanted)
    known = {one.code: one.seller_id for one in sellers}
    today = ask.today((mine or sellers[0]).time_zone)
    owners = [ask.caller.actor, ask.caller.name] if asked.mine else asked.owner
    chosen = DisputeFilter(
        None if wanted is None else known.get(wanted, 0) if within else 0,
        asked.reason_code,
        None if owners is None else [text.replace("\0", "") for text in owners],
        asked.owned,
        today if asked.review_overdue else None,
        DisputeFilter.aged(asked.age_from, today),
        _storable(asked.currency),
        _storable(asked.q),
    )
    return chosen, today


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "")


route_handlers: list[HTTPRouteHandler] = [list_litigation]
__all__ = ["DisputeChoice", "chosen_of", "route_handlers"]
