"""JSON routes of the outbox: webhooks, their deliveries, the events, the mails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET

from solde.access import Permission
from solde.access.http import Answer, Ask, encode, ok
from solde.access.reading import instant_of
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import BAD_SHAPE, Refused, refuse
from solde.kernel.texts import say

from . import actions, store
from .feed import follow_events, list_events
from .kinds import KINDS
from .model import Endpoint, EndpointDraft, Message
from .rules import WEBHOOK_SELLER_UNKNOWN
from .settings import OutboxSettings
from .shapes import (
    CreatedWebhook,
    DeliveryList,
    DeliveryQuery,
    DeliveryShape,
    EventKindList,
    EventKindShape,
    EventList,
    EventQuery,
    MailList,
    ReplayBody,
    Replayed,
    WebhookBody,
    WebhookList,
    WebhookPatch,
    WebhookShape,
    delivery_shape,
    event_shape,
    mail_shape,
    webhook_shape,
)
from .webhooks import check_target

TAG = "Webhooks and mail"
LARGEST_NUMBER = 2**62
HIDDEN = "(shown once)"

_BODY = msgspec.json.Decoder(WebhookBody)
_PATCH = msgspec.json.Decoder(WebhookPatch)
_REPLAY = msgspec.json.Decoder(ReplayBody)
_STATES = {"WAITING", "DELIVERED", "DEAD"}


@route("GET", "/webhooks", permission=Permission.WEBHOOKS, tag=TAG, gives=WebhookList, problems=(403,))
async def read_webhooks(ask: Ask) -> Answer:
    """List the webhooks, with what waits for them and what was given up."""
    async with ask.pool.connection() as conn:
        found = await store.list_endpoints(conn, seller=ask.caller.seller)
    return ok(WebhookList([webhook_shape(endpoint) for endpoint in found]))


@route("GET", "/webhooks/{id}", permission=Permission.WEBHOOKS, tag=TAG, gives=WebhookShape, problems=(403, 404))
async def get_webhook(ask: Ask) -> Answer:
    """Read a webhook; its ETag is the version to send as If-Match."""
    async with ask.pool.connection() as conn:
        return _answer(await _find(conn, ask))


@route(
    "POST",
    "/webhooks",
    location="/webhooks/{webhook.id}",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    keyed=True,
    status=201,
    body=WebhookBody,
    gives=CreatedWebhook,
    problems=(403,),
    example={"url": "https://shop.example/solde", "description": "web shop", "kinds": ["operation.posted"]},
)
async def post_webhook(ask: Ask) -> Answer:
    """Make a webhook: events are posted to its address from now on, signed as Standard Webhooks has it.

    Its secret is in this answer and nowhere else. The answer to a repeated key names the webhook without its secret.
    """
    body = await ask.body(_BODY)
    draft = EndpointDraft(body.url, body.description, tuple(dict.fromkeys(body.kinds)), _seller(ask, body.seller))
    await _check_target(draft.url)
    secrets: list[str] = []

    async def work(conn: Connection) -> Answer:
        made = await actions.create_endpoint(conn, draft, actor=ask.actor, now=ask.now())
        secrets[:] = [made.secret]
        return ok(CreatedWebhook(webhook_shape(made), HIDDEN), 201, etag=f'"{made.version}"')

    answer = await ask.act(work)
    if not secrets or any(name == b"idempotency-replayed" for name, _ in answer.headers):
        return answer
    hidden, shown = (b'"secret":' + encode(text) for text in (HIDDEN, secrets[0]))
    etag = tuple(header for header in answer.headers if header[0] == b"etag")
    return Answer(answer.body.replace(hidden, shown), 201, etag)


@route(
    "PATCH",
    "/webhooks/{id}",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    versioned=True,
    body=WebhookPatch,
    gives=WebhookShape,
    problems=(403, 404, 409),
    example={"active": False},
)
async def patch_webhook(ask: Ask) -> Answer:
    """Change a webhook, take it out of use, or take it back.

    One taken back hears of everything it missed, unless `catch_up` is false.
    """
    version, webhook_id, body = ask.version(), key_of(ask.path("id"), "webhook"), await ask.body(_PATCH)
    if body.url is not UNSET:
        await _check_target(body.url)

    async def work(conn: Connection) -> Answer:
        changed = await actions.change_endpoint(
            conn,
            webhook_id,
            version,
            lambda draft: patched(draft, body),
            active=None if body.active is UNSET else body.active,
            catch_up=body.catch_up,
            seller=ask.caller.seller,
            actor=ask.actor,
        )
        (counted,) = await store.list_endpoints(conn, webhook_id=changed.webhook_id)
        return _answer(counted)

    return await ask.change(work)


def patched(draft: EndpointDraft, body: WebhookPatch) -> EndpointDraft:
    """What is said of an endpoint after a change."""
    url = draft.url if body.url is UNSET else body.url
    description = draft.description if body.description is UNSET else body.description
    kinds = draft.kinds if body.kinds is UNSET else tuple(dict.fromkeys(body.kinds))
    return replace(draft, url=url, description=description, kinds=kinds)


@route(
    "DELETE",
    "/webhooks/{id}",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    versioned=True,
    status=204,
    problems=(403, 404, 409),
)
async def remove_webhook(ask: Ask) -> Answer:
    """Take a webhook away; what still waits for it is not sent."""
    version, webhook_id = ask.version(), key_of(ask.path("id"), "webhook")

    async def work(conn: Connection) -> Answer:
        await actions.delete_endpoint(
            conn, webhook_id, version, seller=ask.caller.seller, actor=ask.actor, now=ask.now()
        )
        return Answer(status=204)

    return await ask.change(work)


@route(
    "POST",
    "/webhooks/{id}/test",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    keyed=True,
    status=202,
    gives=DeliveryShape,
    problems=(403, 404, 409),
)
async def test_webhook(ask: Ask) -> Answer:
    """Send a test event within seconds; how it ended is among the deliveries."""
    webhook_id = key_of(ask.path("id"), "webhook")

    async def work(conn: Connection) -> Answer:
        made = await actions.send_test(conn, webhook_id, seller=ask.caller.seller, actor=ask.actor, now=ask.now())
        return ok(delivery_shape(made), 202)

    return await ask.act(work)


@route(
    "GET",
    "/webhooks/{id}/deliveries",
    permission=Permission.WEBHOOKS,
    tag=TAG,
    query=DeliveryQuery,
    gives=DeliveryList,
    problems=(403, 404),
)
async def read_deliveries(ask: Ask) -> Answer:
    """List what was and will be sent to a webhook, newest first; `state=DEAD` lists what was given up."""
    asked = ask.query(DeliveryQuery)
    size, before_id = check_limit(asked.limit), place_of(asked.cursor)
    async with ask.pool.connection() as conn:
        endpoint = await _find(conn, ask)
        found = await store.list_deliveries(
            conn, endpoint.webhook_id, before_id=before_id, state=_state(asked), limit=size + 1
        )
    return ok(DeliveryList([delivery_shape(message) for message in found[:size]], _next(found, size)))


@route(
    "POST",
    "/webhooks/{id}/replay",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    keyed=True,
    body=ReplayBody,
    gives=Replayed,
    problems=(403, 404),
    example={"since": "2026-04-01T08:00:00Z"},
)
async def replay_webhook(ask: Ask) -> Answer:
    """Send again all that was given up for a webhook since an instant, under the same ids."""
    webhook_id, body = key_of(ask.path("id"), "webhook"), await ask.body(_REPLAY)
    since = instant_of(body.since, "since")
    assert since is not None, "the body names the instant"

    async def work(conn: Connection) -> Answer:
        count = await actions.replay_since(
            conn, webhook_id, since, seller=ask.caller.seller, actor=ask.actor, now=ask.now()
        )
        return ok(Replayed(count))

    return await ask.act(work)


@route(
    "POST",
    "/deliveries/{id}/replay",
    everywhere=False,
    permission=Permission.WEBHOOKS,
    tag=TAG,
    keyed=True,
    status=202,
    gives=Replayed,
    problems=(403, 404, 409),
)
async def replay_delivery(ask: Ask) -> Answer:
    """Send a delivery or a mail again that arrived or was given up, under the same id."""
    message_id = key_of(ask.path("id"), "delivery")

    async def work(conn: Connection) -> Answer:
        await actions.replay(conn, message_id, seller=ask.caller.seller, actor=ask.actor, now=ask.now())
        return ok(Replayed(1), 202)

    return await ask.act(work)


@route("GET", "/events", permission=Permission.WEBHOOKS, tag=TAG, query=EventQuery, gives=EventList, problems=(403,))
async def read_events(ask: Ask) -> Answer:
    """List events, newest first, whether or not a webhook asked for them; they appear within seconds of the action.

    With `after` or `recorded_after` they come oldest first, so that a program follows them: it keeps the `id` of the last event and
    asks for those after it. None appears later between two that were listed.
    """
    asked = ask.query(EventQuery)
    narrowed: dict[str, Any] = {
        "account": asked.account, "kinds": asked.kinds, "seller": ask.caller.seller, "cursor": asked.cursor, "limit": asked.limit,
    }  # fmt: skip
    if asked.after is None and asked.recorded_after is None:
        page = await list_events(ask.pool, **narrowed)
    else:
        since = instant_of(asked.recorded_after, "recorded_after")
        page = await follow_events(ask.pool, after=asked.after, recorded_after=since, **narrowed)
    return ok(EventList([event_shape(event) for event in page.items], page.next))


@route("GET", "/event-kinds", permission=Permission.WEBHOOKS, tag=TAG, gives=EventKindList, problems=(403,))
async def read_event_kinds(ask: Ask) -> Answer:  # noqa: ARG001 - the form of routes
    """List the kinds of events."""
    return ok(EventKindList([EventKindShape(kind.code, kind.label) for kind in KINDS]))


@route("GET", "/mails", permission=Permission.WEBHOOKS, tag=TAG, query=DeliveryQuery, gives=MailList, problems=(403,))
async def read_mails(ask: Ask) -> Answer:
    """List mails, sent and to be sent, newest first."""
    asked = ask.query(DeliveryQuery)
    size, before_id = check_limit(asked.limit), place_of(asked.cursor)
    async with ask.pool.connection() as conn:
        found = await store.list_mails(
            conn, before_id=before_id, state=_state(asked), seller=ask.caller.seller, limit=size + 1
        )
    return ok(MailList([mail_shape(message) for message in found[:size]], _next(found, size)))


async def _find(conn: Connection, ask: Ask) -> Endpoint:
    webhook_id = key_of(ask.path("id"), "webhook")
    found = await store.list_endpoints(conn, webhook_id=webhook_id, seller=ask.caller.seller)
    if not found:
        raise Refused(refuse(actions.UNKNOWN_WEBHOOK, "there is no webhook {webhook_id}", webhook_id=webhook_id))
    return found[0]


def _answer(endpoint: Endpoint) -> Answer:
    return ok(webhook_shape(endpoint), etag=f'"{endpoint.version}"')


def _seller(ask: Ask, asked: str | None) -> str | None:
    """The seller a new endpoint is kept to: the caller's own, where he has one."""
    own = ask.caller.seller
    if own is not None and asked not in {None, own}:
        raise Refused(refuse(WEBHOOK_SELLER_UNKNOWN, "there is no seller {asked!r}", asked=asked, field="seller"))
    return own or asked


