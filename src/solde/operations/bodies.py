"""What routes of operations take and give, in JSON."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day

from .shapes import PostingWord, SideWord, TypeShape

AmountIn = Annotated[
    Decimal, Meta(description="Above zero, six decimals at most; a string or a number.", examples=["1610.81544"])
]


class OperationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation to be posted."""

    type: Annotated[str, Meta(description="Code of the operation type.", examples=["PAY_WIRE"])]
    amount: AmountIn
    date: Annotated[
        datetime.date | None, Meta(description="Operation date; today, where the seller is, unless given.")
    ] = None
    due_date: Annotated[
        datetime.date | None,
        Meta(description="Unless given, by the account's payment terms for an invoice, else the operation date."),
    ] = None
    collection_date: datetime.date | None = None
    currency: Annotated[
        str | None, Meta(description="Refused where it is not the account's own.", examples=["EUR"])
    ] = None
    net: Decimal | None = None
    tax: Decimal | None = None
    reference: str | None = None
    description: str | None = None
    billing_account: str | None = None
    order_number: str | None = None
    payment_method: str | None = None
    comment: str | None = None
    source: str = "api"
    excluded_from_default_balance: bool = False


class PlacedOperation(OperationBody, frozen=True, kw_only=True):
    """An operation to be posted, with its account."""

    account: Annotated[str, Meta(description="Code of the customer account.")]


class OperationsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Operations of one account, posted together or not at all."""

    operations: list[OperationBody]
    reason: str | None = None


class PlacedOperations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Operations of many accounts, posted together or not at all."""

    operations: list[PlacedOperation]
    reason: str | None = None


class PostedLine(msgspec.Struct, frozen=True):
    """Which number an operation of a batch got; where its accounting day is closed, what accounting did with it."""

    account: str
    number: int
    posting_status: PostingWord | UnsetType = UNSET
    accounting_date: Day | UnsetType | None = UNSET


class PostedLines(msgspec.Struct, frozen=True):
    """The numbers of a batch, in its order."""

    items: list[PostedLine]
    dry_run: bool | UnsetType = UNSET


class TypeList(msgspec.Struct, frozen=True):
    """Every operation type."""

    items: list[TypeShape]
    next: str | None = None


class TypeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new operation type."""

    code: str
    label: str
    class_: str = msgspec.field(name="class")
    side: SideWord
    account: str | None = None
    contra_account: str | None = None
    second_contra_account: str | None = None
    journal: str | None = None
    manual_creation: bool = True
