"""Values of approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from solde.kernel.texts import Text

ANY_CURRENCY = "*"
"""In a limit: every currency that has no limit of its own."""

WAITS = timedelta(days=14)
"""How long a proposal can be approved."""


class ApprovalState(StrEnum):
    """How far a proposal is."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants done.

    `amount` is its size in the account's currency, above zero. `content` is JSON-able and all the executor needs.
    `account_id` is 0 for what concerns no single account. Amount, currency and account are those of the content:
    who proposes answers for that.
    """

    kind: str
    account_id: int
    amount: Decimal
    currency: str
    content: Mapping[str, object]
    actor: str
    role: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Executed:
    """It was done; `approval_id` tells which approval allowed it, where one was needed."""

    answer: object
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing was done yet: a second person decides, and why."""

    approval_id: int
    why: Text


@dataclass(frozen=True, slots=True)
class WaitingOn:
    """What waits for a decision on an account."""

    approval_id: int
    kind: str
    amount: Decimal
    currency: str
    content: Mapping[str, object]
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A second person decided that it is not done."""

    approval_id: int


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """Who does it, who allowed it, and when; `extra` is what the application gives its executors.

    `posts_late`: the role of who does it may post into periods that are closed for regular users.
    """

    actor: str
    approver: str | None
    now: datetime
    today: date
    extra: Mapping[str, object] = field(default_factory=dict)
    posts_late: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The most a role may do alone of a kind of action: in one go, and by one actor in a day; None is no limit."""

    role: str
    kind: str
    currency: str
    single_most: Decimal | None
    day_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal that waits for a second person, or did; account and seller are codes, None where it has none."""

    approval_id: int
    account_id: int
    account: str | None
    seller: str | None
    time_zone: str
    kind: str
    amount: Decimal
    currency: str
    content: Mapping[str, object]
    digest: bytes
    proposed_by: str
    proposer_role: str
    reason: str | None
    why: Text
    created_at: datetime
    expires_at: datetime
    state: ApprovalState
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
