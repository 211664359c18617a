"""Values of matching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class MatchKind(StrEnum):
    """Who decided the match."""

    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"
    IMPORT = "IMPORT"


class Keeper(StrEnum):
    """Whose own actions alone reverse a match."""

    DEPOSIT = "deposit"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a credit that pays a part of a debit; amount in the account's currency, > 0."""

    debit_number: int
    credit_number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """Match these debits with these credits of one account.

    `amounts` may name, for an operation's number, how much of it takes part; otherwise as much as fits,
    oldest due first. `effective_on` None: today, or the first day on which every operation may be matched.
    """

    account_id: int
    debits: tuple[int, ...]
    credits: tuple[int, ...]
    actor: str
    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    effective_on: date | None = None
    kind: MatchKind = MatchKind.MANUAL
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A match that was made: its group, its lines, and the rounding operation that closed a trace, if any."""

    account_id: int
    group_number: int
    effective_on: date
    lines: tuple[Allocation, ...]
    rounding_number: int | None = None

    @property
    def amount(self) -> Decimal:
        """What was matched in all."""
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class UnmatchRequest:
    """Reverse a match group of one account: whole, or the chosen (debit, credit) lines."""

    account_id: int
    group_number: int
    actor: str
    lines: tuple[tuple[int, int], ...] | None = None
    effective_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A reversal that was made."""

    account_id: int
    unmatch_number: int
    group_number: int
    effective_on: date
    lines: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A line of a match group, and when it was reversed, if it was."""

    account_id: int
    group_number: int
    debit_number: int
    credit_number: int
    amount: Decimal
    effective_on: date
    recorded_at: datetime
    kind: str
    reversed_on: date | None
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """A match group with its lines."""

    account_id: int
    group_number: int
    code: str
    kind: str
    effective_on: date
    recorded_at: datetime
    reason: str | None
    lines: tuple[MatchLine, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Operations that probably belong together, and why."""

    debits: tuple[int, ...]
    credits: tuple[int, ...]
    amount: Decimal
    why: str
    reason: str
