"""How the rejected queue looks as JSON, and what its routes take; commands print the same."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from ..shapes import PostingWord, SideWord
from .model import DatedThere, RejectedOperation, Repaired


class RejectedShape(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that accounting rejected; `own_accounting_date` is the day it would belong to."""

    account: str
    number: int
    customer: str
    type: str
    label: str
    class_: str = msgspec.field(name="class")
    side: SideWord
    amount: Money
    currency: str
    date: Day
    own_accounting_date: Day
    reference: str | None
    description: str | None
    posting_status: PostingWord
    reason: str
    detail: str | None
    recorded_at: Instant


class RepairedShape(msgspec.Struct, frozen=True):
    """An operation that counts in accounting again."""

    account: str
    number: int
    posting_status: PostingWord
    accounting_date: Day


class RepairedList(msgspec.Struct, frozen=True):
    """Operations that count in accounting again."""

    items: list[RepairedShape]
    dry_run: bool | UnsetType = UNSET


class ReDateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new accounting day, and why."""

    date: datetime.date
    reason: str


class RepairBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is repaired."""

    reason: str | None = None


class PlacedNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation, by account and number."""

    account: str
    number: int


class RepairsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations to repair together, all or none."""

    operations: Annotated[list[PlacedNumber], Meta(min_length=1, max_length=1000)]
    way: Annotated[
        Literal["redate", "post", "force"],
        Meta(
            description="`redate`: to `date`. `post`: to its own day, if that is open again. `force`: to the next period that is open for everybody."
        ),
    ]
    date: datetime.date | None = None
    reason: str | None = None


class DatedShape(msgspec.Struct, frozen=True):
    """How many operations are dated in a period; null where there are too many to count at once."""

    posted: int | None
    exported: int | None
    rejected: int | None
    export_failed: int | None


def rejected_shape(one: RejectedOperation) -> RejectedShape:
    """An operation of the queue as JSON shows it."""
    return RejectedShape(
        account=one.account,
        number=one.number,
        customer=one.customer,
        type=one.code,
        label=one.label,
        class_=one.class_,
        side=one.side.word,
        amount=plain(one.amount),
        currency=one.currency,
        date=one.operation_on.isoformat(),
        own_accounting_date=one.own_day.isoformat(),
        reference=one.reference,
        description=one.description,
        posting_status=one.status.value,
        reason=one.reason,
        detail=one.detail,
        recorded_at=format_instant(one.recorded_at),
    )


def repaired_shape(one: Repaired) -> RepairedShape:
    """A repaired operation as JSON shows it."""
    return RepairedShape(one.standing.account, one.standing.number, "POSTED", one.accounting_on.isoformat())


def dated_shape(found: DatedThere | None) -> DatedShape:
    """Counts as JSON shows them."""
    if found is None:
        return DatedShape(None, None, None, None)
    return DatedShape(found.posted, found.exported, found.rejected, found.failed)
