"""What is asked of the actions that settle operations: refund, reject, write off, credit, transfer, and their reversal.

The docstring of a request says on every face what the action does.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from msgspec import Struct

from solde.actions.fields import (
    AMOUNT,
    REASON,
    REFERENCE,
    AccountId,
    Actor,
    AllOrPart,
    AmountsByNumber,
    Comment,
    Day,
    Field,
    Late,
    OperationNumber,
    Options,
    Placed,
    Reason,
    Reference,
    Widget,
)
from solde.actions.subjects import Choice, Subject
from solde.customers import list_payment_methods
from solde.db import Connection

from .rules import NO_METHOD


async def find_methods(conn: Connection, _: Subject) -> Sequence[Choice]:
    """The payment methods as a choice."""
    return [(method.code, method.label) for method in await list_payment_methods(conn)]


CREDIT = Field(label="Credit", name="credit", help="Number of a payment or a credit note.", placed=Placed.SUBJECT)
GOES_BACK_BY = Field(
    label="Goes back by",
    help="Payment method by which it goes back; the way it came unless given.",
    blank="The way it came",
    widget=Widget.CHOICE,
    options=Options(find_methods, NO_METHOD),
)
REFUND_TYPE = Field(label="Type", name="type", help="Code of a refund type, in place of the method's.", advanced=True)
NET = Field(
    label="Net",
    help="What of it is net; the invoice's proportion unless net or tax is given.",
    hint="In the invoice's proportion unless net or tax is given",
    widget=Widget.MONEY,
    zero=True,
)
TAX = Field(label="Tax", help="What of it is tax.", widget=Widget.MONEY, zero=True)
OTHER_ACCOUNT = Field(
    label="To account",
    name="to",
    help="Code of the other account.",
    hint="Of the same currency and seller",
    widget=Widget.ACCOUNT,
)


class RefundRequest(Struct, frozen=True):
    """Refund a credit, up to what is unallocated of it.

    Posts a refund and matches it with the credit.
    """

    account_id: AccountId
    credit_number: Annotated[int, CREDIT]
    actor: Actor
    amount: AllOrPart = None
    method: Annotated[str | None, GOES_BACK_BY] = None
    type_code: Annotated[str | None, REFUND_TYPE] = None
    on: Day = None
    reference: Reference = None
    comment: Comment = None
    reason: Annotated[str | None, REASON.but(help="Why.", hint="")] = None
    late: Late = False


class WriteOffRequest(Struct, frozen=True):
    """Write a debit off, whole or part.

    Posts a write-off and matches it with the debit.
    """

    account_id: AccountId
    number: OperationNumber
    actor: Actor
    reason: Reason
    amount: AllOrPart = None
    on: Day = None
    comment: Comment = None
    late: Late = False


class WriteOffsRequest(Struct, frozen=True):
    """Write several debits of an account off together, each wholly."""

    account_id: AccountId
    amounts: AmountsByNumber
    actor: Actor
    reason: Reason
    on: Day = None
    comment: Comment = None
    late: Late = False

    def each(self) -> Sequence[WriteOffRequest]:
        """A write-off of each debit."""
        return [
            WriteOffRequest(self.account_id, number, self.actor, self.reason, amount, self.on, self.comment, self.late)
            for number, amount in self.amounts.items()
        ]


class CreditNoteRequest(Struct, frozen=True):
    """Credit an invoice, whole or part.

    The credit note settles what of the invoice is open; the rest stays unallocated and may be refunded. It takes tax
    back in the invoice's proportion, the last one what is left, unless `net` or `tax` is given. What is in litigation
    is not credited.
    """

    account_id: AccountId
    number: OperationNumber
    actor: Actor
    reason: Reason
    amount: Annotated[AllOrPart, AMOUNT.but(help="All that may still be credited unless given.")] = None
    net: Annotated[Decimal | None, NET] = None
    tax: Annotated[Decimal | None, TAX] = None
    on: Day = None
    reference: Annotated[
        str | None, REFERENCE.but(help="Number of the credit note as a document.", example="number of the credit note")
    ] = None
    comment: Comment = None
    late: Late = False


class TransferRequest(Struct, frozen=True):
    """Bring what is available of an operation, or a part, to another account of the same currency and seller.

    It is settled here and stands open there.
    """

    account_id: AccountId
    number: OperationNumber
    to_account_id: Annotated[int, OTHER_ACCOUNT]
    actor: Actor
    reason: Annotated[str, REASON.but(hint="Kept in the audit trail of both accounts")]
    amount: AllOrPart = None
    on: Day = None
    comment: Comment = None
    late: Late = False


class ReversalRequest(Struct, frozen=True):
    """Reverse what was booked before: what it settled is open again, and its opposite settles it."""

    account_id: AccountId
    number: OperationNumber
    actor: Actor
    reason: Reason
    on: Day = None
    reference: Annotated[str | None, REFERENCE.but(advanced=True)] = None
    late: Late = False


class WriteOffReversalRequest(ReversalRequest, frozen=True):
    """Reverse a write-off; `number` is the write-off itself. What it settled is open again."""


class CreditNoteReversalRequest(ReversalRequest, frozen=True):
    """Reverse a credit note; `number` is the credit note itself. What it settled is open again."""


class RejectionRequest(ReversalRequest, frozen=True):
    """Book that the bank returned a payment, or a refund.

    Reverses what it paid, posts a rejection and matches it with the payment. Whole or not at all, and once.
    """

    reference: Annotated[str | None, REFERENCE.but(help="The bank's reference.", example="of the bank")] = None
