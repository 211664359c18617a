"""Webhooks: who hears of what happens, what arrived, and what was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.paging import encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.outbox import KINDS, Endpoint, EndpointDraft, Message, OutboxSettings, actions, store
from solde.outbox.api import LARGEST_NUMBER, place_of
from solde.outbox.webhooks import check_target

from ... import formats
from ...addresses import Address
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...visitors import Visitor
from .saving import Done, act_once, number_of, text_of

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


@web_page(LIST, name="settings_webhooks", permission=Permission.WEBHOOKS)
async def webhooks_page(page: Page) -> Response[str]:
    """The webhooks, with what waits and what was given up."""
    async with page.reading() as conn:
        found = await store.list_endpoints(conn, seller=page.visitor.seller)
    return page.show(
        "settings/webhooks.html",
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


@web_page("/settings/webhooks/{webhook_id:int}", name="settings_webhook", permission=Permission.WEBHOOKS)
async def webhook_page(page: Page, webhook_id: int) -> Response[str]:
    """A webhook and what was sent to it, newest first."""
    asked, size = page.query.get("state") or "", page.preferences.rows
    state, cursor = asked if asked in STATES else "", page.query.get("cursor") or None
    async with page.reading() as conn:
        endpoint = await find_webhook(conn, page.visitor, webhook_id)
        found = await store.list_deliveries(
            conn, webhook_id, before_id=place_of(cursor), state=state or None, limit=size + 1
        )
    address = Address(path_of(webhook_id), [("state", state)])
    return page.show(
        "settings/webhook.html",
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
        raise Refused(refuse(actions.UNKNOWN_WEBHOOK, "there is no webhook {webhook_id}", webhook_id=webhook_id))
    return found[0]


@web_page("/settings/new-webhook", name="settings_new_webhook", permission=Permission.WEBHOOKS)
async def new_webhook_dialog(page: Page) -> Response[str]:
    """The form of a new webhook."""
    return await _form(page, {"seller": page.visitor.seller or ""}, (), None)


@web_form("/settings/new-webhook", everywhere=False, permission=Permission.WEBHOOKS)
async def make_webhook(page: Page) -> Redirect | Response[str]:
    """Make a webhook and show its secret, this once."""
    form, kinds = await _read(page)
    draft = _draft(form, kinds, page.visitor.seller or text_of(form, "seller") or None)
    shown: list[Endpoint] = []

    async def work(conn: Connection) -> Done:
        made = await actions.create_endpoint(conn, draft, actor=page.visitor.actor, now=page.now())
        shown[:] = [made]
        return Done(path_of(made.webhook_id), t("The webhook was made before; its secret was shown then."), "wait")

    try:
        await _check_target(draft.url)
        answer = await act_once(page, form, work)
    except Refused as refused:
        return await _form(page, form, kinds, None, refused)
    if not shown:
        return answer
    (made,) = shown
    back, title = path_of(made.webhook_id), t("The webhook is made")
    return page.show("settings/webhook_shown.html", title=title, back=back, secret=made.secret)


async def _read(page: Page) -> tuple[dict[str, str], tuple[str, ...]]:
    """The form, and the kinds of events chosen in it."""
    data = await page.request.form()
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


@web_page("/settings/webhooks/{webhook_id:int}/edit", name="settings_webhook_edit", permission=Permission.WEBHOOKS)
async def edit_dialog(page: Page, webhook_id: int) -> Response[str]:
    """The form of a webhook."""
    async with page.reading() as conn:
        endpoint = await find_webhook(conn, page.visitor, webhook_id)
    draft = endpoint.draft
    return await _form(page, {"url": draft.url, "description": draft.description}, draft.kinds, endpoint)


@web_form("/settings/webhooks/{webhook_id:int}/edit", everywhere=False, permission=Permission.WEBHOOKS)
async def save_webhook(page: Page, webhook_id: int) -> Redirect | Response[str]:
    """Change address, description and kinds."""
    form, kinds = await _read(page)

    async def work(conn: Connection) -> Done:
        version = number_of(form, "version")
        await actions.change_endpoint(
            conn,
            webhook_id,
            version,
            lambda before: _draft(form, kinds, before.seller),
            seller=page.visitor.seller,
            actor=page.visitor.actor,
        )
        return Done(path_of(webhook_id), t("The webhook is changed."))

    try:
        await _check_target(text_of(form, "url", 2000))
        return await act_once(page, form, work)
    except Refused as refused:
        async with page.reading() as conn:
            endpoint = await find_webhook(conn, page.visitor, webhook_id)
        return await _form(page, form, kinds, endpoint, refused)


async def _form(
    page: Page,
    values: Mapping[str, str],
    kinds: Sequence[str],
    endpoint: Endpoint | None,
    refused: Refused | None = None,
) -> Response[str]:
    async with page.reading() as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page.show(
        "settings/webhook_form.html",
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
        sellers=[one for one in sellers if page.visitor.seller in {None, one[0]}],
        every="" if page.visitor.seller else t("Every seller"),
    )


route_handlers = [webhooks_page, webhook_page, new_webhook_dialog, make_webhook, edit_dialog, save_webhook]
