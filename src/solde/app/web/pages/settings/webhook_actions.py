"""What is done with a webhook: switch, delete, test, send again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused
from solde.outbox import actions

from ...days import read_day
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from .saving import Done, Form, Work, act_once, number_of, text_of
from .webhooks import LIST, find_webhook, path_of, webhook_shown

QUESTIONS = ("switch", "delete", "replay")


# Each by itself: beside a path that forms are sent to, the router finds no page of a path with a parameter there.
@web_page(
    [f"/settings/webhooks/{{webhook_id:int}}/{verb}" for verb in QUESTIONS],
    name="settings_webhook_ask",
    permission=Permission.WEBHOOKS,
)
async def question_dialog(page: Page, webhook_id: int) -> Response[str]:
    """Ask before a webhook is switched, deleted, or sent what was given up."""
    return await _question(page, webhook_id, page.path.rpartition("/")[2], {})


async def _question(
    page: Page, webhook_id: int, verb: str, form: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        endpoint = await find_webhook(conn, page.visitor, webhook_id)
    on = endpoint.active
    titles = {
        "switch": t("Take the webhook out of use") if on else t("Take the webhook back into use"),
        "delete": t("Delete the webhook"),
        "replay": t("Send again what was given up"),
    }
    wrong, rest = by_field(refused.refusals, ("since",)) if refused else ({}, [])
    return page.show(
        "settings/webhook_ask.html",
        status=200 if refused is None else 422,
        title=titles[verb],
        verb=verb,
        back=path_of(webhook_id),
        webhook=webhook_shown(endpoint),
        values={"since": endpoint.created_at.date().isoformat(), "key": "", **form},
        wrong={"since": "", **wrong},
        rest=rest,
    )


@web_form("/settings/webhooks/{webhook_id:int}/switch", everywhere=False, permission=Permission.WEBHOOKS)
async def switch_webhook(page: Page, webhook_id: int, data: Form) -> Redirect | Response[str]:
    """Take a webhook out of use, or back."""
    on = data.get("on") == "true"

    async def work(conn: Connection) -> Done:
        await actions.change_endpoint(
            conn,
            webhook_id,
            number_of(data, "version"),
            lambda draft: draft,
            active=on,
            catch_up=data.get("catch_up") == "true",
            seller=page.visitor.seller,
            actor=page.visitor.actor,
        )
        said = t("The webhook is in use again.") if on else t("The webhook is out of use.")
        return Done(path_of(webhook_id), said)

    return await _answer(page, webhook_id, "switch", data, work)


@web_form("/settings/webhooks/{webhook_id:int}/delete", everywhere=False, permission=Permission.WEBHOOKS)
async def delete_webhook(page: Page, webhook_id: int, data: Form) -> Redirect | Response[str]:
    """Take a webhook away."""

    async def work(conn: Connection) -> Done:
        version, now = number_of(data, "version"), page.now()
        await actions.delete_endpoint(
            conn, webhook_id, version, seller=page.visitor.seller, actor=page.visitor.actor, now=now
        )
        return Done(LIST, t("The webhook is deleted."))

    return await _answer(page, webhook_id, "delete", data, work)


@web_form("/settings/webhooks/{webhook_id:int}/replay", everywhere=False, permission=Permission.WEBHOOKS)
async def replay_webhook(page: Page, webhook_id: int, data: Form) -> Redirect | Response[str]:
    """Send again what was given up since a day."""

    async def work(conn: Connection) -> Done:
        now = page.now()
        day = read_day(text_of(data, "since"))
        if isinstance(day, Refusal):
            raise Refused(day.at(field="since"))
        since = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
        count = await actions.replay_since(
            conn, webhook_id, since, seller=page.visitor.seller, actor=page.visitor.actor, now=now
        )
        return Done(path_of(webhook_id), t("{n} deliveries are sent again.", n=count))

    return await _answer(page, webhook_id, "replay", data, work)


async def _answer(
    page: Page, webhook_id: int, verb: str, form: Mapping[str, str], work: Work
) -> Redirect | Response[str]:
    try:
        return await act_once(page, form, work)
    except Refused as refused:
        return await _question(page, webhook_id, verb, form, refused)


@web_form("/settings/webhooks/{webhook_id:int}/test", everywhere=False, permission=Permission.WEBHOOKS)
async def test_webhook(page: Page, webhook_id: int, data: Form) -> Redirect:
    """Send a test event."""

    async def work(conn: Connection) -> Done:
        now = page.now()
        await actions.send_test(conn, webhook_id, seller=page.visitor.seller, actor=page.visitor.actor, now=now)
        return Done(path_of(webhook_id), t("A test event is on its way; look again in some seconds."))

    return await _tried(page, path_of(webhook_id), data, work)


@web_form("/settings/deliveries/{message_id:int}/replay", everywhere=False, permission=Permission.WEBHOOKS)
async def replay_delivery(page: Page, message_id: int, data: Form) -> Redirect:
    """Send one delivery or mail again."""
    webhook = number_of(data, "webhook")
    back = path_of(webhook) if webhook else "/settings/mail"

    async def work(conn: Connection) -> Done:
        now = page.now()
        await actions.replay(conn, message_id, seller=page.visitor.seller, actor=page.visitor.actor, now=now)
        return Done(back, t("It is sent again under the same id."))

    return await _tried(page, back, data, work)


async def _tried(page: Page, back: str, form: Mapping[str, str], work: Work) -> Redirect:
    """Do it, or lead back and say why not; what there is not is not found."""
    try:
        return await act_once(page, form, work)
    except Refused as refused:
        if refused.refusals[0].code in {actions.UNKNOWN_WEBHOOK.code, actions.UNKNOWN_DELIVERY.code}:
            raise
        return Done(back, sentence(refused.refusals[0].text), "bad").answer()


route_handlers = [question_dialog, switch_webhook, delete_webhook, replay_webhook, test_webhook, replay_delivery]
