"""Webhooks: who hears of what happens, what arrived, and what was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.paging import encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.outbox import KINDS, Endpoint, EndpointDraft, Message, OutboxSettings, actions, store
from solde.outbox.api import LARGEST_NUMBER, place_of
from solde.outbox.webhooks import check_target

from ... import formats, preferences
from ...addresses import Address
from ...i18n import t
from ...reading import reading
from ...refused import by_field
from ...render import page
from ...visitors import Visitor
from .acting import Done, act_once, number_of, text_of

LIST = "/settings/webhooks"
FIELDS = ("url", "description", "kinds", "seller", "since")
STATES = {
    "WAITING": ("On its way", "amber"),
    "DELIVERED": ("Arrived", "green"),
    "DEAD": ("Given up", "red"),
}


def path_of(webhook_id: int) -> str:
    """The page of a webhook."""
    return f"{LIST}/{webhook_id}"


@get(LIST, name="settings_webhooks", include_in_schema=False)
async def webhooks_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The webhooks, with what waits and what was given up."""
    visitor.require(Permission.WEBHOOKS)
    async with reading(request) as conn:
        found = await store.list_endpoints(conn, seller=visitor.seller)
    return page(
        "settings/webhooks.html",
        request,
        visitor=visitor,
        title=t("Webhooks"),
        webhooks=[webhook_shown(one) for one in found],
    )


def webhook_shown(endpoint: Endpoint) -> dict[str, object]:
    """A webhook as pages show it; never its secret."""
    draft, failing = endpoint.draft, endpoint.failing_since
    labels = {kind.code: kind.label for kind in KINDS}
    return {
        "id": endpoint.webhook_id,
        "href": path_of(endpoint.webhook_id),
        "url": draft.url,
        "description": draft.description,
        "kinds": [(kind, t(labels.get(kind, kind))) for kind in draft.kinds],
        "seller": draft.seller or "",
        "active": endpoint.active,
        "note": endpoint.note or "",
        "failing": "" if failing is None else formats.instant(failing),
        "waiting": endpoint.waiting,
        "dead": endpoint.dead,
        "since": formats.day(endpoint.created_at.date()),
        "version": endpoint.version,
    }


@get("/settings/webhooks/{webhook_id:int}", name="settings_webhook", include_in_schema=False)
async def webhook_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int]
) -> Response[str]:
    """A webhook and what was sent to it, newest first."""
    visitor.require(Permission.WEBHOOKS)
    asked, size = request.query_params.get("state") or "", preferences.of(request).rows
    state, cursor = asked if asked in STATES else "", request.query_params.get("cursor") or None
    async with reading(request) as conn:
        endpoint = await find_webhook(conn, visitor, webhook_id)
        found = await store.list_deliveries(
            conn, webhook_id, before_id=place_of(cursor), state=state or None, limit=size + 1
        )
    address = Address(path_of(webhook_id), [("state", state)])
    return page(
        "settings/webhook.html",
        request,
        visitor=visitor,
        title=endpoint.draft.description or endpoint.draft.url,
        webhook=webhook_shown(endpoint),
        shows=[
            (t(label), str(address.with_(state=code or None)), code == state)
            for code, label in (("", "All"), *((code, words) for code, (words, _) in STATES.items()))
        ],
        deliveries=[delivery_shown(one) for one in found[:size]],
        first=str(address.with_()) if cursor else "",
        following=str(address.with_(cursor=encode_cursor([found[size - 1].message_id]))) if len(found) > size else "",
    )


def delivery_shown(message: Message) -> dict[str, object]:
    """A message of the outbox as a row."""
    words, tone = STATES[message.state.value]
    return {
        "id": message.message_id,
        "kind": message.kind,
        "name": message.name,
        "words": t(words),
        "tone": tone,
        "waits": message.state.value == "WAITING",
        "attempts": message.attempts,
        "at": formats.instant(message.created_at),
        "due": formats.instant(message.due_at),
        "status": "" if message.status is None else str(message.status),
        "answer": (message.answer or "")[:300],
        "body": message.body,
    }


async def find_webhook(conn: Connection, visitor: Visitor, webhook_id: int) -> Endpoint:
    """A webhook that this person may see; refuses unknown_webhook."""
    known = webhook_id < LARGEST_NUMBER
    found = await store.list_endpoints(conn, webhook_id=webhook_id, seller=visitor.seller) if known else []
    if not found:
        raise Refused(refuse(actions.UNKNOWN_WEBHOOK, f"there is no webhook {webhook_id}"))
    return found[0]


