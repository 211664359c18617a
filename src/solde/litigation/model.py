"""Values of litigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class DisputeVerb(StrEnum):
    """What happens to a litigation."""

    ENTER = "ENTER"
    UPDATE = "UPDATE"
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True)
class DisputeRequest:
    """Enter, update or remove the litigation of one operation.

    `amount` None: on entering, all that is open; on updating, what is disputed already.
    `effective_on` None: today.
    """

    account_id: int
    number: int
    verb: DisputeVerb
    actor: str
    amount: Decimal | None = None
    effective_on: date | None = None
    reason: str | None = None
    owner: str | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Disputed:
    """A litigation event that was recorded."""

    account_id: int
    number: int
    event_number: int
    verb: DisputeVerb
    disputed: Decimal
    effective_on: date


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
