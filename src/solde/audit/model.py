"""Values of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


SealedFacts = Mapping[str, Sequence[int | str]]
"""Of each kind of fact that a stretch of actions wrote: how many there are, and their digest."""


@dataclass(frozen=True, slots=True)
class ActionRange:
    """Actions that are sealed together: those after one number up to another; `block_number` is their block's."""

    block_number: int
    after_id: int
    through_id: int


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A block whose records or link are not what was sealed."""

    block_number: int
    fault: str
