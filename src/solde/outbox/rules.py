"""What an event says, who gets it, when it is tried again, which addresses it may go to. Pure: no database, no web."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import msgspec

from solde.kernel.dates import format_instant
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Text, say

from .kinds import CODES, TEST_KIND
from .model import Endpoint, EndpointDraft, Event, Mail, MessageState, NewMessage, NextStep, TryOutcome, TryVerdict

URL_UNFIT = declare(
    "webhook_url_unfit",
    Kind.INVALID,
    "Write the whole address: https://host/path, without user, password and fragment.",
)
ADDRESS_PRIVATE = declare(
    "webhook_address_private",
    Kind.INVALID,
    "Use an address on the public internet, or start Solde with SOLDE_WEBHOOKS_PRIVATE=1 if receivers in your own network are meant.",
)
UNKNOWN_KIND = declare(
    "unknown_event_kind", Kind.INVALID, "Use kinds of GET /api/v1/event-kinds, or none for every kind."
)
WEBHOOK_SELLER_UNKNOWN = declare(
    "webhook_seller_unknown", Kind.INVALID, "Use a code of GET /api/v1/sellers, or none for every seller."
)
DESCRIPTION_TOO_LONG = declare("webhook_description_too_long", Kind.INVALID, "Shorten the description.")
MAIL_UNFIT = declare(
    "mail_unfit", Kind.INVALID, "Give plain mail addresses, a subject of one line, texts, and files with a media type."
)

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400))
"""How long to wait after each failed try; after the last the message is dead. Together about 31 hours."""

JITTER = 0.2
DISABLED_AFTER = timedelta(days=3)
ANSWER_KEPT = 2_000
LONGEST_URL, LONGEST_DESCRIPTION, LONGEST_SUBJECT = 2_000, 500, 250
SECRET_BYTES = 32


def event_name(event: Event) -> str:
    """The id of an event: the same wherever and however often it is told."""
    return f"evt_{event.action_id}_{event.account_id}"


def event_data(event: Event) -> dict[str, object]:
    """What an event tells besides its kind and time. `sequence` grows with every action of an account."""
    raw = {name: None if text is None else msgspec.Raw(text.encode()) for name, text in _states(event)}
    return {
        "id": event_name(event),
        "sequence": event.action_id,
        "account": event.account,
        "seller": event.seller,
        "actor": event.actor,
        "reason": event.reason,
        **raw,
    }


def _states(event: Event) -> tuple[tuple[str, str | None], ...]:
    return ("before", event.before), ("after", event.after)


def event_body(event: Event) -> str:
    """The JSON text of an event, as Standard Webhooks has it: type, timestamp, data."""
    told = {"type": event.kind, "timestamp": format_instant(event.recorded_at), "data": event_data(event)}
    return msgspec.json.encode(told).decode()


def trial_message(webhook_id: int, name: str, now: datetime) -> NewMessage:
    """A message that shows whether an endpoint listens and checks the signature."""
    told = {"type": TEST_KIND, "timestamp": format_instant(now), "data": {"id": name, "webhook": webhook_id}}
    return NewMessage(webhook_id, name, TEST_KIND, msgspec.json.encode(told).decode())


def plan_messages(events: Sequence[Event], endpoints: Sequence[Endpoint]) -> list[NewMessage]:
    """One message for each event and each endpoint that asked for it and does not have it yet, in the order of the events."""
    return [
        NewMessage(endpoint.webhook_id, event_name(event), event.kind, event_body(event), event.seller)
        for event in events
        for endpoint in endpoints
        if wants(endpoint, event)
    ]


def wants(endpoint: Endpoint, event: Event) -> bool:
    """Is this event for this endpoint?"""
    draft = endpoint.draft
    return (
        (event.action_id, event.account_id) > (endpoint.through_id, endpoint.through_account)
        and (not draft.kinds or event.kind in draft.kinds)
        and draft.seller in {None, event.seller}
    )


def next_step(outcome: TryOutcome, now: datetime, chance: float) -> NextStep:
    """What becomes of a message after a try. `chance`, 0 to 1, spreads the tries that failed together."""
    message, tried = outcome.message, outcome.message.attempts
    due_at, state, attempts = now, MessageState.WAITING, tried
    if outcome.verdict is TryVerdict.DELIVERED:
        state = MessageState.DELIVERED
    elif outcome.verdict is TryVerdict.REFUSED or (outcome.verdict is TryVerdict.FAILED and tried > len(DELAYS)):
        state = MessageState.DEAD
    elif outcome.verdict is TryVerdict.FAILED:
        due_at = now + DELAYS[tried - 1] * (1 - JITTER / 2 + JITTER * chance)
    else:
        attempts = tried - 1
    answer = None if outcome.answer is None else printable(outcome.answer)[:ANSWER_KEPT]
    return NextStep(message.message_id, tried, state, attempts, due_at, outcome.status, answer)


def printable(text: str) -> str:
    """A text that the database takes and a page can show."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def is_success(status: int) -> bool:
    """Did the receiver take it? A redirect is no success: it is not followed."""
    return 200 <= status < 300


