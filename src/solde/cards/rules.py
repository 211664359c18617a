"""What card transactions may become, and what may be asked of them. Pure: no database, no clock.

Source: product §7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from solde.kernel.money import ZERO, check_positive, exponent, plain
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, Label, say

from .model import CardCondition, CardKind, CardRequest, CardState, CardTransaction, PaymentCard, Verdict

UNKNOWN_CARD = declare("unknown_card", Kind.NOT_FOUND, "Use the number of a card of the account that is not removed.")
NO_CARD = declare("no_card", Kind.CONFLICT, "Add a card to the account first, or name one.")
CARD_EXPIRED = declare("card_expired", Kind.CONFLICT, "Use another card, or add the new one.")
CARD_OF_OTHER_GATEWAY = declare(
    "card_of_other_gateway", Kind.CONFLICT, "Add the card again: it is stored with another gateway."
)
UNKNOWN_TRANSACTION = declare(
    "unknown_card_transaction", Kind.NOT_FOUND, "Use the number of a transaction of the account's own list."
)
TRANSACTION_MISSING = declare("card_transaction_missing", Kind.INVALID, "Name the transaction that it is done to.")
TRANSACTION_UNEXPECTED = declare(
    "card_transaction_unexpected", Kind.INVALID, "A charge or an authorization names a card, no transaction."
)
AMOUNT_MISSING = declare("card_amount_missing", Kind.INVALID, "Say how much.")
AMOUNT_TOO_FINE = declare("card_amount_too_fine", Kind.INVALID, "Use whole minor units of the currency.")
OUTCOME_UNKNOWN = declare(
    "card_outcome_unknown", Kind.CONFLICT, "Wait until the outcome of the transaction named is known, or resolve it."
)
NOT_CAPTURABLE = declare("not_capturable", Kind.CONFLICT, "Capture an authorization that holds and is not captured.")
NOT_VOIDABLE = declare("not_voidable", Kind.CONFLICT, "Void an authorization that holds and is not captured.")
NOT_CARD_REFUNDABLE = declare(
    "not_card_refundable", Kind.CONFLICT, "Refund a captured payment of which something is left."
)
AUTHORIZATION_EXPIRED = declare("authorization_expired", Kind.CONFLICT, "Charge the card, or authorize it anew.")
OVER_AUTHORIZED = declare("capture_over_authorized", Kind.CONFLICT, "Capture at most what was authorized.")
OVER_CAPTURED = declare("refund_over_captured", Kind.CONFLICT, "Refund at most what is left of the payment.")
STEP_UNDER_WAY = declare("card_step_under_way", Kind.CONFLICT, "Wait until the step named has its outcome.")
NOT_RESOLVABLE = declare("not_resolvable", Kind.CONFLICT, "Only a transaction of unknown outcome is resolved by hand.")

S, V, K = CardState, Verdict, CardKind

DONE_STATE = {
    K.CHARGE: S.CAPTURED, K.AUTHORIZE: S.AUTHORIZED, K.CAPTURE: S.CAPTURED, K.VOID: S.VOIDED, K.REFUND: S.REFUNDED,
}  # fmt: skip
"""The state of a request that was approved."""

OUTCOMES: Mapping[tuple[CardState, Verdict], CardState | None] = {
    (S.CREATED, V.APPROVED): None,
    (S.CREATED, V.DECLINED): S.DECLINED,
    (S.CREATED, V.ACTION): S.PENDING,
    (S.CREATED, V.PENDING): S.PENDING,
    (S.CREATED, V.FAILED): S.FAILED,
    (S.CREATED, V.UNKNOWN): S.UNKNOWN,
    (S.PENDING, V.APPROVED): None,
    (S.PENDING, V.DECLINED): S.DECLINED,
    (S.PENDING, V.FAILED): S.FAILED,
    (S.UNKNOWN, V.APPROVED): None,
    (S.UNKNOWN, V.DECLINED): S.DECLINED,
    (S.UNKNOWN, V.ACTION): S.PENDING,
    (S.UNKNOWN, V.PENDING): S.PENDING,
    (S.UNKNOWN, V.FAILED): S.FAILED,
    # The gateway's truth wins: what it had declined or failed may yet have been done.
    (S.DECLINED, V.APPROVED): None,
    (S.FAILED, V.APPROVED): None,
}
"""What a verdict makes of a request; None: done, as `DONE_STATE` says. What is missing changes nothing."""


def next_state(kind: CardKind, state: CardState, verdict: Verdict) -> CardState:
    """The state of a request after a verdict; the same where the verdict is late or repeated.

    Time alone ends nothing: an unknown outcome stays so until the gateway or a named person says otherwise.
    """
    if (state, verdict) not in OUTCOMES:
        return state
    return OUTCOMES[state, verdict] or DONE_STATE[kind]


def is_late_capture(parent: CardTransaction) -> bool:
    """Was the authorization over when the gateway captured it?"""
    return parent.state in {S.VOIDED, S.EXPIRED}


def parent_state(parent: CardTransaction, step: CardKind) -> CardState:
    """The state of a charge or an authorization after a step of it was done. Void and expiry are final."""
    if parent.state in {S.VOIDED, S.EXPIRED}:
        return parent.state
    if step is K.CAPTURE:
        return S.CAPTURED
    if step is K.VOID:
        return S.VOIDED if parent.state is S.AUTHORIZED else parent.state
    return S.REFUNDED


def is_over(transaction: CardTransaction, now: datetime) -> bool:
    """Has the time of an authorization come? At the very instant, and after it."""
    return transaction.expires_at is not None and now >= transaction.expires_at


def capturable(transaction: CardTransaction, now: datetime) -> Decimal:
    """How much of it may be captured now."""
    live = transaction.kind is K.AUTHORIZE and transaction.state is S.AUTHORIZED and not is_over(transaction, now)
    return transaction.amount if live else ZERO


def voidable(transaction: CardTransaction, now: datetime) -> bool:
    """May it be voided now?"""
    return capturable(transaction, now) > 0


def refundable(transaction: CardTransaction) -> Decimal:
    """How much of it may be refunded now."""
    return transaction.refundable if transaction.kind.stands_alone else ZERO


def check_amount(amount: Decimal | None, currency: str) -> Refusal | None:
    """Is it an amount that a gateway takes?"""
    if amount is None:
        return refuse(AMOUNT_MISSING, "the amount is missing", field="amount")
    if (bad := check_positive(amount)) is not None:
        return bad.at(field="amount")
    decimals = exponent(currency)
    if amount != round(amount, decimals):
        said = say("{amount} has more than {decimals} decimals", amount=Amount(amount, currency), decimals=decimals)
        return refuse(AMOUNT_TOO_FINE, said, field="amount")
    return None


def check_card(card: PaymentCard | None, gateway: str, today: date) -> Refusal | None:
    """May this card be charged?"""
    if card is None:
        return refuse(NO_CARD, "the account has no card that is charged unless one is named", field="card")
    if card.state is CardCondition.REMOVED:
        return refuse(UNKNOWN_CARD, "card {card_number} was removed", card_number=card.card_number, field="card")
    if card.gateway != gateway:
        said = say("card {card_number} is stored with {gateway}", card_number=card.card_number, gateway=card.gateway)
        return refuse(CARD_OF_OTHER_GATEWAY, said, field="card")
    if card.has_expired(today):
        said = say(
            "card {card_number} was good until {expires_year}-{expires_month:02}",
            card_number=card.card_number,
            expires_year=card.expires_year,
            expires_month=card.expires_month,
        )
        return refuse(CARD_EXPIRED, said, field="card")
    return None


def check_no_riddle(amount: Decimal, unsettled: Sequence[CardTransaction]) -> Refusal | None:
    """While the outcome of a charge is unknown, the same amount is not asked of the account again."""
    for one in unsettled:
        if one.state is S.UNKNOWN and one.amount == amount and one.kind.stands_alone:
            said = say(
                "transaction {number} over the same {amount} has an unknown outcome", number=one.number, amount=amount
            )
            return refuse(OUTCOME_UNKNOWN, said, field="amount")
    return None


def check_step(
    request: CardRequest, parent: CardTransaction, steps: Sequence[CardTransaction], now: datetime
) -> Refusal | Decimal:
    """May this capture, void or refund be asked for; gives its amount."""
    if request.kind is K.REFUND:
        return _check_refund(request, parent)
    if (live := next((s for s in steps if s.is_live and s.kind is not K.REFUND), None)) is not None:
        said = say("the {kind} {number} of it is under way", kind=Label(live.kind), number=live.number)
        return refuse(STEP_UNDER_WAY, said, field="transaction")
    bad = NOT_CAPTURABLE if request.kind is K.CAPTURE else NOT_VOIDABLE
    if parent.kind is not K.AUTHORIZE or parent.state not in {S.AUTHORIZED, S.EXPIRED}:
        said = say(
            "transaction {number} is {kind}, {state}",
            number=parent.number,
            kind=_named(parent.kind),
            state=Label(parent.state.value),
        )
        return refuse(bad, said, field="transaction")
    if parent.state is S.EXPIRED or is_over(parent, now):
        said = say(
            "the authorization {number} held until {expires_at:%Y-%m-%d %H:%M:%S} UTC",
            number=parent.number,
            expires_at=parent.expires_at,
        )
        return refuse(AUTHORIZATION_EXPIRED, said, field="transaction")
    if request.kind is K.VOID:
        return parent.amount
    amount = parent.amount if request.amount is None else request.amount
    if (unfit := check_amount(amount, parent.currency)) is not None:
        return unfit
    if amount > parent.amount:
        said = say("{amount} is asked, {parent_amount} was authorized", amount=amount, parent_amount=parent.amount)
        return refuse(OVER_AUTHORIZED, said, field="amount")
    return amount


def _check_refund(request: CardRequest, parent: CardTransaction) -> Refusal | Decimal:
    left = refundable(parent)
    if left == 0:
        said = say(
            "nothing of transaction {number} ({kind}, {state}) is left to refund",
            number=parent.number,
            kind=_named(parent.kind),
            state=Label(parent.state.value),
        )
        return refuse(NOT_CARD_REFUNDABLE, said, field="transaction")
    amount = left if request.amount is None else request.amount
    if (unfit := check_amount(amount, parent.currency)) is not None:
        return unfit
    if amount > left:
        said = say(
            "{amount} is asked of transaction {number}; {left} is left", amount=amount, number=parent.number, left=left
        )
        return refuse(OVER_CAPTURED, said, field="amount")
    return amount


def _named(kind: CardKind) -> Label:
    return Label("an authorization" if kind is K.AUTHORIZE else f"a {kind.value}")


def check_words_of(asked: CardTransaction, amount: Decimal | None, currency: str | None) -> str | None:
    """What is strange about what a gateway says it did; its replies are held against what was asked."""
    if amount is not None and amount != asked.amount:
        return f"the gateway says {plain(amount)}, {plain(asked.amount)} was asked"
    if currency is not None and currency != asked.currency:
        return f"the gateway says {currency}, {asked.currency} was asked"
    return None


FIRST_LOOK = timedelta(seconds=10)
"""How long after an intent the janitor looks for it, if nobody carried it out."""
LEASE = timedelta(seconds=90)
"""How long a call may take; nobody else calls meanwhile."""
LONGEST_PAUSE = timedelta(hours=1)
SEND_AGAIN_WITHIN = timedelta(hours=20)
"""How long an idempotency key is surely known to the gateway: later nothing is sent a second time."""


def pause_after(attempts: int) -> timedelta:
    """How long the janitor waits before it asks again: 5 s, doubling, at most an hour."""
    return min(LONGEST_PAUSE, timedelta(seconds=5 << min(attempts, 12)))


@dataclass(frozen=True, slots=True)
class RefundPart:
    """A match line of a payment, newest first, that may be undone to give money back."""

    group_number: int
    debit_number: int
    amount: Decimal
    effective_on: date


@dataclass(frozen=True, slots=True)
class Undoing:
    """Lines to undo so that enough of a payment is open, and how much of each is matched again afterwards."""

    parts: tuple[RefundPart, ...]
    rest_debit: int | None
    rest: Decimal
    short: Decimal

    def reopened(self) -> dict[int, Decimal]:
        """How much of each debit stays open afterwards."""
        found: dict[int, Decimal] = {}
        for part in self.parts:
            found[part.debit_number] = found.get(part.debit_number, ZERO) + part.amount
        if self.rest_debit is not None:
            found[self.rest_debit] -= self.rest
        return {number: amount for number, amount in found.items() if amount > 0}


def plan_undoing(available: Decimal, amount: Decimal, parts: Sequence[RefundPart]) -> Undoing:
    """Which allocations give way, newest first, so that `amount` of a payment is open.

    Gives: no more lines than needed; what is too much of the last one is matched again; `short` where all is not enough.
    """
    missing = max(ZERO, amount - available)
    chosen: list[RefundPart] = []
    for part in parts:
        if missing <= 0:
            break
        chosen.append(part)
        missing -= part.amount
    rest = -missing if missing < 0 else ZERO
    return Undoing(tuple(chosen), chosen[-1].debit_number if rest > 0 else None, rest, max(ZERO, missing))
