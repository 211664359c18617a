"""Values of payments: what is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.kernel.texts import Text
from solde.matching.model import Allocation, Matched, Unmatched
from solde.operations.model import NewOperation, OpenItem, PostingStatus, Side


class Allocate(StrEnum):
    """What a payment pays where no invoices are named."""

    OLDEST = "oldest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to register: the operation, and what it pays: named debits, the oldest due first, or nothing yet.

    `amounts` may name how much of a named debit it pays; otherwise as much as fits, oldest due first.
    """

    payment: NewOperation
    actor: str
    allocate_to: Allocate | tuple[int, ...] = Allocate.OLDEST
    reason: str | None = None
    key: str | None = None
    fingerprint: bytes = b""
    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    late: bool = False


@dataclass(frozen=True, slots=True)
class OperationEffect:
    """What became of an operation that an action touched; `before` is none where the action posted it."""

    account_id: int
    number: int
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered payment: its number, the match it made, if any, and what became of the operations in it."""

    number: int
    matched: Matched | None = None
    replayed: bool = False
    touched: tuple[OperationEffect, ...] = ()
    posting_status: PostingStatus = PostingStatus.POSTED

    @property
    def paid(self) -> Decimal:
        """What of the payment is allocated."""
        lines = () if self.matched is None else self.matched.lines
        return sum((a.amount for a in lines if a.credit_number == self.number), Decimal(0))


@dataclass(frozen=True, slots=True)
class Settlement:
    """A decision to post an operation that settles a part of another one of its account.

    `also` is what is posted on another account with it: the other end of a transfer.
    """

    item: OpenItem
    amount: Decimal
    new: NewOperation
    effective_on: date
    actor: str
    reason: str | None
    also: NewOperation | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class PostedOperation:
    """An operation that an action posted."""

    account_id: int
    number: int
    type_code: str
    side: Side
    amount: Decimal
    operation_on: date
    posting_status: PostingStatus = PostingStatus.POSTED


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action did: what it posted, unmatched and matched, and what became of each operation it touched."""

    posted: tuple[PostedOperation, ...]
    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    touched: tuple[OperationEffect, ...]

    @property
    def lines(self) -> tuple[Allocation, ...]:
        """The lines of all matches made."""
        return tuple(line for match in self.matched for line in match.lines)


@dataclass(frozen=True, slots=True)
class Route:
    """How a type of payment is refunded and rejected, or a type of refund rejected; none: it cannot be."""

    type_code: str
    refund_type: str | None
    rejection_type: str | None


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes by operation type, and the payment type of each payment method."""

    by_type: Mapping[str, Route]
    payment_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """Whose an account is: its code and seller."""

    account_id: int
    code: str
    seller_id: int


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line of a match that stands, seen from one of its operations: what is at the other end.

    `moves_away`: the other end was made by a transfer, to settle what went to another account. `other_amount`: all of it.
    `credits`: the other end was made to credit an invoice, which need not be the one that it is matched with.
    """

    account_id: int
    number: int
    group_number: int
    debit_number: int
    credit_number: int
    amount: Decimal
    effective_on: date
    other_number: int
    other_type_id: int
    moves_away: bool
    other_amount: Decimal | None = None
    credits: bool = False


class ReceiptState(StrEnum):
    """How far an unidentified receipt is."""

    WAITING = "WAITING"
    ASSIGNED = "ASSIGNED"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """Money that came in and names no account.

    `entry_key` is the sender's own name for it (a line of a bank statement, a row of a file): sent twice it is
    recorded once.
    """

    seller_id: int
    currency: str
    amount: Decimal
    on: date
    actor: str
    method: str = "WIRETRANSFER"
    reference: str | None = None
    payer_text: str | None = None
    entry_key: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """An unidentified receipt as it stands."""

    receipt_id: int
    seller_id: int
    seller: str
    currency: str
    amount: Decimal
    assigned: Decimal
    received_on: date
    type_code: str
    payment_method: str | None
    reference: str | None
    payer_text: str | None
    entry_key: str | None
    state: ReceiptState
    returned_on: date | None
    return_reason: str | None
    recorded_at: datetime

    @property
    def rest(self) -> Decimal:
        """What is not assigned yet."""
        return self.amount - self.assigned


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """The answer to a receipt: its id; `known` where it was recorded before under its key."""

    receipt_id: int
    known: bool = False


@dataclass(frozen=True, slots=True)
class AssignRequest:
    """Register a part of a receipt as a payment of an account; `amount` none: all that is left."""

    receipt_id: int
    account_id: int
    actor: str
    amount: Decimal | None = None
    allocate_to: Allocate | tuple[int, ...] = Allocate.OLDEST
    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    reason: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Assigned:
    """A part of a receipt that became a payment."""

    receipt_id: int
    account_id: int
    amount: Decimal
    rest: Decimal
    payment: Registered


@dataclass(frozen=True, slots=True)
class Assignment:
    """A part of a receipt, and where it went."""

    receipt_id: int
    account: str
    number: int
    amount: Decimal
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Send back what is left of a receipt."""

    receipt_id: int
    actor: str
    reason: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountSuggestion:
    """An account that a receipt probably belongs to, and why."""

    account: str
    name: str
    open_debit: Decimal
    numbers: tuple[int, ...]
    why: str
    reason: Text


@dataclass(frozen=True, slots=True)
class SmallBalance:
    """An account of which little is open, both sides together, and all of it due."""

    account_id: int
    account: str | None
    currency: str
    debit: Decimal
    credit: Decimal
    items: int

    @property
    def balance(self) -> Decimal:
        """What is open: owed above zero, overpaid below."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class SmallLimits:
    """What counts as small: at most so much per currency, all of it due before a day; of one seller or of all."""

    most: Mapping[str, Decimal]
    due_before: date
    seller_id: int | None = None


@dataclass(frozen=True, slots=True)
class SmallRun:
    """What a run over small balances gave up, by currency: debits, and credits; and in how many accounts."""

    accounts: int
    operations: int
    debit: Mapping[str, Decimal]
    credit: Mapping[str, Decimal]
