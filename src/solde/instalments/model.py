"""Values of instalment plans: what sellers allow, what is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.payments.model import Effect, StandingLine

EVERY_SELLER = 0
"""The seller whose rule holds for every seller without one of its own."""
EVERY_CURRENCY = "*"


class Start(StrEnum):
    """When the first instalment is due."""

    TODAY = "TODAY"
    LAST_DAY_OF_CURRENT_MONTH = "LAST_DAY_OF_CURRENT_MONTH"
    FIRST_DAY_OF_NEXT_MONTH = "FIRST_DAY_OF_NEXT_MONTH"


class Unit(StrEnum):
    """How far instalments are apart."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Remainder(StrEnum):
    """Where what equal instalments leave over goes."""

    FIRST = "FIRST"
    LAST = "LAST"
    ADDITIONAL = "ADDITIONAL"


class Shift(StrEnum):
    """Where an instalment goes that falls on a weekend or a holiday."""

    NONE = "NONE"
    NEXT = "NEXT"
    PREVIOUS = "PREVIOUS"


class PlanState(StrEnum):
    """How far a plan is; COMPLETED is never written: it is ACTIVE with nothing open of its instalments."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    BROKEN = "BROKEN"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Limits:
    """What plans of one currency keep to; None is without limit."""

    least: Decimal | None = None
    most: Decimal | None = None
    least_instalment: Decimal | None = None
    fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the plans of a seller keep to. `grace_days` None: no plan is broken but by a person."""

    seller_id: int
    default_count: int
    most_count: int
    start: Start
    unit: Unit
    remainder: Remainder
    shift: Shift
    categories: tuple[str, ...] = ()
    grace_days: int | None = None
    interest: Decimal = Decimal(0)
    version: int = 1
    limits: Mapping[str, Limits] = field(default_factory=dict)

    def limits_of(self, currency: str) -> Limits:
        """What holds in a currency: its own limits, or those of every currency."""
        return self.limits.get(currency) or self.limits.get(EVERY_CURRENCY) or Limits()


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of a seller's calendar on which nobody pays."""

    on_day: date
    label: str


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """How a plan is to be; None: as the rule says.

    `instalment` names what one instalment is; what is left over goes where the remainder goes.
    """

    count: int | None = None
    first_on: date | None = None
    start: Start | None = None
    unit: Unit | None = None
    remainder: Remainder | None = None
    instalment: Decimal | None = None


@dataclass(frozen=True, slots=True)
class InstalmentTerms:
    """One instalment as it is agreed: when and how much."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is proposed: the instalments, with what of their sum is fee and interest."""

    parts: tuple[InstalmentTerms, ...]
    fee: Decimal
    interest: Decimal

    @property
    def amount(self) -> Decimal:
        """What the instalments add up to."""
        return sum((part.amount for part in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What is known of an account before a plan is made: whose customer it is, and what its seller allows."""

    account_id: int
    currency: str
    category: str | None
    rule: Rule
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A plan to propose or to draft: over which debits, and how. `parts` None: as `wish` proposes."""

    account_id: int
    debits: tuple[int, ...]
    actor: str
    wish: PlanTerms = PlanTerms()
    parts: tuple[InstalmentTerms, ...] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Other instalments, or another note, of a draft; `version`, where given, is the one it was changed from."""

    account_id: int
    plan_number: int
    actor: str
    parts: tuple[InstalmentTerms, ...]
    note: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class PlanDebit:
    """A debit that a plan puts off, and how much of it was available then."""

    account_id: int
    plan_number: int
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Instalment:
    """An instalment of a plan; `open` is what of it is not paid, all of it before the plan is active.

    `given_up`: what breaking the plan settled of it, without the customer's money.
    """

    account_id: int
    plan_number: int
    instalment_number: int
    due_on: date
    amount: Decimal
    operation_number: int | None
    open: Decimal
    given_up: Decimal = Decimal(0)

    @property
    def paid(self) -> Decimal:
        """What of it the customer has settled."""
        return self.amount - self.open - self.given_up


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it stands: `state` tells COMPLETED too; `open` and `overdue` are of its instalments."""

    account_id: int
    plan_number: int
    account: str
    customer: str
    currency: str
    state: PlanState
    amount: Decimal
    fee: Decimal
    interest: Decimal
    remainder: Remainder
    version: int
    note: str | None
    count: int
    open: Decimal
    overdue: Decimal
    next_due_on: date | None
    first_due_on: date
    last_due_on: date
    drafted_at: datetime
    drafted_by: str
    activated_on: date | None
    activated_at: datetime | None
    activated_by: str | None
    creation_number: int | None
    fee_number: int | None
    interest_number: int | None
    ended_on: date | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    unmatched: Decimal | None

    @property
    def debt(self) -> Decimal:
        """What it puts off, without fee and interest."""
        return self.amount - self.fee - self.interest

    @property
    def paid(self) -> Decimal:
        """What of its instalments the customer has settled; what breaking it took back was not."""
        if self.creation_number is None:
            return Decimal(0)
        return self.amount - self.open - (self.unmatched or Decimal(0))


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that was made or changed."""

    account_id: int
    plan_number: int
    version: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Activated:
    """A plan that was put into force: its operations, and the match of its creation with the debits."""

    account_id: int
    plan_number: int
    on: date
    creation_number: int
    fee_number: int | None
    interest_number: int | None
    instalment_numbers: tuple[int, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Breaking:
    """A decision to break a plan: lines to reverse, what of each debit stays matched, what of each instalment is unpaid."""

    lines: tuple[StandingLine, ...]
    kept: Mapping[int, Decimal]
    unpaid: Mapping[int, Decimal]

    @property
    def amount(self) -> Decimal:
        """What is not paid."""
        return sum(self.unpaid.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Ended:
    """A draft that was cancelled, or a plan that was broken, with what that did."""

    account_id: int
    plan_number: int
    state: PlanState
    on: date
    unmatched: Decimal | None = None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which plans a list shows; None leaves a condition out."""

    account_id: int | None = None
    seller_id: int | None = None
    states: tuple[str, ...] | None = None
    overdue: bool = False
