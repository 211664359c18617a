"""Values of matching."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.kernel.texts import Text


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
    """A part of a credit that pays a part of a debit; amount in the account's currency, > 0.

    `on` is the day from which it counts; none while it is only planned.
    """

    debit_number: int
    credit_number: int
    amount: Decimal
    on: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """Match these debits with these credits of one account.

    `amounts` may name, for an operation's number, how much of it takes part; otherwise as much as fits,
    oldest due first. `effective_on` None: each line counts from the first day on which its two operations may be matched.
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
    """A match that was made: its group, its lines, and the rounding operation that closed a trace, if any.

    `effective_on` is the day of its latest line.
    """

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

    @property
    def numbers(self) -> set[int]:
        """The operations that it opens."""
        return {n for line in self.lines for n in (line.debit_number, line.credit_number)}

    def roundings(self, known: Collection[tuple[int, int]]) -> list[int]:
        """Which rounding operations it opens beside what they closed; two of them that were matched cancel out as they are."""
        pairs = [(line.debit_number, line.credit_number) for line in self.lines]
        ends = [[n for n in pair if (self.account_id, n) in known] for pair in pairs]
        return [own[0] for own in ends if len(own) == 1]


@dataclass(frozen=True, slots=True)
class RoundingLine:
    """A standing line by which a rounding operation closed a trace of another one."""

    account_id: int
    group_number: int
    line: Allocation

    @property
    def key(self) -> tuple[int, int, int, int]:
        """Account, group, debit and credit."""
        return self.account_id, self.group_number, self.line.debit_number, self.line.credit_number


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
    reason: Text
