"""Values of the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, when and why, with the state before and after.

    `account_id` is 0 for an action that concerns no single account. `before` and `after`
    are JSON values; amounts stand in them as text.
    """

    account_id: int
    action_id: int
    actor: str
    verb: str
    reason: str | None = None
    before: object | None = None
    after: object | None = None


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """An audit record as it is read again; `before` and `after` are JSON values."""

    account_id: int
    action_id: int
    recorded_at: datetime
    actor: str
    verb: str
    reason: str | None
    before: object | None
    after: object | None


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A block whose records or link are not what was sealed."""

    block_number: int
    fault: str
