"""What is done with a webhook: switch, delete, test, send again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused
from solde.outbox import actions

from ...days import read_day
from ...i18n import t
from ...reading import reading
from ...refused import by_field, sentence
from ...render import page
from ...visitors import Visitor
from .acting import Done, Form, Work, act_once, number_of, text_of
from .webhooks import LIST, find_webhook, path_of, webhook_shown

QUESTIONS = ("switch", "delete", "replay")


# Each by itself: beside a path that forms are sent to, the router finds no page of a path with a parameter there.
@get(
    [f"/settings/webhooks/{{webhook_id:int}}/{verb}" for verb in QUESTIONS],
    name="settings_webhook_ask",
    include_in_schema=False,
)
async def question_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int]
) -> Response[str]:
    """Ask before a webhook is switched, deleted, or sent what was given up."""
    visitor.require(Permission.WEBHOOKS)
    return await _question(request, visitor, webhook_id, request.url.path.rpartition("/")[2], {})


async def _question(
    request: Request[Any, Any, State],
    visitor: Visitor,
    webhook_id: int,
    verb: str,
    form: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        endpoint = await find_webhook(conn, visitor, webhook_id)
    on = endpoint.active
    titles = {
        "switch": t("Take the webhook out of use") if on else t("Take the webhook back into use"),
        "delete": t("Delete the webhook"),
        "replay": t("Send again what was given up"),
    }
    wrong, rest = by_field(refused.refusals, ("since",)) if refused else ({}, [])
    return page(
        "settings/webhook_ask.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=titles[verb],
        verb=verb,
        back=path_of(webhook_id),
        webhook=webhook_shown(endpoint),
        values={"since": endpoint.created_at.date().isoformat(), "key": "", **form},
        wrong={"since": "", **wrong},
        rest=rest,
    )


@post("/settings/webhooks/{webhook_id:int}/switch", status_code=303, include_in_schema=False, everywhere=False)
async def switch_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int], data: Form
) -> Redirect | Response[str]:
    """Take a webhook out of use, or back."""
    visitor.require(Permission.WEBHOOKS)
    on = data.get("on") == "true"

    async def work(conn: Connection) -> Done:
        await actions.change_endpoint(
            conn,
            webhook_id,
            number_of(data, "version"),
            lambda draft: draft,
            active=on,
            catch_up=data.get("catch_up") == "true",
            seller=visitor.seller,
            actor=visitor.actor,
        )
        said = t("The webhook is in use again.") if on else t("The webhook is out of use.")
        return Done(path_of(webhook_id), said)

    return await _answer(request, visitor, webhook_id, "switch", data, work)


@post("/settings/webhooks/{webhook_id:int}/delete", status_code=303, include_in_schema=False, everywhere=False)
async def delete_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int], data: Form
) -> Redirect | Response[str]:
    """Take a webhook away."""
    visitor.require(Permission.WEBHOOKS)

    async def work(conn: Connection) -> Done:
        version, now = number_of(data, "version"), request.app.state.clock()
        await actions.delete_endpoint(conn, webhook_id, version, seller=visitor.seller, actor=visitor.actor, now=now)
        return Done(LIST, t("The webhook is deleted."))

    return await _answer(request, visitor, webhook_id, "delete", data, work)


@post("/settings/webhooks/{webhook_id:int}/replay", status_code=303, include_in_schema=False, everywhere=False)
async def replay_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int], data: Form
) -> Redirect | Response[str]:
    """Send again what was given up since a day."""
    visitor.require(Permission.WEBHOOKS)

    async def work(conn: Connection) -> Done:
        now: datetime = request.app.state.clock()
        day = read_day(text_of(data, "since"))
        if isinstance(day, Refusal):
            raise Refused(day.at(field="since"))
        since = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
        count = await actions.replay_since(conn, webhook_id, since, seller=visitor.seller, actor=visitor.actor, now=now)
        return Done(path_of(webhook_id), t("{n} deliveries are sent again.", n=count))

    return await _answer(request, visitor, webhook_id, "replay", data, work)


async def _answer(
    request: Request[Any, Any, State], visitor: Visitor, webhook_id: int, verb: str, form: Mapping[str, str], work: Work
) -> Redirect | Response[str]:
    try:
        return await act_once(request, visitor, form, work)
    except Refused as refused:
        return await _question(request, visitor, webhook_id, verb, form, refused)


@post("/settings/webhooks/{webhook_id:int}/test", status_code=303, include_in_schema=False, everywhere=False)
async def test_webhook(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], webhook_id: FromPath[int], data: Form
) -> Redirect:
    """Send a test event."""
    visitor.require(Permission.WEBHOOKS)

    async def work(conn: Connection) -> Done:
        now = request.app.state.clock()
        await actions.send_test(conn, webhook_id, seller=visitor.seller, actor=visitor.actor, now=now)
        return Done(path_of(webhook_id), t("A test event is on its way; look again in some seconds."))

    return await _tried(request, visitor, path_of(webhook_id), data, work)


@post("/settings/deliveries/{message_id:int}/replay", status_code=303, include_in_schema=False, everywhere=False)
async def replay_delivery(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], message_id: FromPath[int], data: Form
) -> Redirect:
    """Send one delivery or mail again."""
    visitor.require(Permission.WEBHOOKS)
    webhook = number_of(data, "webhook")
    back = path_of(webhook) if webhook else "/settings/mail"

    async def work(conn: Connection) -> Done:
        now = request.app.state.clock()
        await actions.replay(conn, message_id, seller=visitor.seller, actor=visitor.actor, now=now)
        return Done(back, t("It is sent again under the same id."))

    return await _tried(request, visitor, back, data, work)


async def _tried(
    request: Request[Any, Any, State], visitor: Visitor, back: str, form: Mapping[str, str], work: Work
) -> Redirect:
    """Do it, or lead back and say why not; what there is not is not found."""
    try:
        return await act_once(request, visitor, form, work)
    except Refused as refused:
        if refused.refusals[0].code in {actions.UNKNOWN_WEBHOOK.code, actions.UNKNOWN_DELIVERY.code}:
            raise
        return Done(back, sentence(refused.refusals[0].message), "bad").answer()


route_handlers = [question_dialog, switch_webhook, delete_webhook, replay_webhook, test_webhook, replay_delivery]
