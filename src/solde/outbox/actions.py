"""Endpoints, mail and replay: load, decide, save. Nothing is sent here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refused, declare, refuse
from solde.kernel.texts import say

from . import rules, store
from .model import LAST_ACCOUNT, Endpoint, EndpointDraft, Mail, Message, MessageState, NewMessage

UNKNOWN_WEBHOOK = declare("unknown_webhook", Kind.NOT_FOUND, "Use the id of an endpoint of GET /api/v1/webhooks.")
UNKNOWN_DELIVERY = declare(
    "unknown_delivery", Kind.NOT_FOUND, "Use an id of GET /api/v1/webhooks/{id}/deliveries or GET /api/v1/mails."
)
DELIVERY_WAITS = declare("delivery_waiting", Kind.CONFLICT, "It is tried by itself; look again in a moment.")
WEBHOOK_INACTIVE = declare("webhook_inactive", Kind.CONFLICT, "Activate the endpoint first.")

Random = Callable[[int], bytes]
MAIL_KIND = "mail"


async def send_mail(
    conn: Connection, mails: Sequence[Mail], *, now: datetime, random: Random = secrets.token_bytes
) -> list[int]:
    """Put mails into the outbox, in the transaction of what they tell; gives their numbers. They leave after the commit.

    Refuses: mail_unfit.
    """
    refusals = [r.at(row=at) for at, mail in enumerate(mails) for r in rules.check_mail(mail)]
    if refusals:
        raise Refused(refusals)
    if not mails:
        return []
    names = [str(UUID(bytes=random(16), version=4)) for _ in mails]
    new = [_mail_message(mail, name) for mail, name in zip(mails, names, strict=True)]
    number_of = {message.name: message.message_id for message in await store.insert_messages(conn, new, now)}
    files = [
        (number_of[name], position, file)
        for mail, name in zip(mails, names, strict=True)
        for position, file in enumerate(mail.attachments)
    ]
    if files:
        await store.insert_attachments(conn, files)
    return [number_of[name] for name in names]


def _mail_message(mail: Mail, name: str) -> NewMessage:
    parts = {"to": list(mail.to), "subject": mail.subject, "text": mail.text, "html": mail.html}
    return NewMessage(None, name, MAIL_KIND, msgspec.json.encode(parts).decode(), mail.seller)


async def create_endpoint(
    conn: Connection, draft: EndpointDraft, *, actor: str, now: datetime, random: Random = secrets.token_bytes
) -> Endpoint:
    """Make an endpoint; it hears of what happens from now on. Its secret is given this once to whoever asks.

    Where the address leads is to be checked before, outside the transaction.
    Refuses: what `check_draft` refuses.
    """
    if refusals := rules.check_draft(draft, await store.seller_codes(conn)):
        raise Refused(refusals)
    through_id = await store.newest_action(conn)
    secret = rules.make_secret(random(rules.SECRET_BYTES))
    made = await store.insert_endpoint(conn, draft, secret, through_id, now)
    await note(conn, "webhook_create", actor, None, made)
    return made


async def change_endpoint(
    conn: Connection,
    webhook_id: int,
    version: int,
    change: Callable[[EndpointDraft], EndpointDraft],
    *,
    active: bool | None = None,
    catch_up: bool = True,
    seller: str | None,
    actor: str,
) -> Endpoint:
    """Change what is said of an endpoint, or take it out of use and back.

    One taken back hears of everything it missed; with `catch_up` False only of what happens from now on.
    Refuses: unknown_webhook, version_differs, and what `check_draft` refuses.
    """
    before = await get_endpoint(conn, webhook_id, seller, version)
    draft = change(before.draft)
    if refusals := rules.check_draft(draft, await store.seller_codes(conn)):
        raise Refused(refusals)
    after = replace(before, draft=draft, version=before.version + 1)
    if active is not None and active is not before.active:
        after = replace(after, active=active, note=None, failing_since=None)
        if active and not catch_up:
            after = replace(after, through_id=await store.newest_action(conn), through_account=LAST_ACCOUNT)
    await store.change_endpoint(conn, after)
    await note(conn, "webhook_change", actor, before, after)
    return after


async def delete_endpoint(
    conn: Connection, webhook_id: int, version: int, *, seller: str | None, actor: str, now: datetime
) -> None:
    """Take an endpoint away; what still waits for it is not sent.

    Refuses: unknown_webhook, version_differs.
    """
    before = await get_endpoint(conn, webhook_id, seller, version)
    await store.delete_endpoint(conn, webhook_id, now)
    await note(conn, "webhook_delete", actor, before, None)


async def get_endpoint(conn: Connection, webhook_id: int, seller: str | None, version: int | None = None) -> Endpoint:
    """One endpoint, locked; refuses unknown_webhook, version_differs."""
    found = await store.lock_endpoint(conn, webhook_id, seller)
    if found is None:
        raise Refused(refuse(UNKNOWN_WEBHOOK, "there is no webhook {webhook_id}", webhook_id=webhook_id))
    if version not in {None, found.version}:
        said = say(
            "the webhook is at version {version}, your change was made from {made_from}",
            version=found.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    return found


async def send_test(
    conn: Connection,
    webhook_id: int,
    *,
    seller: str | None,
    actor: str,
    now: datetime,
    random: Random = secrets.token_bytes,
) -> Message:
    """Put a test event for an endpoint into the outbox.

    Refuses: unknown_webhook, webhook_inactive.
    """
    endpoint = await get_endpoint(conn, webhook_id, seller)
    if not endpoint.active:
        raise Refused(refuse(WEBHOOK_INACTIVE, "the webhook {webhook_id} is out of use", webhook_id=webhook_id))
    new = rules.trial_message(webhook_id, f"test_{random(16).hex()}", now)
    (made,) = await store.insert_messages(conn, [new], now)
    await note(conn, "webhook_test", actor, None, endpoint)
    return made


async def replay(conn: Connection, message_id: int, *, seller: str | None, actor: str, now: datetime) -> Message:
    """Send a message again that arrived or was given up, under the same id.

    Refuses: unknown_delivery, delivery_waiting.
    """
    message = await store.lock_message(conn, message_id, seller)
    if message is None:
        raise Refused(refuse(UNKNOWN_DELIVERY, "there is no delivery {message_id}", message_id=message_id))
    if message.state is MessageState.WAITING:
        raise Refused(refuse(DELIVERY_WAITS, "the delivery {message_id} is on its way", message_id=message_id))
    await store.replay_message(conn, message_id, now)
    await _tell(conn, "delivery_replay", actor, after={"delivery": message_id, "event": message.name})
    return replace(message, state=MessageState.WAITING, attempts=0, due_at=now, ended_at=None)


async def replay_since(
    conn: Connection, webhook_id: int, since: datetime, *, seller: str | None, actor: str, now: datetime
) -> int:
    """Send again all that was given up for an endpoint since an instant; gives how many.

    Refuses: unknown_webhook.
    """
    await get_endpoint(conn, webhook_id, seller)
    count = await store.replay_dead(conn, webhook_id, since, now)
    told = {"webhook": webhook_id, "since": since, "deliveries": count}
    await _tell(conn, "delivery_replay", actor, after=told)
    return count


async def note(conn: Connection, verb: str, actor: str, before: Endpoint | None, after: Endpoint | None) -> None:
    """Write the audit record of a change of an endpoint; without its secret."""
    await _tell(conn, verb, actor, before=_told(before), after=_told(after))


async def _tell(conn: Connection, verb: str, actor: str, *, before: object = None, after: object = None) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, None, before, after)])


def _told(endpoint: Endpoint | None) -> dict[str, object] | None:
    if endpoint is None:
        return None
    draft = endpoint.draft
    return {
        "webhook": endpoint.webhook_id,
        "url": draft.url,
        "description": draft.description,
        "kinds": list(draft.kinds),
        "seller": draft.seller,
        "active": endpoint.active,
        "note": endpoint.note,
    }
