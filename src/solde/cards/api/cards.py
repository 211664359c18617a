"""JSON routes of stored cards."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.routing import route
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Kind, Refused, declare, refuse

from .. import rules, store, stored_cards
from ..shapes import CardList, CardShape, SetupShape, card_shape
from .transactions import account_of

BAD_RETURN_URL = declare("return_url_unfit", Kind.INVALID, "Give an address that begins with https:// or http://.")


class CardBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card to add: where its holder comes back to."""

    return_url: Annotated[str, Meta(examples=["https://shop.example/account/cards"])]
    name: Annotated[str | None, Meta(description="The cardholder, as the gateway's page calls them.")] = None


_BODY = msgspec.json.Decoder(CardBody)


@route("GET", "/accounts/{account}/cards", tag="Card payments", gives=CardList, problems=(404,))
@needs_feature("card_payments")
async def get_cards(ask: Ask) -> Answer:
    """List the stored cards of an account, the default first: brand, last four digits and expiry, never a number."""
    account = await account_of(ask)
    async with ask.pool.connection() as conn:
        found = await store.list_cards(conn, account.account_id)
    return ok(CardList([card_shape(card) for card in found]))


@route(
    "POST", "/accounts/{account}/cards", location="/accounts/{account}/cards/setups/{setup}", permission=Permission.CARDS, tag="Card payments", keyed=True, status=201,
    body=CardBody, gives=SetupShape, problems=(403, 404, 409), example={"return_url": "https://shop.example/back"},
)  # fmt: skip
@needs_feature("card_payments")
async def post_card(ask: Ask) -> Answer:
    """Begin to add a card: answers the gateway's page where the cardholder enters it. Its number never comes here."""
    account, body = await account_of(ask), await ask.body(_BODY)
    if not body.return_url.startswith(("https://", "http://")) or len(body.return_url) > 2000:
        raise Refused(refuse(BAD_RETURN_URL, "the return address is none", field="return_url"))
    gateway = ask.services.gateway

    async def note(conn: Connection) -> Answer:
        number = await stored_cards.note_setup(
            conn, gateway, account.account_id, actor=ask.actor, clock=ask.services.clock
        )
        return ok({"setup": number}, 201)

    noted = msgspec.json.decode((await ask.act(note, account_id=account.account_id)).body)
    key = (account.account_id, int(noted["setup"]))
    setup = await stored_cards.open_setup(gateway, ask.pool, key, body.return_url, name=body.name)
    assert setup.redirect_url is not None, "a page was opened"
    return ok(SetupShape(setup.setup_number, setup.redirect_url), 201)


@route(
    "DELETE", "/accounts/{account}/cards/{card}", permission=Permission.CARDS, tag="Card payments", gives=CardShape,
    problems=(403, 404),
)  # fmt: skip
@needs_feature("card_payments")
async def delete_card(ask: Ask) -> Answer:
    """Remove a stored card: it is charged no more. What was done with it stays."""
    account, number = await account_of(ask), _number(ask)

    async def work(conn: Connection) -> Answer:
        return ok(card_shape(await stored_cards.remove_card(conn, account.account_id, number, actor=ask.actor)))

    return await ask.change(work)


@route(
    "PUT", "/accounts/{account}/cards/{card}/default", permission=Permission.CARDS, tag="Card payments",
    gives=CardShape, problems=(403, 404),
)  # fmt: skip
@needs_feature("card_payments")
async def put_default_card(ask: Ask) -> Answer:
    """Make a stored card the one that is charged unless another is named."""
    account, number = await account_of(ask), _number(ask)

    async def work(conn: Connection) -> Answer:
        return ok(card_shape(await stored_cards.make_default(conn, account.account_id, number, actor=ask.actor)))

    return await ask.change(work)


def _number(ask: Ask) -> int:
    text = ask.path("card")
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= store.LARGEST_NUMBER:
        raise Refused(refuse(rules.UNKNOWN_CARD, "the account has no card {text!r}", text=text[:20]))
    return int(text)


route_handlers: list[HTTPRouteHandler] = [get_cards, post_card, delete_card, put_default_card]
