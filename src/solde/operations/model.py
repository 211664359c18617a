"""Values of operations: types, what is to be posted, what was posted, what a list shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec


class Side(IntEnum):
    """Where an operation stands; a debit raises what the customer owes."""

    DEBIT = 1
    CREDIT = -1

    @property
    def word(self) -> str:
        """`debit` or `credit`, as the API says it."""
        return "debit" if self is Side.DEBIT else "credit"


class MatchingStatus(StrEnum):
    """How far an operation is matched."""

    OPEN = "O"
    PARTIAL = "P"
    MATCHED = "L"
    LITIGATION = "I"
    REJECTED = "R"
    CLOSED = "C"


class PostingStatus(StrEnum):
    """How far the books know an operation. REJECTED: its accounting day was closed; it counts, and waits to be repaired."""

    POSTED = "POSTED"
    EXPORTED = "EXPORTED"
    REJECTED = "REJECTED"
    EXPORT_FAILED = "EXPORT_FAILED"


CLASSES = {
    "I": "Invoice",
    "P": "Payment",
    "AP": "Automated payment",
    "RF": "Refund",
    "ARF": "Automated refund",
    "R": "Rejected payment",
    "W": "Write-off",
    "OCC": "Other charge or credit",
}
"""The classes of operation types: the `type` of expressions, and its name for a person."""


@dataclass(frozen=True, slots=True)
class OperationType:
    """A type of operation; data, not code."""

    type_id: int
    code: str
    label: str
    class_: str
    side: Side
    account: str | None
    contra_account: str | None
    second_contra_account: str | None
    journal: str | None
    manual_creation: bool
    deposit: bool
    own_actions: bool = False


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation to be posted. Amounts are in the account's currency, above zero, six decimals at most.

    Blanks around a reference are no part of it, so that one invoice number is not there twice; a blank one is none.
    """

    account_id: int
    type_code: str
    amount: Decimal
    operation_on: date
    due_on: date | None = None
    currency: str | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    collected_on: date | None = None
    excluded: bool = False
    billing_account_id: int | None = None
    reference: str | None = None
    description: str | None = None
    order_number: str | None = None
    payment_method: str | None = None
    comment: str | None = None
    source: str = "manual"

    def __post_init__(self) -> None:
        if self.reference is not None:
            object.__setattr__(self, "reference", self.reference.strip() or None)


@dataclass(frozen=True, slots=True)
class PostRequest:
    """Operations that are posted together or not at all, on behalf of one actor.

    `key` is the caller's own for this request, unique per account (`key_account_id`, 0 for
    a request over many accounts); `fingerprint` tells whether a repeated key repeats the request.
    `late`: only what is closed for all is closed for it. `event`: what was done by it, where it is more than a posting
    (`refund`, `write_off` …): the kind its events have.
    """

    operations: tuple[NewOperation, ...]
    actor: str
    reason: str | None = None
    key: str | None = None
    key_account_id: int = 0
    fingerprint: bytes = b""
    late: bool = False
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Barred:
    """An operation dated in closed days: moved to another accounting day, or rejected by accounting (`moved_to` is None)."""

    account_id: int
    number: int
    moved_to: date | None

    @property
    def status(self) -> PostingStatus:
        """What it is for accounting."""
        return PostingStatus.REJECTED if self.moved_to is None else PostingStatus.POSTED


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a post request: the number of each operation, in order; `barred` those dated in closed days.

    `recorded_at`: when they were recorded; None where it was answered before, or of several requests together.
    """

    numbers: tuple[int, ...]
    replayed: bool = False
    barred: tuple[Barred, ...] = ()
    recorded_at: datetime | None = None


class Operation(msgspec.Struct, frozen=True):
    """An operation as a list shows it: the fact, and what is open of it.

    A struct rather than a dataclass: lists make thousands of them.
    """

    account_id: int
    number: int
    code: str
    label: str
    class_: str
    side: Side
    currency: str
    amount: Decimal
    net: Decimal | None
    tax: Decimal | None
    operation_on: date
    due_on: date
    collected_on: date | None
    recorded_at: datetime
    excluded: bool
    billing_account: str | None
    reference: str | None
    description: str | None
    order_number: str | None
    payment_method: str | None
    source: str
    comment: str | None
    action_id: int
    open: Decimal
    disputed: Decimal
    matching_status: str
    posting_status: str
    accounting_on: date | None
    litigation_reason: str | None

    @property
    def matched(self) -> Decimal:
        """The part matched with others."""
        return self.amount - self.open

    @property
    def available(self) -> Decimal:
        """The part that may be matched: open and not disputed."""
        return self.open - self.disputed


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of an operation, as matching, litigation and dunning see it."""

    account_id: int
    number: int
    type_id: int
    class_: str
    side: Side
    excluded: bool
    operation_on: date
    due_on: date
    not_before: date
    latest_on: date
    amount: Decimal
    open: Decimal
    disputed: Decimal
    litigation_reason: str | None = None

    @property
    def available(self) -> Decimal:
        """The part that may be matched: open and not disputed."""
        return self.open - self.disputed

    @property
    def status(self) -> MatchingStatus:
        """A function of the amounts, nothing else."""
        if self.open == 0:
            return MatchingStatus.MATCHED
        if self.disputed == self.open:
            return MatchingStatus.LITIGATION
        return MatchingStatus.OPEN if self.open == self.amount else MatchingStatus.PARTIAL


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """What a list of operations shows; None leaves a condition out."""

    types: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    side: Side | None = None
    from_on: date | None = None
    until_on: date | None = None
    due_from: date | None = None
    due_before: date | None = None
    amount_from: Decimal | None = None
    amount_until: Decimal | None = None
    matching_status: tuple[str, ...] | None = None
    posting_status: tuple[str, ...] | None = None
    billing_account: str | None = None
    reference: str | None = None
    text: str | None = None
    in_litigation: bool | None = None
    excluded: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """How an open item moves: before and after, with what the projections need."""

    before: OpenItem
    open: Decimal
    disputed: Decimal
    not_before: date
    latest_on: date
    stepped: bool = False
    litigation_reason: str | None = None

    @property
    def closed_on(self) -> date | None:
        """The day from which nothing of it is open any more; None while something is."""
        return self.latest_on if self.open == 0 else None

    @property
    def after(self) -> OpenItem:
        """The item as it is then."""
        return replace(
            self.before,
            open=self.open,
            disputed=self.disputed,
            not_before=self.not_before,
            latest_on=self.latest_on,
            litigation_reason=self.litigation_reason,
        )


def coalesce(changes: Sequence[Change]) -> list[Change]:
    """Successive changes of the same items as one change each: from the first state to the last.

    Whether an item was wholly open until it closed is decided by its last step: an item that was
    changed before in the same batch is not flat.
    """
    merged: dict[tuple[int, int], Change] = {}
    for change in changes:
        key = (change.before.account_id, change.before.number)
        first = merged.get(key)
        merged[key] = change if first is None else replace(change, before=first.before, stepped=True)
    return [c for c in merged.values() if c.after != c.before]
