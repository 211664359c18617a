"""Values of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LAST_ACCOUNT = 2**63 - 1
"""Behind every account: the place after a whole action."""


class MessageState(StrEnum):
    """Where a message is: on its way, arrived, or given up."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class TryVerdict(StrEnum):
    """How one try ended. REFUSED: the receiver will never take it. UNTRIED: put back, as if not tried."""

    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    REFUSED = "REFUSED"
    UNTRIED = "UNTRIED"


@dataclass(frozen=True, slots=True)
class Event:
    """A committed action, as it is told outside.

    `before` and `after` are JSON texts as the audit record holds them; `account` and `seller` are codes, None for
    an action that concerns no single account.
    """

    action_id: int
    account_id: int
    kind: str
    account: str | None
    seller: str | None
    recorded_at: datetime
    actor: str
    reason: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What may be said of an endpoint: `kinds` empty for every kind, `seller` None for every seller."""

    url: str
    description: str = ""
    kinds: tuple[str, ...] = ()
    seller: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook: who is told about events. `secret` signs what is sent.

    `through_id`, `through_account`: the place in the audit log, action and account, up to which its events are in the outbox.
    """

    webhook_id: int
    draft: EndpointDraft
    secret: str
    active: bool
    note: str | None
    version: int
    through_id: int
    through_account: int
    failing_since: datetime | None
    created_at: datetime
    waiting: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be sent. `webhook_id` None: a mail."""

    webhook_id: int | None
    name: str
    kind: str
    body: str
    seller: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands in the outbox."""

    message_id: int
    webhook_id: int | None
    name: str
    kind: str
    body: str
    seller: str | None
    state: MessageState
    attempts: int
    due_at: datetime
    status: int | None
    answer: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TryOutcome:
    """How one try of a message ended, and what the receiver said."""

    message: Message
    verdict: TryVerdict
    status: int | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What becomes of a message after a try."""

    message_id: int
    claimed: int
    state: MessageState
    attempts: int
    due_at: datetime
    status: int | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to be sent. `seller` is the code of the seller it is sent for."""

    to: Sequence[str]
    subject: str
    text: str
    html: str | None = None
    attachments: Sequence[Attachment] = ()
    seller: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a delivery run did. `waiting_mails` counts mails that no server is set for."""

    relayed: int = 0
    delivered: int = 0
    failed: int = 0
    dead: int = 0
    waiting_mails: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.relayed + other.relayed,
            self.delivered + other.delivered,
            self.failed + other.failed,
            self.dead + other.dead,
            self.waiting_mails + other.waiting_mails,
        )
