"""What is asked of security deposits: ask for one, fund it, pay with it, refund it, cancel it, return a funding.

The docstring of a request says on every face what the action does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
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
    Day,
    Field,
    Late,
    Options,
    Placed,
    Widget,
)
from solde.actions.subjects import Choice, Subject
from solde.db import Connection
from solde.matching.rules import by_due
from solde.operations import load_types
from solde.operations import store as operation_store
from solde.operations.rules import UNKNOWN_OPERATION
from solde.payments import Allocate
from solde.payments.requests import GOES_BACK_BY, find_methods
from solde.payments.rules import NO_METHOD

from . import store
from .model import EntryKind, StepRole, TemplateState
from .rules import NO_DEPOSIT, NO_TEMPLATE

OFFERED_MOST = 100
"""Debits that the form of a payment by deposit offers."""


async def find_templates(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """The active templates in the account's currency."""
    return [
        (one.code, one.label)
        for one in await store.list_templates(conn)
        if one.state is TemplateState.ACTIVE and one.currency == subject.currency
    ]


async def find_ways(_conn: Connection, _subject: Subject) -> Sequence[Choice]:
    """What is paid by what came beyond a deposit."""
    return [(Allocate.OLDEST.value, "the oldest debts first"), (Allocate.NONE.value, "nothing yet")]


async def find_debits(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """The debits that a deposit may pay, the oldest due first."""
    apart = (await load_types(conn)).deposit_ids
    found = await operation_store.oldest_open_debits(conn, [subject.account_id], apart, OFFERED_MOST)
    return [(str(item.number), "") for item in sorted(found, key=by_due) if not item.excluded]


async def find_holding(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """The deposits of the account that hold money."""
    found = [one.deposit for one in await store.deposits_of_accounts(conn, [subject.account_id])]
    return [
        (str(one.number), ("{name}: {amount} held", {"name": one.name, "amount": one.balance}))
        for one in found
        if one.balance > 0
    ]


async def find_fundings(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """The payments that came for the deposit."""
    steps = await store.list_entries(conn, subject.account_id, subject.number)
    paid = [step.operations.items() for step in steps if step.kind is EntryKind.FUND]
    return [(str(number), "") for operations in paid for number, part in operations if part is StepRole.PAYMENT]


DEPOSIT = Field(label="Security deposit", name="number", help="Number of the deposit.", placed=Placed.SUBJECT)
DepositNumber = Annotated[int, DEPOSIT]
Amount = Annotated[Decimal, AMOUNT.but(help="How much.", suggested=False)]
Why = Annotated[str | None, REASON.but(hint="")]
WhyNeeded = Annotated[str, REASON.but(hint="")]
Reference = Annotated[str | None, REFERENCE.but(help="The bank's reference.", example="of the bank")]
Template = Annotated[
    str,
    Field(
        label="Template", name="template", help="Code of an active template in the account's currency.", blank="Choose",
        widget=Widget.CHOICE, options=Options(find_templates, NO_TEMPLATE), usual="STANDARD",
    ),
]  # fmt: skip
Name = Annotated[
    str | None,
    Field(
        label="Name", help="The template's code and a number unless given.", hint="Blank: the template and a number."
    ),
]
LastDay = Annotated[
    date | None,
    Field(
        label="Valid until", help="Its last day; by the template unless given.", hint="Blank: as the template says.",
        widget=Widget.DATE,
    ),
]  # fmt: skip
CameBy = Annotated[
    str,
    Field(
        label="Payment method", help="Code of a payment method, such as WIRETRANSFER.", blank="Choose",
        widget=Widget.CHOICE, options=Options(find_methods, NO_METHOD), usual="WIRETRANSFER",
    ),
]  # fmt: skip
RestTo = Annotated[
    Allocate,
    Field(
        label="What more came pays", help="What more than is asked pays: the `oldest` due first unless given, or `none`.",
        widget=Widget.CHOICE, options=Options(find_ways, NO_METHOD),
    ),
]  # fmt: skip
Debit = Annotated[
    int,
    Field(
        label="Pays", name="operation", help="Number of the invoice, or of another debit.", blank="Choose",
        widget=Widget.OPERATION, options=Options(find_debits, UNKNOWN_OPERATION),
    ),
]  # fmt: skip
Funding = Annotated[
    int,
    Field(
        label="Payment", name="payment", help="Number of the payment that the bank returned.", blank="Choose",
        widget=Widget.OPERATION, options=Options(find_fundings, UNKNOWN_OPERATION),
    ),
]  # fmt: skip
AsMuchAsBothAllow = Annotated[AllOrPart, AMOUNT.but(help="As much as both allow unless given.")]


class DepositRequest(Struct, frozen=True):
    """Ask an account for a security deposit: INV_SD, apart from the default balance."""

    account_id: AccountId
    template_code: Template
    amount: Amount
    actor: Actor
    name: Name = None
    valid_until: LastDay = None
    on: Day = None
    reason: Why = None
    late: Late = False


class FundRequest(Struct, frozen=True):
    """Register money that came for a deposit, whole or in parts.

    The payment is kept out of the default balance and matched with the request; CRD_SD stands open: the money held.
    What came beyond what is asked is an ordinary payment.
    """

    account_id: AccountId
    deposit_number: DepositNumber
    amount: Annotated[Amount, AMOUNT.but(help="How much came.")]
    actor: Actor
    method: CameBy
    rest_to: RestTo = Allocate.OLDEST
    on: Day = None
    reference: Reference = None
    reason: Why = None
    late: Late = False


class PayRequest(Struct, frozen=True):
    """Pay an invoice, or another debit, with money that a deposit holds.

    Never more than is held or available.
    """

    account_id: AccountId
    deposit_number: DepositNumber
    number: Debit
    actor: Actor
    amount: AsMuchAsBothAllow = None
    on: Day = None
    reason: Why = None
    late: Late = False


class PayByDepositRequest(PayRequest, frozen=True, kw_only=True):
    """Pay an invoice, or another debit, with one of the deposits of its account."""

    deposit_number: Annotated[
        int,
        DEPOSIT.but(
            name="deposit", placed=None, blank="Choose", widget=Widget.CHOICE, options=Options(find_holding, NO_DEPOSIT)
        ),
    ]
    number: Annotated[int, Field(label="Operation", placed=Placed.SUBJECT)]


class GiveBackRequest(Struct, frozen=True):
    """Refund a deposit, whole or in part; what of the request was not paid is cancelled."""

    account_id: AccountId
    deposit_number: DepositNumber
    actor: Actor
    amount: Annotated[AllOrPart, AMOUNT.but(help="All that is held unless given.")] = None
    method: Annotated[str | None, GOES_BACK_BY] = None
    on: Day = None
    reference: Reference = None
    reason: Why = None
    late: Late = False


class CancelRequest(Struct, frozen=True):
    """Cancel the request of a deposit nobody paid."""

    account_id: AccountId
    deposit_number: DepositNumber
    actor: Actor
    reason: WhyNeeded
    on: Day = None
    late: Late = False


class FundingRejection(Struct, frozen=True):
    """Book that the bank returned a payment for a deposit: it is asked for again by as much.

    Only where so much is held still.
    """

    account_id: AccountId
    deposit_number: DepositNumber
    number: Funding
    actor: Actor
    reason: WhyNeeded
    on: Day = None
    reference: Reference = None
    late: Late = False
