"""JSON routes of sellers: list them, read one, change what letters say of it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from . import sellers, store
from .model import Seller
from .shapes import SellerShape, seller_shape


class SellerList(msgspec.Struct, frozen=True):
    """Sellers."""

    items: list[SellerShape]
    next: str | None = None


class SellerPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What letters say of a seller; what is left out stays."""

    name: str | UnsetType = UNSET
    address_1: Annotated[str | None, Meta(description="Street and number.")] | UnsetType = UNSET
    address_2: str | UnsetType | None = UNSET
    postcode: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    region: str | UnsetType | None = UNSET


_PATCH = msgspec.json.Decoder(SellerPatch)


@route("GET", "/sellers", tag="Settings", gives=SellerList)
async def list_sellers(ask: Ask) -> Answer:
    """List the sellers."""
    async with ask.pool.connection() as conn:
        found = await store.list_sellers(conn)
    mine = [seller for seller in found if ask.caller.seller in (None, seller.code)]
    return ok(SellerList([seller_shape(seller) for seller in mine]))


@route("GET", "/sellers/{code}", tag="Settings", gives=SellerShape, problems=(404,))
async def read_seller(ask: Ask) -> Answer:
    """Read a seller, with the address that stands on its letters."""
    async with ask.pool.connection() as conn:
        return _answer(await _find(ask, conn))


@route(
    "PATCH",
    "/sellers/{code}",
    everywhere=False,
    permission=Permission.SETTINGS,
    tag="Settings",
    versioned=True,
    body=SellerPatch,
    gives=SellerShape,
    problems=(403, 404, 409),
    example={"address_1": "1 Market Street", "postcode": "75001", "city": "Paris"},
)
async def patch_seller(ask: Ask) -> Answer:
    """Change the name and the address of a seller, as statements of account print them."""
    version, body = ask.version(), await ask.body(_PATCH)
    given = {name: value for name in sellers.LETTER_FIELDS if (value := getattr(body, name)) is not UNSET}

    async def work(conn: Connection) -> Answer:
        found = await _find(ask, conn)
        return _answer(await sellers.change_seller(conn, found.code, version, given, actor=ask.actor))

    return await ask.change(work)


async def _find(ask: Ask, conn: Connection) -> Seller:
    """The seller of the address; one the caller is not kept to is as if it were not there."""
    code = ask.path("code")
    for seller in await store.list_sellers(conn):
        if seller.code == code and ask.caller.seller in {None, code}:
            return seller
    raise Refused(refuse(sellers.NO_SUCH_SELLER, "there is no seller {code!r}", code=code))


def _answer(seller: Seller) -> Answer:
    return ok(seller_shape(seller), etag=f'"{seller.version}"')


route_handlers: list[HTTPRouteHandler] = [list_sellers, read_seller, patch_seller]
