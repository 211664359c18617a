"""Values of balances: definitions, figures, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.kernel.money import ZERO
from solde.operations.model import Operation


class ChoiceKind(StrEnum):
    """How operation types of one side are chosen. `all` and `except` take in types made later."""

    ALL = "all"
    EXCEPT = "except"
    ONLY = "only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """Which operation types of a side take part."""

    kind: ChoiceKind = ChoiceKind.ALL
    types: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Does an operation of this type take part?"""
        match self.kind:
            case ChoiceKind.ALL:
                return True
            case ChoiceKind.EXCEPT:
                return code not in self.types
            case ChoiceKind.ONLY:
                return code in self.types
            case ChoiceKind.NONE:
                return False


@dataclass(frozen=True, slots=True)
class Draft:
    """A balance definition as an administrator writes it.

    `measure` is `amount`, `open` (the available part) or a numeric expression `#{ … }`.
    """

    code: str
    label: str
    debit: TypeChoice = TypeChoice()
    credit: TypeChoice = TypeChoice()
    expression: str = ""
    measure: str = "amount"
    counts_unbilled: bool = False
    position: int = 0
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of a balance definition."""

    definition_id: int
    version: int
    draft: Draft
    recorded_at: datetime | None = None
    deleted: bool = False

    @property
    def code(self) -> str:
        return self.draft.code

    @property
    def label(self) -> str:
        return self.draft.label


@dataclass(frozen=True, slots=True)
class Figures:
    """What a definition says of an account: balance = debit - credit; positive means the customer owes."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO
    count: int = 0

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit

    @property
    def direction(self) -> str:
        """DR: the customer owes; CR: the customer overpaid; ZERO."""
        if self.balance == 0:
            return "ZERO"
        return "DR" if self.balance > 0 else "CR"


class FigureSource(StrEnum):
    """From what a figure is computed; its cost follows that, not the length of history."""

    TOTALS = "totals"
    OPEN_ITEMS = "open_items"
    OPEN_OPERATIONS = "open_operations"
    OPERATIONS = "operations"


SOURCE_WORDS: Mapping[FigureSource, str] = {
    FigureSource.TOTALS: "the account's totals by operation type and status",
    FigureSource.OPEN_ITEMS: "the account's open items",
    FigureSource.OPEN_OPERATIONS: "the account's open operations",
    FigureSource.OPERATIONS: "every operation of the account",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Which past is asked for: effective on or before `as_of`, recorded by `known_at`; both None is now.

    `today` is the current date of expressions where no `as_of` is given.
    """

    today: date
    as_of: date | None = None
    known_at: datetime | None = None

    @property
    def current_date(self) -> date:
        return self.today if self.as_of is None else self.as_of

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.known_at is None


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The figures of one definition on one account."""

    account_id: int
    definition: Definition
    figures: Figures
    source: FigureSource


@dataclass(frozen=True, slots=True)
class ExplainedOperation:
    """One operation in the explanation of a balance: in or out, why, and the sum so far.

    `unbilled`: it is an unbilled item; number and code are those of the item and its service.
    """

    number: int
    code: str
    label: str
    class_: str
    side: str
    operation_on: date
    due_on: date
    reference: str | None
    amount: Decimal
    open: Decimal
    disputed: Decimal
    matching_status: str
    included: bool
    reasons: tuple[str, ...]
    contribution: Decimal
    running: Decimal
    unbilled: bool = False


@dataclass(frozen=True, slots=True)
class Mover:
    """An account whose balance a draft would change."""

    account_id: int
    account: str
    customer: str
    currency: str
    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Crossing:
    """An operation that comes into a balance by a draft, or goes out of it."""

    account: str
    operation: Operation
    comes_in: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would give on the real data, beside the definition it replaces.

    `moving` counts the accounts whose figures change. `sampled` is how many accounts were looked at where not all were;
    `crossings` is None where operations could not be looked at in time.
    """

    operations: int
    accounts: int
    old: Mapping[str, Figures] = field(default_factory=dict)
    new: Mapping[str, Figures] = field(default_factory=dict)
    movers: tuple[Mover, ...] = ()
    source: FigureSource = FigureSource.OPERATIONS
    moving: int = 0
    sampled: int | None = None
    crossings: tuple[Crossing, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who made a version of a definition, and why; nobody made those that Solde ships with."""

    actor: str | None
    reason: str | None