@get("/settings/new-webhook", name="settings_new_webhook", include_in_schema=False)
async def new_webhook_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new webhook."""
    visitor.require(Permission.WEBHOOKS)
    return await _form(request, visitor, {"seller": visitor.seller or ""}, (), None)


@post("/settings/new-webhook", status_code=200, include_in_schema=False, everywhere=False)
async def make_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor]
) -> Redirect | Response[str]:
    """Make a webhook and show its secret, this once."""
    visitor.require(Permission.WEBHOOKS)
    form, kinds = await _read(request)
    draft = _draft(form, kinds, visitor.seller or text_of(form, "seller") or None)
    shown: list[Endpoint] = []

    async def work(conn: Connection) -> Done:
        made = await actions.create_endpoint(conn, draft, actor=visitor.actor, now=request.app.state.clock())
        shown[:] = [made]
        return Done(path_of(made.webhook_id), t("The webhook was made before; its secret was shown then."), "wait")

    try:
        await _check_target(draft.url)
        answer = await act_once(request, visitor, form, work)
    except Refused as refused:
        return await _form(request, visitor, form, kinds, None, refused)
    if not shown:
        return answer
    (made,) = shown
    back, title = path_of(made.webhook_id), t("The webhook is made")
    return page("settings/webhook_shown.html", request, visitor=visitor, title=title, back=back, secret=made.secret)


async def _read(request: Request[Any, Any, State]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The form, and the kinds of events chosen in it."""
    data = await request.form()
    kinds = tuple(dict.fromkeys(str(one)[:60] for one in data.getall("kinds", [])))
    texts = {name: str(value) for name, value in data.items() if name != "kinds"}
    return {**texts, "kinds": ",".join(kinds)}, kinds


def _draft(form: Mapping[str, str], kinds: tuple[str, ...], seller: str | None) -> EndpointDraft:
    return EndpointDraft(text_of(form, "url", 2000), text_of(form, "description", 200), kinds, seller)


async def _check_target(url: str) -> None:
    """Ask where an address leads, outside any transaction."""
    bad = await check_target(url, private_targets=OutboxSettings.from_environment().private_targets)
    if bad is not None:
        raise Refused(bad)


@get("/settings/webhooks/{webhook_id:int}/edit", name="settings_webhook_edit", include_in_schema=False)
async def edit_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int]
) -> Response[str]:
    """The form of a webhook."""
    visitor.require(Permission.WEBHOOKS)
    async with reading(request) as conn:
        endpoint = await find_webhook(conn, visitor, webhook_id)
    draft = endpoint.draft
    return await _form(request, visitor, {"url": draft.url, "description": draft.description}, draft.kinds, endpoint)


@post("/settings/webhooks/{webhook_id:int}/edit", status_code=303, include_in_schema=False, everywhere=False)
async def save_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int]
) -> Redirect | Response[str]:
    """Change address, description and kinds."""
    visitor.require(Permission.WEBHOOKS)
    form, kinds = await _read(request)

    async def work(conn: Connection) -> Done:
        version = number_of(form, "version")
        await actions.change_endpoint(
            conn,
            webhook_id,
            version,
            lambda before: _draft(form, kinds, before.seller),
            seller=visitor.seller,
            actor=visitor.actor,
        )
        return Done(path_of(webhook_id), t("The webhook is changed."))

    try:
        await _check_target(text_of(form, "url", 2000))
        return await act_once(request, visitor, form, work)
    except Refused as refused:
        async with reading(request) as conn:
            endpoint = await find_webhook(conn, visitor, webhook_id)
        return await _form(request, visitor, form, kinds, endpoint, refused)


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    values: Mapping[str, str],
    kinds: Sequence[str],
    endpoint: Endpoint | None,
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page(
        "settings/webhook_form.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("New webhook") if endpoint is None else t("Change the webhook"),
        size="large",
        back=LIST if endpoint is None else path_of(endpoint.webhook_id),
        action="/settings/new-webhook" if endpoint is None else f"{path_of(endpoint.webhook_id)}/edit",
        endpoint=endpoint,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        kinds=[(kind.code, t(kind.label), kind.code in kinds) for kind in KINDS],
        sellers=[one for one in sellers if visitor.seller in {None, one[0]}],
        every="" if visitor.seller else t("Every seller"),
    )


route_handlers = [webhooks_page, webhook_page, new_webhook_dialog, make_webhook, edit_dialog, save_webhook]
