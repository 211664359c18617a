"""Values of card payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.kernel.money import ZERO


class CardKind(StrEnum):
    """What is asked of a gateway. The first two stand for themselves, the others belong to one of these."""

    CHARGE = "charge"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"

    @property
    def stands_alone(self) -> bool:
        """Does it begin a payment, or is it done to one?"""
        return self in {CardKind.CHARGE, CardKind.AUTHORIZE}


class CardState(StrEnum):
    """How far a card transaction is."""

    CREATED = "CREATED"
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"
    REFUNDED = "REFUNDED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


LIVE = (CardState.CREATED, CardState.PENDING, CardState.UNKNOWN)
"""States of a request whose outcome is not known yet."""


class Verdict(StrEnum):
    """What a gateway says of a request.

    `FAILED`: surely not done and never will be. `UNKNOWN`: nobody knows (a time-out). `ABSENT`: asked, it has no such
    request. `CANCELLED`: what was approved holds no more; `ACTION`: the cardholder has to confirm it first.
    """

    APPROVED = "approved"
    DECLINED = "declined"
    ACTION = "action"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class CardCondition(StrEnum):
    """May a stored card be used?"""

    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


class ChargebackState(StrEnum):
    """How far a chargeback is."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


Key = tuple[int, int]
"""An account and the number of something of it."""


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """A stored card: the gateway's token for it and what may be shown of it; never its number."""

    account_id: int
    card_number: int
    gateway: str
    token: str
    customer_reference: str | None
    brand: str
    last4: str
    expires_year: int
    expires_month: int
    is_default: bool
    state: CardCondition
    created_at: datetime

    def has_expired(self, today: date) -> bool:
        """Is its last month over?"""
        return (today.year, today.month) > (self.expires_year, self.expires_month)


@dataclass(frozen=True, slots=True)
class CardTransaction:
    """Something asked of a gateway, and what came of it.

    `captured`, `refunded`, `refunding` (under way) and `charged_back` are sums of a charge or an authorization.
    `operation_number` is the payment or the refund it became on the account. `exceeded`: more was given back than
    captured, which only a chargeback can do. `alert`: something a person should look at.
    """

    account_id: int
    number: int
    kind: CardKind
    state: CardState
    amount: Decimal
    currency: str
    gateway: str
    merchant: str
    reference: str
    gateway_reference: str | None
    card_number: int | None
    parent_number: int | None
    captured: Decimal
    refunded: Decimal
    refunding: Decimal
    charged_back: Decimal
    exceeded: bool
    expires_at: datetime | None
    operation_number: int | None
    redirect_url: str | None
    code: str | None
    alert: str | None
    actor: str
    reason: str | None
    comment: str | None
    return_url: str | None
    attempts: int
    created_at: datetime
    changed_at: datetime
    check_at: datetime | None

    @property
    def key(self) -> Key:
        """Its account and number."""
        return self.account_id, self.number

    @property
    def refundable(self) -> Decimal:
        """What may still be given back of it."""
        return max(ZERO, self.captured - self.refunded - self.refunding - self.charged_back)

    @property
    def is_live(self) -> bool:
        """Is its outcome still to come?"""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class CardRequest:
    """Ask for a charge or an authorization on a card, or for a capture, void or refund of a transaction.

    `card_number` none: the account's default card. `amount` none: all that may be captured or refunded.
    """

    account_id: int
    kind: CardKind
    actor: str
    amount: Decimal | None = None
    card_number: int | None = None
    transaction_number: int | None = None
    reason: str | None = None
    comment: str | None = None
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """What came of a request: its transaction as it stands, and the charge or authorization it belongs to, if any."""

    transaction: CardTransaction
    parent: CardTransaction | None = None


@dataclass(frozen=True, slots=True)
class CardAttempt:
    """One call of the gateway, or one word from it: `what` was asked or told, and what it said."""

    account_id: int
    number: int
    attempt_number: int
    what: str
    started_at: datetime
    ended_at: datetime | None
    verdict: str | None
    code: str | None
    request_id: str | None
    gateway_reference: str | None
    actor: str | None


@dataclass(frozen=True, slots=True)
class Chargeback:
    """Money that the cardholder's bank took back, and how that ended.

    `task`: what a person has to do where no invoice could be put into litigation.
    """

    account_id: int
    chargeback_number: int
    transaction_number: int
    gateway_reference: str
    amount: Decimal
    currency: str
    state: ChargebackState
    reason: str | None
    rejection_number: int | None
    return_number: int | None
    task: str | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """What a list of transactions shows; empty leaves a condition out."""

    kinds: tuple[CardKind, ...] = ()
    states: tuple[CardState, ...] = ()
    parent_number: int | None = None


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A card being added on the gateway's page."""

    account_id: int
    setup_number: int
    gateway: str
    reference: str
    gateway_reference: str | None
    redirect_url: str | None
    card_number: int | None
    actor: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run of the janitor did, by what it did."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many things it did."""
        return sum(self.counts.values())
