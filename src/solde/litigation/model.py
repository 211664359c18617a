"""Values of litigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum

from solde.kernel.money import ZERO
from solde.operations.model import Change


class Kept(Enum):
    """Stands for what a litigation said before, where a request changes something else; of a new one for nothing."""

    KEPT = "kept"


KEPT = Kept.KEPT
Text = str | None | Kept


class DisputeVerb(StrEnum):
    """What happens to a litigation."""

    ENTER = "ENTER"
    UPDATE = "UPDATE"
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True)
class DisputeRequest:
    """Enter, update or remove the litigation of one operation.

    `amount` None: on entering, all that is open; on updating, what is disputed already.
    `effective_on` None: today. What is KEPT stays as it was; None takes it away.
    """

    account_id: int
    number: int
    verb: DisputeVerb
    actor: str
    amount: Decimal | None = None
    effective_on: date | None = None
    reason: Text = KEPT
    owner: Text = KEPT
    review_on: date | Kept | None = KEPT
    reason_code: Text = KEPT


@dataclass(frozen=True, slots=True)
class DisputeTerms:
    """What is said of a litigation: why, by a code and in words, whose it is, when it is looked at again."""

    reason_code: str | None = None
    reason: str | None = None
    owner: str | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason to choose."""

    code: str
    label: str
    is_active: bool = True
    position: int = 1


@dataclass(frozen=True, slots=True)
class Past:
    """What was before of an operation's litigation: the day of its last event, and the terms of the one it is in."""

    last_on: date | None = None
    since_on: date | None = None
    terms: DisputeTerms = DisputeTerms()


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of an item, and of what is said of its litigation, from which day."""

    change: Change
    terms: DisputeTerms
    effective_on: date
    since_on: date

    @property
    def past(self) -> Past:
        """What was before, for a decision that follows."""
        return Past(self.effective_on, self.since_on, self.terms)


@dataclass(frozen=True, slots=True)
class Disputed:
    """A litigation event that was recorded."""

    account_id: int
    number: int
    event_number: int
    verb: DisputeVerb
    disputed: Decimal
    effective_on: date
    terms: DisputeTerms = DisputeTerms()
    before: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LitigationEvent:
    """A recorded change of what is disputed of an operation."""

    account_id: int
    event_number: int
    number: int
    verb: str
    disputed: Decimal
    effective_on: date
    recorded_at: datetime
    reason: str | None
    owner: str | None
    review_on: date | None
    reason_code: str | None = None
