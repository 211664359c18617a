"""What the JSON routes of the outbox take and give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Instant
from solde.access.reading import Paged
from solde.kernel.dates import format_instant

from .mails import read_mail
from .model import Endpoint, Event, Message
from .rules import event_data

StateName = Annotated[str, Meta(extra_json_schema={"enum": ["WAITING", "DELIVERED", "DEAD"]})]


class WebhookShape(msgspec.Struct, frozen=True):
    """An endpoint that hears of events; never its secret."""

    id: int
    url: str
    description: str
    kinds: Annotated[list[str], Meta(description="Empty for every kind.")]
    seller: str | None
    active: bool
    note: Annotated[str | None, Meta(description="Why it was taken out of use.")]
    failing_since: Instant | None
    waiting: Annotated[int, Meta(description="Deliveries on their way.")]
    dead: Annotated[int, Meta(description="Deliveries that were given up.")]
    created_at: Instant
    version: int


class WebhookList(msgspec.Struct, frozen=True):
    """Every endpoint."""

    items: list[WebhookShape]
    next: str | None = None


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new endpoint."""

    url: Annotated[str, Meta(description="Where events are posted to.")]
    description: str = ""
    kinds: Annotated[list[str], Meta(description="Kinds of events wanted; empty for every kind.")] = []
    seller: Annotated[str | None, Meta(description="Keeps it to events of one seller's accounts.")] = None


class WebhookPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an endpoint shall change."""

    url: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    kinds: list[str] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    catch_up: Annotated[bool, Meta(description="Whether an endpoint taken back into use hears of what it missed.")] = (
        True
    )


class CreatedWebhook(msgspec.Struct, frozen=True):
    """An endpoint just made; the secret that signs its deliveries is shown this once."""

    webhook: WebhookShape
    secret: str


class DeliveryShape(msgspec.Struct, frozen=True):
    """An event on its way to an endpoint."""

    id: int
    webhook: int | None
    event: Annotated[str, Meta(description="The webhook-id, the same at every try.")]
    kind: str
    state: StateName
    attempts: int
    due_at: Annotated[Instant | None, Meta(description="When it is tried next.")]
    status: Annotated[int | None, Meta(description="The HTTP status of the last answer.")]
    answer: Annotated[str | None, Meta(description="The beginning of the last answer, or why there was none.")]
    created_at: Instant
    ended_at: Instant | None
    body: str


class DeliveryList(msgspec.Struct, frozen=True):
    """A page of deliveries, newest first."""

    items: list[DeliveryShape]
    next: str | None


class DeliveryQuery(Paged, frozen=True, kw_only=True):
    """What deliveries are narrowed to."""

    state: StateName | None = None


class ReplayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on what was given up is sent again."""

    since: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Replayed(msgspec.Struct, frozen=True):
    """How many deliveries are sent again."""

    deliveries: int


class EventShape(msgspec.Struct, frozen=True):
    """An event, as a webhook tells it."""

    type: str
    timestamp: Instant
    data: Mapping[str, Any]


class EventList(msgspec.Struct, frozen=True):
    """A page of events, newest first."""

    items: list[EventShape]
    next: str | None


class EventQuery(Paged, frozen=True, kw_only=True):
    """What events are narrowed to."""

    account: Annotated[str | None, Meta(description="Code of a customer account.")] = None
    kinds: Annotated[list[str] | None, Meta(description="Kinds of events, separated by commas.")] = None
    after: Annotated[
        str | None,
        Meta(
            description="Id of an event, or 0 for the beginning: the events after it, oldest first. To go on, the last id received."
        ),
    ] = None
    recorded_after: Annotated[
        str | None,
        Meta(description="Recorded after this instant, oldest first.", extra_json_schema={"format": "date-time"}),
    ] = None


class EventKindShape(msgspec.Struct, frozen=True):
    """A kind of event."""

    code: str
    label: str


class EventKindList(msgspec.Struct, frozen=True):
    """Every kind of event."""

    items: list[EventKindShape]
    next: str | None = None


class MailShape(msgspec.Struct, frozen=True):
    """A mail in the outbox."""

    id: int
    to: list[str]
    subject: str
    seller: str | None
    state: StateName
    attempts: int
    due_at: Instant | None
    status: int | None
    answer: str | None
    created_at: Instant
    ended_at: Instant | None


class MailList(msgspec.Struct, frozen=True):
    """A page of mails, newest first."""

    items: list[MailShape]
    next: str | None


def webhook_shape(endpoint: Endpoint) -> WebhookShape:
    """An endpoint as JSON shows it."""
    draft, failing = endpoint.draft, endpoint.failing_since
    return WebhookShape(
        endpoint.webhook_id,
        draft.url,
        draft.description,
        list(draft.kinds),
        draft.seller,
        endpoint.active,
        endpoint.note,
        None if failing is None else format_instant(failing),
        endpoint.waiting,
        endpoint.dead,
        format_instant(endpoint.created_at),
        endpoint.version,
    )


def _instants(message: Message) -> tuple[str | None, str, str | None]:
    """When a message is tried next, was made, and ended."""
    due = None if message.ended_at is not None else format_instant(message.due_at)
    ended = None if message.ended_at is None else format_instant(message.ended_at)
    return due, format_instant(message.created_at), ended


def delivery_shape(message: Message) -> DeliveryShape:
    """A delivery as JSON shows it."""
    due, created, ended = _instants(message)
    return DeliveryShape(
        message.message_id,
        message.webhook_id,
        message.name,
        message.kind,
        message.state.value,
        message.attempts,
        due,
        message.status,
        message.answer,
        created,
        ended,
        message.body,
    )


def mail_shape(message: Message) -> MailShape:
    """A mail as JSON shows it."""
    body, (due, created, ended) = read_mail(message), _instants(message)
    return MailShape(
        message.message_id,
        body.to,
        body.subject,
        message.seller,
        message.state.value,
        message.attempts,
        due,
        message.status,
        message.answer,
        created,
        ended,
    )


def event_shape(event: Event) -> EventShape:
    """An event as JSON shows it."""
    return EventShape(event.kind, format_instant(event.recorded_at), event_data(event))
