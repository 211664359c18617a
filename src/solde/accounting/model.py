"""Values of accounting: schemes, entries, what a run did, what a file of entries holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from solde.kernel.money import ZERO
from solde.operations.model import Side


class AccountSource(StrEnum):
    """Where a line of a scheme finds its general account."""

    TYPE = "TYPE"
    CONTRA = "CONTRA"
    SECOND_CONTRA = "SECOND_CONTRA"
    FIXED = "FIXED"
    TAX = "TAX"


class Taken(StrEnum):
    """How much of an operation a line of a scheme takes. REST: what the other lines leave."""

    WHOLE = "WHOLE"
    NET = "NET"
    TAX = "TAX"
    REST = "REST"


class SchemeLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a scheme. `same_side`: on the side of the operation; `customer`: the line of the customer's own."""

    same_side: bool
    account: AccountSource
    amount: Taken
    fixed_account: str | None = None
    customer: bool = False
    analytic: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A version of a scheme: which entries an operation gives. Version 0 is not kept yet."""

    code: str
    label: str
    lines: tuple[SchemeLine, ...]
    version: int = 0
    recorded_at: datetime | None = None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """An entry an operation would give, or gave."""

    side: Side
    general_account: str
    amount: Decimal
    label: str
    auxiliary: str | None = None
    tax_code: str | None = None


@dataclass(frozen=True, slots=True)
class GeneralAccount:
    """What a general account is called. `receivable`: a customer's own general account takes its place."""

    code: str
    label: str
    receivable: bool
    version: int


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal is called."""

    code: str
    label: str
    version: int


@dataclass(frozen=True, slots=True)
class RunPosition:
    """How far a run has read: up to which number of an account. 0: nothing of it."""

    account_id: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class SliceRange:
    """The operations of an account that a slice takes, and the last number there was."""

    account_id: int
    from_number: int
    through_number: int
    last_number: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An operation that could not be taken to accounting."""

    account_id: int
    number: int
    accounting_on: date
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What was taken to accounting."""

    accounts: int = 0
    operations: int = 0
    entries: int = 0
    failed: int = 0

    def __add__(self, other: RunSummary) -> RunSummary:
        return RunSummary(
            self.accounts + other.accounts,
            self.operations + other.operations,
            self.entries + other.entries,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are shown; None leaves a condition out."""

    from_on: date | None = None
    until_on: date | None = None
    journal: str | None = None
    general_account: str | None = None
    account_id: int | None = None
    seller_id: int | None = None
    currency: str | None = None
    text: str | None = None
    amount_from: Decimal | None = None
    amount_until: Decimal | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry of the journal. `letters`: the matches its operation stands in, on the customer's line."""

    account_id: int
    number: int
    line: int
    accounting_on: date
    journal: str
    sequence: int
    general_account: str
    general_label: str
    auxiliary: str | None
    customer: str | None
    label: str
    reference: str | None
    side: Side
    amount: Decimal
    currency: str
    letters: str
    tax_code: str | None
    analytics: tuple[str | None, str | None, str | None]
    seller_id: int
    scheme: str
    scheme_version: int
    recorded_at: datetime

    @property
    def debit(self) -> Decimal:
        """The amount, where it is a debit."""
        return self.amount if self.side is Side.DEBIT else ZERO

    @property
    def credit(self) -> Decimal:
        """The amount, where it is a credit."""
        return self.amount if self.side is Side.CREDIT else ZERO

    @property
    def piece(self) -> str:
        """The number of the entry's piece in its journal: SAL-2026-17."""
        return f"{self.journal}-{self.accounting_on.year}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class Balanced:
    """A general account in a currency: its balance before, what moved, its balance after. Debit is above zero."""

    general_account: str
    label: str
    currency: str
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        """The balance after."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Control:
    """Customers in the books against the operations: of a type, in a currency. Debit is above zero."""

    code: str
    label: str
    currency: str
    operations: Decimal
    entries: Decimal

    @property
    def is_even(self) -> bool:
        """Do they agree?"""
        return self.operations == self.entries
