"""Outbox: what leaves Solde. Mail, and events for signed webhooks, made of the audit log after the commit."""

from .actions import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    replay,
    replay_since,
    send_mail,
    send_test,
)
from .kinds import KINDS, EventKind
from .model import Attachment, Endpoint, EndpointDraft, Event, Mail, Message, MessageState, Tally
from .relaying import relay
from .sending import Due, deliver, deliver_to, put_out
from .settings import OutboxSettings

__all__ = [
    "KINDS",
    "Attachment",
    "Due",
    "Endpoint",
    "EndpointDraft",
    "Event",
    "EventKind",
    "Mail",
    "Message",
    "MessageState",
    "OutboxSettings",
    "Tally",
    "change_endpoint",
    "create_endpoint",
    "delete_endpoint",
    "deliver",
    "deliver_to",
    "put_out",
    "relay",
    "replay",
    "replay_since",
    "send_mail",
    "send_test",
]
