"""Values of the rejected queue: what waits, how it is repaired, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ..model import PostingStatus, Side

Key = tuple[int, int]
"""An account's id and the number of its operation."""


class Way(StrEnum):
    """How an operation that accounting rejected is repaired."""

    RE_DATE = "redate"
    POST = "post"
    FORCE = "force"

    @property
    def mark(self) -> str:
        """The reason that stands beside a repaired operation."""
        return {Way.RE_DATE: "RE_DATED", Way.POST: "REPOSTED", Way.FORCE: "FORCED"}[self]


@dataclass(frozen=True, slots=True)
class Repair:
    """A wish to repair operations; `on` is the new accounting day where they are re-dated.

    `late`: only what is closed for all is closed for it; what is forced leaves what is closed for regular users all the same.
    """

    keys: tuple[Key, ...]
    way: Way
    actor: str
    reason: str | None = None
    on: date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class PostingStanding:
    """How accounting stands with an operation; `own_day` is the accounting day of the operation itself."""

    account_id: int
    account: str
    number: int
    own_day: date
    status: PostingStatus
    accounting_on: date | None
    reason: str | None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"operation {self.number} of {self.account}"


@dataclass(frozen=True, slots=True)
class Repaired:
    """An operation that counts in accounting again, and its day there."""

    standing: PostingStanding
    accounting_on: date


@dataclass(frozen=True, slots=True)
class RejectedOperation:
    """An operation of the queue."""

    account_id: int
    account: str
    customer: str
    number: int
    code: str
    label: str
    class_: str
    side: Side
    currency: str
    amount: Decimal
    operation_on: date
    own_day: date
    reference: str | None
    description: str | None
    status: PostingStatus
    reason: str
    detail: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DatedThere:
    """How many operations are dated in some days, by how far accounting is with them."""

    posted: int
    exported: int
    rejected: int
    failed: int
