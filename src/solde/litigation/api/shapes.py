"""Litigation as JSON shows it."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain
from solde.kernel.versions import version_of

from ..model import Disputed, LitigationEvent, Reason


class LitigationShape(msgspec.Struct, frozen=True):
    """A litigation event that was recorded."""

    operation: int
    event: int
    verb: str
    disputed: Money
    effective_date: Day
    reason_code: str | None
    reason: str | None
    owner: str | None
    review_date: Day | None
    dry_run: bool | UnsetType = UNSET


class EventShape(msgspec.Struct, frozen=True):
    """A recorded change of what is disputed."""

    event: int
    verb: str
    disputed: Money
    effective_date: Day
    recorded_at: Instant
    reason_code: str | None
    reason: str | None
    owner: str | None
    review_date: Day | None


class LitigationHistory(msgspec.Struct, frozen=True):
    """The litigation events of an invoice, oldest first. `version` is the number of the newest, 0 without one."""

    items: list[EventShape]
    version: int


class ReasonShape(msgspec.Struct, frozen=True):
    """A reason of litigation."""

    code: str
    label: str
    active: bool
    position: int
    version: int


def litigation_shape(made: Disputed, *, dry_run: bool = False) -> LitigationShape:
    """What was recorded, as JSON shows it."""
    terms = made.terms
    return LitigationShape(
        made.number, made.event_number, made.verb.value, plain(made.disputed), made.effective_on.isoformat(),
        terms.reason_code, terms.reason, terms.owner, _day(terms.review_on), dry_run or UNSET,
    )  # fmt: skip


def event_shape(event: LitigationEvent) -> EventShape:
    """A litigation event as JSON shows it."""
    return EventShape(
        event.event_number, event.verb, plain(event.disputed), event.effective_on.isoformat(),
        format_instant(event.recorded_at), event.reason_code, event.reason, event.owner, _day(event.review_on),
    )  # fmt: skip


def reason_shape(reason: Reason) -> ReasonShape:
    """A reason as JSON shows it."""
    return ReasonShape(reason.code, reason.label, reason.is_active, reason.position, version_of(reason))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
