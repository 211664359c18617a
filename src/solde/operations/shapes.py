"""How an operation looks as JSON; commands print the same."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import Barred, NewOperation, Operation, OperationType, PostingStatus
from .rules import accounting_day

SideWord = Annotated[
    str,
    Meta(
        description="`debit` raises what the customer owes, `credit` lowers it.",
        extra_json_schema={"enum": ["debit", "credit"]},
    ),
]
MatchingWord = Annotated[
    str,
    Meta(
        description="O open, P partial, L matched, I in litigation, R settled by its own rejection, C closed.",
        extra_json_schema={"enum": ["O", "P", "L", "I", "R", "C"]},
    ),
]

PostingWord = Annotated[
    str,
    Meta(
        description="POSTED, EXPORTED to accounting, REJECTED (its accounting day was closed), EXPORT_FAILED.",
        extra_json_schema={"enum": ["POSTED", "EXPORTED", "REJECTED", "EXPORT_FAILED"]},
    ),
]


class OperationShape(msgspec.Struct, frozen=True, kw_only=True):
    """An operation: what was posted, and what is open of it."""

    number: int
    account: str
    type: str
    label: str
    # Named as in expressions: the class letter.
    class_: str = msgspec.field(name="class")
    side: SideWord
    amount: Money
    net: Money | None
    tax: Money | None
    currency: str
    date: Day
    due_date: Day
    collection_date: Day | None
    recorded_at: Instant | UnsetType = UNSET
    reference: str | None
    description: str | None
    billing_account: str | None
    order_number: str | None
    payment_method: str | None
    source: str
    comment: str | None
    excluded_from_default_balance: bool
    matched: Money
    open: Money
    disputed: Money
    available: Money
    matching_status: MatchingWord
    posting_status: PostingWord
    accounting_date: Day | None
    litigation_reason: str | None


class PostedShape(OperationShape, frozen=True, kw_only=True):
    """An operation as it was at the moment of its posting."""

    dry_run: bool | UnsetType = UNSET


class TypeShape(msgspec.Struct, frozen=True, kw_only=True):
    """An operation type."""

    code: str
    label: str
    class_: str = msgspec.field(name="class")
    side: SideWord
    account: str | None
    contra_account: str | None
    second_contra_account: str | None
    journal: str | None
    manual_creation: bool
    deposit: bool


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _plain(amount: object) -> str | None:
    return None if amount is None else plain(amount)  # type: ignore[arg-type]


def operation_shape(operation: Operation, account: str) -> OperationShape:
    """An operation of the account of this code, as JSON shows it."""
    still_open = operation.open
    return OperationShape(
        number=operation.number,
        account=account,
        type=operation.code,
        label=operation.label,
        class_=operation.class_,
        side=operation.side.word,
        amount=plain(operation.amount),
        net=_plain(operation.net),
        tax=_plain(operation.tax),
        currency=operation.currency,
        date=operation.operation_on.isoformat(),
        due_date=operation.due_on.isoformat(),
        collection_date=None if operation.collected_on is None else operation.collected_on.isoformat(),
        recorded_at=format_instant(operation.recorded_at),
        reference=operation.reference,
        description=operation.description,
        billing_account=operation.billing_account,
        order_number=operation.order_number,
        payment_method=operation.payment_method,
        source=operation.source,
        comment=operation.comment,
        excluded_from_default_balance=operation.excluded,
        matched=plain(operation.amount - still_open),
        open=plain(still_open),
        disputed=plain(operation.disputed),
        available=plain(still_open - operation.disputed),
        matching_status=operation.matching_status,
        posting_status=operation.posting_status,
        accounting_date=_day(operation.accounting_on),
        litigation_reason=operation.litigation_reason,
    )


def posted_shape(
    new: NewOperation,
    number: int,
    kind: OperationType,
    account: str,
    currency: str,
    billing_account: str | None,
    barred: Barred | None = None,
    recorded_at: datetime | None = None,
    *,
    dry_run: bool,
) -> PostedShape:
    """An operation as it was at the moment of its posting: wholly open. A dry run is recorded at no time."""
    amount = plain(new.amount)
    return PostedShape(
        recorded_at=UNSET if dry_run or recorded_at is None else format_instant(recorded_at),
        number=number,
        account=account,
        type=kind.code,
        label=kind.label,
        class_=kind.class_,
        side=kind.side.word,
        amount=amount,
        net=_plain(new.net),
        tax=_plain(new.tax),
        currency=currency,
        date=new.operation_on.isoformat(),
        due_date=(new.due_on or new.operation_on).isoformat(),
        collection_date=None if new.collected_on is None else new.collected_on.isoformat(),
        reference=new.reference,
        description=new.description,
        billing_account=billing_account,
        order_number=new.order_number,
        payment_method=new.payment_method,
        source=new.source,
        comment=new.comment,
        excluded_from_default_balance=new.excluded,
        matched="0",
        open=amount,
        disputed="0",
        available=amount,
        matching_status="O",
        posting_status=PostingStatus.POSTED if barred is None else barred.status,
        accounting_date=_day(accounting_day(new, kind) if barred is None else barred.moved_to),
        litigation_reason=None,
        dry_run=dry_run or UNSET,
    )


def type_shape(kind: OperationType) -> TypeShape:
    """An operation type as JSON shows it."""
    return TypeShape(
        code=kind.code,
        label=kind.label,
        class_=kind.class_,
        side=kind.side.word,
        account=kind.account,
        contra_account=kind.contra_account,
        second_contra_account=kind.second_contra_account,
        journal=kind.journal,
        manual_creation=kind.manual_creation,
        deposit=kind.deposit,
    )
