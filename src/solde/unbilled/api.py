"""JSON routes of unbilled items and services."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import Cursor, DryRun, Limit, Query
from solde.access.routing import route
from solde.approvals import Waiting
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.paging import check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import rules, store
from .actions import add_service, edit_service
from .model import Service
from .proposing import propose_take_back
from .shapes import (
    ServiceShape,
    UnbilledShape,
    UnbilledTotalShape,
    item_shape,
    service_shape,
    total_shape,
)


class ItemQuery(Query, frozen=True, kw_only=True):
    """Which items."""

    billed: Annotated[bool, Meta(description="With those that were billed since.")] = False
    limit: Limit = None
    cursor: Cursor = None


class UnbilledList(msgspec.Struct, frozen=True):
    """A page of items, newest first, and what all that is unbilled comes to."""

    total: UnbilledTotalShape
    items: list[UnbilledShape]
    next: str | None


class TakeBackItemBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an item is taken back."""

    comment: str | None = None


class ServiceList(msgspec.Struct, frozen=True):
    """Every service."""

    items: list[ServiceShape]
    next: str | None = None


class NewServiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service to be made."""

    code: str
    label: str
    tax_rate: Decimal


class ServiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a service is called, its tax rate from now on, and whether it may be chosen."""

    label: str
    tax_rate: Decimal
    active: bool = True


_NEW, _EDIT, _BACK = (
    msgspec.json.Decoder(NewServiceBody),
    msgspec.json.Decoder(ServiceBody),
    msgspec.json.Decoder(TakeBackItemBody),
)


async def _account(ask: Ask) -> AccountRef:
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


def item_number(text: str) -> int:
    """An item number in an address; refuses unknown_unbilled_item."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < store.LARGEST_NUMBER:
        raise Refused(refuse(rules.UNKNOWN_ITEM, "{text!r} is no item number", text=text))
    return int(text)


@route(
    "GET", "/accounts/{account}/unbilled-items", tag="Unbilled items", query=ItemQuery, gives=UnbilledList,
    problems=(404,),
)  # fmt: skip
async def list_unbilled_items(ask: Ask) -> Answer:
    """List what the next invoice will hold, newest first, and what it comes to."""
    account, asked = await _account(ask), ask.query(ItemQuery)
    size = check_limit(asked.limit)
    before = store.LARGEST_NUMBER if asked.cursor is None else int(decode_cursor(asked.cursor, 1)[0] or 0)
    async with ask.pool.connection() as conn, conn.transaction():
        total = (await store.totals_of(conn, [account.account_id]))[account.account_id]
        found = await store.list_items(conn, account.account_id, billed=asked.billed, before=before, limit=size + 1)
    following = encode_cursor([found[size - 1].item_number]) if len(found) > size else None
    shapes = [item_shape(one) for one in found[:size]]
    return ok(UnbilledList(total_shape(total, account.currency), shapes, following))


@route(
    "GET", "/accounts/{account}/unbilled-items/{number}", tag="Unbilled items", gives=UnbilledShape, problems=(404,)
)  # fmt: skip
async def get_unbilled_item(ask: Ask) -> Answer:
    """Read an item, billed or not."""
    account, number = await _account(ask), item_number(ask.path("number"))
    async with ask.pool.connection() as conn:
        found = await store.get_item(conn, account.account_id, number)
    if found is None:
        raise Refused(refuse(rules.UNKNOWN_ITEM, "the account has no unbilled item {number}", number=number))
    return ok(item_shape(found))


@route(
    "POST", "/accounts/{account}/unbilled-items/{number}/take-back", permission=Permission.ADJUSTMENTS,
    tag="Unbilled items", query=DryRun, keyed=True, status=201, body=TakeBackItemBody, gives=UnbilledShape,
    problems=(403, 404, 409), example={"comment": "charged twice"},
)  # fmt: skip
async def take_back_unbilled_item(ask: Ask) -> Answer:
    """Take an item back by its opposite; the item itself stays as it is.

    202 where the caller's role needs a second person.
    """
    account, number = await _account(ask), item_number(ask.path("number"))
    body, today, dry_run = await ask.body(_BACK), ask.today(account.time_zone), ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        done = await propose_take_back(
            conn, ask.services.approvals, ask.caller, account, number, body.comment, now=ask.now(), today=today
        )
        if isinstance(done, Waiting):
            return answer_waiting(done, dry_run=dry_run)
        return ok(done.answer, 201)

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route("GET", "/services", tag="Services", gives=ServiceList)
async def list_all_services(ask: Ask) -> Answer:
    """List the services that charges and credits may be for."""
    async with ask.pool.connection() as conn:
        return ok(ServiceList([service_shape(one) for one in await store.list_services(conn)]))


@route(
    "POST", "/services", permission=Permission.SETTINGS, tag="Services", keyed=True, status=201, body=NewServiceBody,
    gives=ServiceShape, problems=(403, 409), example={"code": "MOBILE_DATA", "label": "Mobile data", "tax_rate": "20"},
)  # fmt: skip
async def post_service(ask: Ask) -> Answer:
    """Make a service."""
    body = await ask.body(_NEW)

    async def work(conn: Connection) -> Answer:
        return _answer(await add_service(conn, body.code, body.label, body.tax_rate, actor=ask.actor), 201)

    return await ask.act(work)


@route(
    "PUT", "/services/{code}", permission=Permission.SETTINGS, tag="Services", versioned=True, body=ServiceBody,
    gives=ServiceShape, problems=(403, 404), example={"label": "Calls", "tax_rate": "20", "active": True},
)  # fmt: skip
async def put_service(ask: Ask) -> Answer:
    """Change a service; items made before keep the tax they were made with."""
    body, version = await ask.body(_EDIT), ask.version()

    async def work(conn: Connection) -> Answer:
        made = await edit_service(
            conn, ask.path("code"), body.label, body.tax_rate, active=body.active, actor=ask.actor, version=version
        )
        return _answer(made)

    return await ask.change(work)


def _answer(one: Service, status: int = 200) -> Answer:
    return ok(service_shape(one), status, etag=f'"{one.version}"')


route_handlers: list[HTTPRouteHandler] = [
    list_unbilled_items,
    get_unbilled_item,
    take_back_unbilled_item,
    list_all_services,
    post_service,
    put_service,
]
__all__ = ["item_number", "route_handlers"]
