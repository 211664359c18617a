"""The gateway port: what is asked of whoever takes the money, and what it answers.

Every request carries our own reference, unique for ever; the gateway uses it as idempotency key, so that a request
sent twice is done once. A gateway never raises for what may happen on the way: a reply says `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from solde.kernel.refusals import Kind, declare

from .model import CardKind, Verdict

EVENT_FORGED = declare(
    "gateway_event_forged", Kind.FORBIDDEN, "Sign the event with the secret of the gateway; nothing was done."
)
EVENT_STALE = declare("gateway_event_stale", Kind.INVALID, "Send the event again with a fresh signature.")
EVENT_UNREADABLE = declare("gateway_event_unreadable", Kind.INVALID, "Send the event as the gateway documents it.")
GATEWAY_UNREACHABLE = declare("gateway_unreachable", Kind.CONFLICT, "Try again in a moment; nothing was done.")

TOLERANCE_SECONDS = 300
"""How old the signature of an event may be, or how far ahead of our clock."""


@dataclass(frozen=True, slots=True)
class ChargeCall:
    """Take money from a card (`capture`), or reserve it."""

    reference: str
    amount: Decimal
    currency: str
    token: str
    customer_reference: str | None
    capture: bool
    return_url: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StepCall:
    """Capture, void or refund what stands under a gateway's reference; a void takes no amount."""

    kind: CardKind
    reference: str
    gateway_reference: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class QueryCall:
    """What became of a request of ours? `gateway_reference` is its own, or that of what it was done to."""

    kind: CardKind
    reference: str
    gateway_reference: str | None
    customer_reference: str | None
    amount: Decimal
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SetupCall:
    """Let the cardholder enter a card on the gateway's own page."""

    reference: str
    return_url: str
    customer_reference: str | None = None
    name: str | None = None
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the gateway says. `amount` and `currency` are what it did, to be held against what was asked."""

    verdict: Verdict
    gateway_reference: str | None = None
    code: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    redirect_url: str | None = None
    expires_at: datetime | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetupPage:
    """The page of the gateway where a card is entered."""

    gateway_reference: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card as the gateway keeps it: never its number."""

    token: str
    customer_reference: str | None
    brand: str
    last4: str
    expires_year: int
    expires_month: int


class EventKind(StrEnum):
    """What a gateway tells by itself."""

    TRANSACTION = "transaction"
    EXPIRED = "expired"
    CARD_ADDED = "card_added"
    CHARGEBACK_OPENED = "chargeback_opened"
    CHARGEBACK_WON = "chargeback_won"
    CHARGEBACK_LOST = "chargeback_lost"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A signed word of the gateway.

    `reference` is ours, where the gateway knows it; `gateway_reference` is of the transaction it concerns. Of a
    chargeback `about_reference` is its own name. `kind_of` tells which of our requests it concerns.
    """

    event_id: str
    kind: EventKind
    reference: str | None = None
    gateway_reference: str | None = None
    reply: Reply | None = None
    about_reference: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    words: str = ""


class Gateway(Protocol):
    """Whoever takes the money of cards."""

    @property
    def name(self) -> str:
        """Which adapter it is."""
        ...

    @property
    def merchant(self) -> str:
        """For whom it takes the money; a reference is unique within it."""
        ...

    async def charge(self, call: ChargeCall) -> Reply:
        """Take money, or reserve it."""
        ...

    async def step(self, call: StepCall) -> Reply:
        """Capture, void or refund."""
        ...

    async def query(self, call: QueryCall) -> Reply:
        """What became of a request, by our own reference."""
        ...

    async def setup(self, call: SetupCall) -> SetupPage:
        """Open the page where a card is entered; refuses gateway_unreachable."""
        ...

    async def find_card(self, gateway_reference: str) -> StoredCard | None:
        """The card that was entered on such a page, or none yet; refuses gateway_unreachable."""
        ...

    async def parse_event(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        """Read a signed event; refuses gateway_event_forged, gateway_event_stale, gateway_event_unreadable."""
        ...
