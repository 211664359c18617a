"""Mail: whether it leaves, and what was sent or waits."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response

from solde.access import Permission
from solde.kernel.paging import encode_cursor
from solde.kernel.refusals import Refused
from solde.outbox import Message, OutboxSettings, store
from solde.outbox.api import place_of
from solde.outbox.mails import read_mail

from ...addresses import Address
from ...i18n import t
from ...page import Page, web_page
from ...texts import sentence
from .webhooks import STATES, delivery_shown

LIST = "/settings/mail"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail stands: through which server it leaves, never with its password; or what is wrong with the settings."""

    server: str = ""
    sender: str = ""
    wrong: str = ""


def standing() -> MailSettings:
    """How mail stands, from the settings this process runs with."""
    try:
        server = OutboxSettings.from_environment().server
    except Refused as refused:
        return MailSettings(wrong=sentence(refused.refusals[0].text))
    return MailSettings() if server is None else MailSettings(f"{server.host}:{server.port}", server.sender)


@web_page(LIST, name="settings_mail", permission=Permission.WEBHOOKS)
async def mail_page(page: Page) -> Response[str]:
    """The state of mail, and the mails, newest first."""
    asked, size = page.query.get("state") or "", page.preferences.rows
    state, cursor = asked if asked in STATES else "", page.query.get("cursor") or None
    async with page.reading() as conn:
        found = await store.list_mails(
            conn, before_id=place_of(cursor), state=state or None, seller=page.visitor.seller, limit=size + 1
        )
    address = Address(LIST, [("state", state)])
    return page.show(
        "settings/mail.html",
        title=t("Mail"),
        standing=standing(),
        shows=[
            (t(label), str(address.with_(state=code or None)), code == state)
            for code, label in (("", "All"), *((code, words) for code, (words, _) in STATES.items()))
        ],
        mails=[_shown(one) for one in found[:size]],
        first=str(address.with_()) if cursor else "",
        following=str(address.with_(cursor=encode_cursor([found[size - 1].message_id]))) if len(found) > size else "",
    )


def _shown(message: Message) -> dict[str, object]:
    body = read_mail(message)
    return {**delivery_shown(message), "to": ", ".join(body.to), "subject": body.subject}


route_handlers = [mail_page]
