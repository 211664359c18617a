"""JSON routes of closing."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, Money, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.customers import get_account, get_customer
from solde.customers.directory import seller_scope
from solde.customers.shapes import AccountPage, CustomerShape, account_shape, customer_shape
from solde.db import Connection
from solde.kernel.money import plain

from .actions import close_account, close_customer, find_blockers
from .model import Blocker
from .rules import in_words


class CloseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is closed."""

    reason: Annotated[str, Meta(description="Why, for those who look later.")]


class BlockerShape(msgspec.Struct, frozen=True):
    """One thing that holds an account open."""

    account: str
    kind: str
    words: str
    amount: Money | None
    currency: str
    count: int


class BlockerList(msgspec.Struct, frozen=True):
    """What holds an account open."""

    items: list[BlockerShape]
    next: str | None = None


_BODY = msgspec.json.Decoder(CloseBody)


def _code(ask: Ask, name: str) -> str:
    # No code holds a null character, and the database does not take one.
    return ask.path(name).replace("\0", "")


@route("GET", "/accounts/{account}/blockers", tag="Customers", gives=BlockerList, problems=(404,))
async def list_account_blockers(ask: Ask) -> Answer:
    """List what keeps an account from being closed; an empty list says that it may be."""
    seller_id = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        account = (await get_account(conn, _code(ask, "account"), seller_id)).account
        found = await find_blockers(conn, [account.account_id])
    return ok(BlockerList([_shape(blocker) for blocker in found]))


def _shape(found: Blocker) -> BlockerShape:
    amount = None if found.amount is None else plain(found.amount)
    return BlockerShape(found.account, found.kind, str(in_words(found)), amount, found.currency, found.count)


@route(
    "POST",
    "/accounts/{account}/close",
    permission=Permission.CUSTOMER_CLOSE,
    tag="Customers",
    query=DryRun,
    keyed=True,
    body=CloseBody,
    gives=AccountPage,
    problems=(403, 404, 409),
    example={"reason": "The customer left; all is settled"},
)
async def post_account_close(ask: Ask) -> Answer:
    """Close an account, or say everything that holds it open, with its amount."""
    code, seller_id, body = _code(ask, "account"), await seller_scope(ask), await ask.body(_BODY)

    async def work(conn: Connection) -> Answer:
        account_id = (await get_account(conn, code, seller_id)).account.account_id
        await close_account(conn, account_id, body.reason, actor=ask.actor, now=ask.now())
        found = await get_account(conn, code, seller_id)
        return ok(AccountPage(account_shape(found.account), customer_shape(found.customer)))

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "POST",
    "/customers/{code}/close",
    permission=Permission.CUSTOMER_CLOSE,
    tag="Customers",
    query=DryRun,
    keyed=True,
    body=CloseBody,
    gives=CustomerShape,
    problems=(403, 404, 409),
    example={"reason": "The customer left; all is settled"},
)
async def post_customer_close(ask: Ask) -> Answer:
    """Close a customer with all its accounts, or say everything that holds any of them open."""
    code, seller_id, body = _code(ask, "code"), await seller_scope(ask), await ask.body(_BODY)

    async def work(conn: Connection) -> Answer:
        customer_id = (await get_customer(conn, code, seller_id)).customer_id
        await close_customer(conn, customer_id, body.reason, actor=ask.actor, now=ask.now())
        return ok(customer_shape(await get_customer(conn, code, seller_id)))

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


route_handlers: list[HTTPRouteHandler] = [list_account_blockers, post_account_close, post_customer_close]
__all__ = ["route_handlers"]