async def _check_target(url: str) -> None:
    """Ask where an address leads, outside any transaction."""
    bad = await check_target(url, private_targets=OutboxSettings.from_environment().private_targets)
    if bad is not None:
        raise Refused(bad)


def key_of(text: str, what: str) -> int:
    """A number in an address; refuses unknown_webhook, unknown_delivery."""
    entry = actions.UNKNOWN_WEBHOOK if what == "webhook" else actions.UNKNOWN_DELIVERY
    if not text.isascii() or not text.isdigit() or int(text[:20]) >= LARGEST_NUMBER:
        raise Refused(refuse(entry, "there is no {what} {text!r}", what=what, text=text))
    return int(text)


def place_of(cursor: str | None) -> int:
    """The message before which a page begins; refuses bad_cursor."""
    if cursor is None:
        return LARGEST_NUMBER
    (before,) = decode_cursor(cursor, 1)
    if not isinstance(before, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return before


def _state(asked: DeliveryQuery) -> str | None:
    if asked.state not in {None, *_STATES}:
        said = say("{state!r} is not one of {states}", state=asked.state, states=", ".join(sorted(_STATES)))
        raise Refused(refuse(BAD_SHAPE, said, field="state"))
    return asked.state


def _next(found: list[Message], size: int) -> str | None:
    return encode_cursor([found[size - 1].message_id]) if len(found) > size else None


route_handlers: list[HTTPRouteHandler] = [
    read_webhooks,
    get_webhook,
    post_webhook,
    patch_webhook,
    remove_webhook,
    test_webhook,
    read_deliveries,
    replay_webhook,
    replay_delivery,
    read_events,
    read_event_kinds,
    read_mails,
]