def make_secret(random: bytes) -> str:
    """A signing secret in the form of Standard Webhooks."""
    assert len(random) == SECRET_BYTES, "a secret holds 256 random bits"
    return "whsec_" + base64.b64encode(random).decode()


def check_draft(draft: EndpointDraft, sellers: Collection[str]) -> list[Refusal]:
    """Every reason why an endpoint cannot be so; where its address leads is checked apart, because it must be asked."""
    refusals = [] if (bad := check_url(draft.url)) is None else [bad]
    if len(draft.description) > LONGEST_DESCRIPTION or "\0" in draft.description:
        said = say(
            "a description has at most {longest_description} characters", longest_description=LONGEST_DESCRIPTION
        )
        refusals.append(refuse(DESCRIPTION_TOO_LONG, said, field="description"))
    refusals += [unknown_kind(kind, at) for at, kind in enumerate(draft.kinds) if kind not in CODES]
    if draft.seller is not None and draft.seller not in sellers:
        refusals.append(
            refuse(WEBHOOK_SELLER_UNKNOWN, "there is no seller {seller!r}", seller=draft.seller, field="seller")
        )
    return refusals


def unknown_kind(kind: str, at: int) -> Refusal:
    """The refusal of a kind of event that there is not, with the nearest one."""
    near = get_close_matches(kind, CODES, 1)
    hint = say("; did you mean {near}?", near=near[0]) if near else ""
    return refuse(UNKNOWN_KIND, "there is no kind of event {kind!r}{hint}", kind=kind, hint=hint, field=f"kinds.{at}")


def check_url(url: str) -> Refusal | None:
    """None where the text is an address that may be posted to."""
    why = _url_fault(url)
    return None if why is None else refuse(URL_UNFIT, why, field="url")


def _url_fault(url: str) -> Text | None:
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return say(
            "the address is longer than {most} characters or holds a character that no address has", most=LONGEST_URL
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return say("the address cannot be read")
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        return say("the address does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        return say("the address holds a user or a password")
    return say("the address holds a fragment") if parts.fragment else None


NAT64 = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is handed out. The rest is local, reserved, or a form of IPv4 addresses that may lead inside."""


def is_public(address: str) -> bool:
    """Does this IP address lie on the public internet? An IPv4 address inside an IPv6 one is looked at as well."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip not in GLOBAL_UNICAST and ip not in NAT64:
        return False
    inner = _inner_address(ip) if isinstance(ip, IPv6Address) else None
    return all(one.is_global and not one.is_multicast for one in (ip, inner) if one is not None)


def _inner_address(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip.sixtofour


def check_addresses(host: str, addresses: Iterable[str]) -> Refusal | None:
    """None where every address of a host is public; one that is not would open the own network to a caller."""
    inside = [address for address in addresses if not is_public(address)]
    return (
        refuse(
            ADDRESS_PRIVATE, "{host} is {inside}, inside a private network", host=host, inside=inside[0], field="url"
        )
        if inside
        else None
    )


ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


def check_mail(mail: Mail) -> list[Refusal]:
    """Every reason why a mail cannot be sent."""
    faults = [("to", say("the mail is for nobody"))] if not mail.to else []
    faults += [("to", say("{to!r} is no plain mail address", to=to)) for to in mail.to if not is_address(to)]
    if not 0 < len(mail.subject) <= LONGEST_SUBJECT or not mail.subject.isprintable():
        faults.append(("subject", say("a subject is one line of 1 to {most} characters", most=LONGEST_SUBJECT)))
    if "\0" in mail.text or "\0" in (mail.html or ""):
        faults.append(("text", say("a text holds the character 0")))
    faults += [
        (
            "attachments",
            say("{file!r} of {media_type!r} cannot be attached", file=file.name, media_type=file.media_type),
        )
        for file in mail.attachments
        if not MEDIA_TYPE.fullmatch(file.media_type) or not file.name.isprintable()
    ]
    return [refuse(MAIL_UNFIT, message, field=field) for field, message in faults]


def is_address(text: str) -> bool:
    """Is this one mail address, without a name, a comment or a line break?"""
    return text.isascii() and text.isprintable() and ADDRESS.fullmatch(text) is not None
