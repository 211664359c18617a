"""What events say in `after`, by kind: the one description that the OpenAPI document, the reference page and the tests read.

A field that is absent was not given, or is the same as what it depends on (a due date that is the date itself).
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

AmountText = Annotated[str, Meta(description="Exact decimal amount.")]
DayText = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Number = Annotated[int, Meta(description="Number of an operation in its account.")]


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an event says in `after`."""


class PostedOperation(Payload, frozen=True, kw_only=True):
    """An operation as the API shows it, when it was posted; `data.account` is its account."""

    number: Number
    type: Annotated[str, Meta(description="Code of the operation type.")]
    class_: Annotated[str, Meta(description="Class letter of the type.")] = msgspec.field(name="class")
    side: Annotated[str, Meta(extra_json_schema={"enum": ["debit", "credit"]})]
    amount: AmountText
    currency: Annotated[str, Meta(description="ISO code of the currency.")]
    date: Annotated[DayText, Meta(description="Operation date.")]
    due_date: Annotated[DayText | UnsetType, Meta(description="Absent: the operation date.")] = UNSET
    reference: Annotated[str | UnsetType, Meta(description="Such as the number of the invoice.")] = UNSET
    net: Annotated[AmountText | UnsetType, Meta(description="Without tax.")] = UNSET
    tax: Annotated[AmountText | UnsetType, Meta(description="The tax.")] = UNSET
    payment_method: Annotated[str | UnsetType, Meta(description="Code of the payment method.")] = UNSET


class Posting(Payload, frozen=True, kw_only=True):
    """What an action posted on the account: each operation, or, of more than twenty, how many and what they come to."""

    kind: Annotated[str | UnsetType, Meta(description="What was done, where it is more than a posting.")] = UNSET
    operations: list[PostedOperation] | UnsetType = UNSET
    count: Annotated[int | UnsetType, Meta(description="How many operations, of more than twenty.")] = UNSET
    first: Annotated[int | UnsetType, Meta(description="Number of the first of many; they follow each other.")] = UNSET
    last: Annotated[int | UnsetType, Meta(description="Number of the last of many.")] = UNSET
    currency: Annotated[str | UnsetType, Meta(description="Currency of the sums.")] = UNSET
    debit: Annotated[AmountText | UnsetType, Meta(description="Sum of the debits of many.")] = UNSET
    credit: Annotated[AmountText | UnsetType, Meta(description="Sum of the credits of many.")] = UNSET


class ImportedChange(Posting, frozen=True, kw_only=True):
    """What an import changed of invoices it had brought before: payments posted, disputes entered or ended."""

    invoices: Annotated[int, Meta(description="Invoices that were paid or disputed.")]
    disputes: Annotated[int, Meta(description="Of these, disputes entered or ended.")]


class MatchedPart(Payload, frozen=True, kw_only=True):
    """A part of a credit that pays a part of a debit."""

    debit: Number
    credit: Number
    amount: AmountText
    effective: Annotated[DayText | UnsetType | None, Meta(description="The day from which it counts.")] = UNSET


class MatchPayload(Payload, frozen=True, kw_only=True):
    """A match, or what of it was reversed; of more than fifty parts the first fifty."""

    match: Annotated[str, Meta(description="Code of the match.")]
    effective: DayText
    lines: list[MatchedPart]
    amount: Annotated[AmountText, Meta(description="What was matched, or reversed, in all.")]


class LitigationPayload(Payload, frozen=True, kw_only=True):
    """What of an operation is disputed."""

    operation: Number
    disputed: AmountText | UnsetType = UNSET
    effective: DayText | UnsetType = UNSET
    reason_code: str | UnsetType | None = UNSET
    owner: str | UnsetType | None = UNSET
    review_on: DayText | UnsetType | None = UNSET


class DepositPayload(Payload, frozen=True, kw_only=True):
    """A step of a security deposit, and how it stands then."""

    deposit: int
    name: str
    state: str
    amount: Annotated[AmountText, Meta(description="What the step moved, or the deposit asks for.")]
    held: Annotated[AmountText, Meta(description="What is held then.")]
    date: DayText
    operations: Annotated[list[int], Meta(description="Numbers of the operations it posted.")]


class JobPayload(Payload, frozen=True, kw_only=True):
    """How long work ended."""

    job: int
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": ["DONE", "REFUSED", "FAILED", "CANCELLED"]})]


class PeriodPayload(Payload, frozen=True, kw_only=True):
    """The accounting periods that were closed or opened again."""

    periods: list[dict[str, str | int]]


class ReceiptPart(Payload, frozen=True, kw_only=True):
    """A part of a receipt, and the payment it became."""

    receipt: int
    operation: Number
    amount: AmountText


class PlanPayload(Payload, frozen=True, kw_only=True):
    """An instalment plan: drafted, changed, activated, broken or cancelled."""

    plan: Annotated[int, Meta(description="Number of the plan in its account.")]
    amount: AmountText | UnsetType = UNSET
    unpaid: Annotated[AmountText | UnsetType, Meta(description="What was not paid of a broken plan.")] = UNSET
    fee: AmountText | UnsetType = UNSET
    interest: AmountText | UnsetType = UNSET
    count: int | UnsetType = UNSET
    debits: list[int] | UnsetType = UNSET
    creation: Number | UnsetType = UNSET
    reopened: list[int] | UnsetType = UNSET
    effective: DayText | UnsetType = UNSET
    instalments: Annotated[
        list[int | dict[str, str]] | UnsetType,
        Meta(description="Numbers of the instalments; of a draft their days and amounts."),
    ] = UNSET


class ItemPayload(Payload, frozen=True, kw_only=True):
    """An item that waits for the next invoice; amounts of a credit are below zero."""

    item: Annotated[int, Meta(description="Number of the item in its account.")]
    kind: str
    service: str
    gross: AmountText
    tax: AmountText
    date: DayText
    corrects: int | UnsetType | None = UNSET


class AdjustmentPayload(Payload, frozen=True, kw_only=True):
    """A transaction of the balance adjustment wizard."""

    adjustment: int
    type: str
    amount: AmountText
    owed: Annotated[AmountText | None, Meta(description="The balance of a postpaid account then.")] = None
    unallocated: AmountText | None = None
    funds: AmountText | UnsetType | None = UNSET
    operations: list[int] = []
    item: int | None = None
    transaction: int | None = None
