"""Values of security deposits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.payments.model import Effect, Registered


class DepositState(StrEnum):
    """How far a deposit is."""

    VALIDATED = "VALIDATED"
    HOLD = "HOLD"
    LOCKED = "LOCKED"
    UNLOCKED = "UNLOCKED"
    REFUNDED = "REFUNDED"
    AUTO_REFUND = "AUTO_REFUND"
    CANCELED = "CANCELED"


class EntryKind(StrEnum):
    """What happened to a deposit."""

    REQUEST = "REQUEST"
    FUND = "FUND"
    PAY = "PAY"
    REFUND = "REFUND"
    AUTO_REFUND = "AUTO_REFUND"
    CANCEL = "CANCEL"
    FUNDING_REJECTED = "FUNDING_REJECTED"


class StepRole(StrEnum):
    """What an operation is in a step of a deposit."""

    REQUEST = "REQUEST"
    PAYMENT = "PAYMENT"
    HELD = "HELD"
    USED = "USED"
    PAYING = "PAYING"
    REFUND = "REFUND"
    CANCEL = "CANCEL"
    REJECTION = "REJECTION"


class TemplateState(StrEnum):
    """May deposits be made from a template?"""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


class ValidityUnit(StrEnum):
    """In what a validity is counted."""

    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


@dataclass(frozen=True, slots=True)
class Template:
    """What deposits are made from. `least` and `most` None: no bound; `validity` None: for ever."""

    code: str
    label: str
    currency: str
    least: Decimal | None = None
    most: Decimal | None = None
    validity: int | None = None
    validity_unit: ValidityUnit | None = None
    state: TemplateState = TemplateState.DRAFT
    version: int = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of one deposit, and of all deposits of one customer, in a currency; None: no limit."""

    currency: str
    deposit_most: Decimal | None
    customer_most: Decimal | None


@dataclass(frozen=True, slots=True)
class DepositSettings:
    """What holds for all deposits; limits by currency."""

    auto_refund: bool
    version: int
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit as it stands."""

    account_id: int
    number: int
    template_code: str
    name: str
    currency: str
    expected: Decimal
    funded: Decimal
    cancelled: Decimal
    balance: Decimal
    state: DepositState
    request_number: int
    valid_until: date | None
    method: str | None
    last_entry: int
    last_on: date

    @property
    def asked(self) -> Decimal:
        """What of the request is still to be paid."""
        return self.expected - self.funded - self.cancelled

    @property
    def key(self) -> tuple[int, int]:
        return self.account_id, self.number


@dataclass(frozen=True, slots=True)
class Listed:
    """A deposit in a list, with whose it is."""

    deposit: Deposit
    account: str
    customer: str


@dataclass(frozen=True, slots=True)
class DepositEntry:
    """A step of a deposit's history, and the operations it posted by what each is in it.

    `concerns` is the debit that was paid, or the payment that the bank took back.
    """

    entry_number: int
    kind: EntryKind
    amount: Decimal
    balance_after: Decimal
    state_after: DepositState
    effective_on: date
    recorded_at: datetime
    actor: str
    reason: str | None
    concerns: int | None
    operations: Mapping[int, StepRole]


@dataclass(frozen=True, slots=True)
class DepositFilter:
    """What a list of deposits shows; None leaves a condition out."""

    account_id: int | None = None
    states: tuple[DepositState, ...] | None = None
    seller_id: int | None = None
    expiring_before: date | None = None


@dataclass(frozen=True, slots=True)
class DepositEffect:
    """What a step did: the deposit as it stands then, what was posted and matched, what else was paid."""

    deposit: Deposit
    kind: EntryKind
    amount: Decimal
    effect: Effect
    payment: Registered | None = None
    payment_type: str | None = None
    payment_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """What a run over expired deposits gave back, by currency; and what could not be given back, with why."""

    deposits: int
    amounts: Mapping[str, Decimal]
    refused: tuple[tuple[int, int, str], ...] = ()
