"""JSON shapes of card payments."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from solde.access.http import Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import CardAttempt, CardTransaction, Chargeback, PaymentCard


class CardShape(msgspec.Struct, frozen=True):
    """A stored card: never its number."""

    card: int
    brand: str
    last4: str
    expires: str
    default: bool
    gateway: str
    state: str


class CardList(msgspec.Struct, frozen=True):
    """Cards of an account."""

    items: list[CardShape]
    next: str | None = None


class SetupShape(msgspec.Struct, frozen=True):
    """Where a card is entered."""

    setup: int
    redirect: str


class TransactionShape(msgspec.Struct, frozen=True):
    """Something asked of the gateway, and what came of it."""

    id: int
    account: str
    kind: str
    state: str
    amount: Money
    currency: str
    gateway: str
    reference: str
    gateway_reference: str | None
    card: int | None
    transaction: int | None
    captured: Money
    refunded: Money
    charged_back: Money
    refundable: Money
    expires_at: Instant | None
    operation: int | None
    redirect: str | None
    code: str | None
    alert: str | None
    reason: str | None
    comment: str | None
    actor: str
    created_at: Instant
    changed_at: Instant
    dry_run: bool | UnsetType = UNSET


class TransactionList(msgspec.Struct, frozen=True):
    """Card transactions of an account, newest first."""

    items: list[TransactionShape]
    next: str | None = None


class AttemptShape(msgspec.Struct, frozen=True):
    """A call of the gateway, or a word from it."""

    attempt: int
    what: str
    started_at: Instant
    ended_at: Instant | None
    verdict: str | None
    code: str | None
    request_id: str | None
    actor: str | None


class EventShape(msgspec.Struct, frozen=True):
    """An event of the gateway, and what was made of it."""

    event: str
    kind: str
    words: str
    told: str
    received_at: Instant


class ChargebackShape(msgspec.Struct, frozen=True):
    """A chargeback."""

    chargeback: int
    gateway_reference: str
    amount: Money
    currency: str
    state: str
    reason: str | None
    operation: int | None
    return_operation: int | None
    task: str | None
    opened_at: Instant
    ended_at: Instant | None


class TransactionDetail(msgspec.Struct, frozen=True):
    """A card transaction with all that belongs to it."""

    transaction: TransactionShape
    steps: list[TransactionShape]
    attempts: list[AttemptShape]
    events: list[EventShape]
    chargebacks: list[ChargebackShape]


class EventAnswer(msgspec.Struct, frozen=True):
    """What was made of an event."""

    told: str


def card_shape(card: PaymentCard) -> CardShape:
    """A card as the API tells it."""
    expires = f"{card.expires_year}-{card.expires_month:02}"
    return CardShape(card.card_number, card.brand, card.last4, expires, card.is_default, card.gateway, card.state.value)


def transaction_shape(one: CardTransaction, account: str, *, dry_run: bool = False) -> TransactionShape:
    """A transaction as the API tells it."""
    return TransactionShape(
        one.number, account, one.kind.value, one.state.value, plain(one.amount), one.currency, one.gateway,
        one.reference, one.gateway_reference, one.card_number, one.parent_number, plain(one.captured),
        plain(one.refunded), plain(one.charged_back), plain(one.refundable),
        None if one.expires_at is None else format_instant(one.expires_at), one.operation_number, one.redirect_url,
        one.code, one.alert, one.reason, one.comment, one.actor, format_instant(one.created_at),
        format_instant(one.changed_at), dry_run or UNSET,
    )  # fmt: skip


def attempt_shape(one: CardAttempt) -> AttemptShape:
    """An attempt as the API tells it."""
    ended = None if one.ended_at is None else format_instant(one.ended_at)
    return AttemptShape(
        one.attempt_number, one.what, format_instant(one.started_at), ended, one.verdict, one.code, one.request_id,
        one.actor,
    )  # fmt: skip


def chargeback_shape(one: Chargeback) -> ChargebackShape:
    """A chargeback as the API tells it."""
    ended = None if one.ended_at is None else format_instant(one.ended_at)
    return ChargebackShape(
        one.chargeback_number, one.gateway_reference, plain(one.amount), one.currency, one.state.value, one.reason,
        one.rejection_number, one.return_number, one.task, format_instant(one.opened_at), ended,
    )  # fmt: skip
