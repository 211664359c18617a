"""What is asked of litigation: enter, update and remove it.

The docstring of a request says on every face what the action does. What is left out of an update stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from solde.actions.fields import (
    AMOUNT,
    DAY,
    REASON,
    AccountId,
    Actor,
    AmountsByNumber,
    Field,
    Options,
    Placed,
    Widget,
)
from solde.actions.subjects import Choice, Subject
from solde.db import Connection

from .rules import UNKNOWN_REASON
from .store import list_owners, list_reasons, past_of


async def find_reasons(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """The reasons in use, and that of the litigation as it is now."""
    key = (subject.account_id, subject.number)
    past = (await past_of(conn, [key])).get(key)
    now = None if past is None else past.terms.reason_code
    return [(one.code, one.label) for one in await list_reasons(conn) if one.is_active or one.code == now]


async def find_owners(conn: Connection, subject: Subject) -> Sequence[Choice]:
    """Who asks, and whose litigations there are."""
    return [(owner, "") for owner in dict.fromkeys([subject.actor, *await list_owners(conn, subject.seller_id)])]


FIXED = Field(placed=Placed.FIXED)
InvoiceNumber = Annotated[
    int, Field(label="Operation", name="number", help="Number of the invoice.", placed=Placed.SUBJECT)
]
DISPUTED = AMOUNT.but(
    label="Disputed amount",
    help="All that is open unless given; on updating, what it was.",
    hint="It leaves matching and the dunning balance, and stays in the default balance",
)
Amount = Annotated[Decimal | None, DISPUTED]
EffectiveDay = Annotated[
    date | None,
    DAY.but(label="Effective from", name="effective_date", help="From which day on; today, where the seller is, unless given."),
]  # fmt: skip
ReasonCode = Annotated[
    str | UnsetType | None,
    Field(
        label="Reason", help="Code of a reason, such as PRICE.", blank="Choose …", widget=Widget.CHOICE,
        options=Options(find_reasons, UNKNOWN_REASON),
    ),
]  # fmt: skip
Owner = Annotated[
    str | UnsetType | None,
    Field(label="Owner", help="Whose it is: a login or a name.", hint="A login or a name", options=Options(find_owners)),
]  # fmt: skip
ReviewDay = Annotated[
    date | UnsetType | None,
    Field(label="Look at it again on", name="review_date", help="When it is looked at again.", widget=Widget.DATE),
]
Why = Annotated[
    str | UnsetType | None,
    REASON.but(label="Why", help="Why, in words.", hint="In words; with a reason chosen it may be left blank"),
]
End = Annotated[
    str | None,
    REASON.but(label="How it ended", help="How it ended, in words.", hint="Kept in the history of the invoice"),
]


class EnterRequest(Struct, frozen=True, kw_only=True):
    """Put an invoice, or a part of it, in litigation."""

    account_id: AccountId
    number: InvoiceNumber
    actor: Actor
    amount: Amount = None
    effective_on: EffectiveDay = None
    reason_code: ReasonCode = UNSET
    owner: Owner = UNSET
    review_on: ReviewDay = UNSET
    reason: Why = UNSET


class UpdateRequest(EnterRequest, frozen=True):
    """Change a litigation; what is not named stays, an empty text takes away."""


class LitigationRequest(EnterRequest, frozen=True):
    """Put an invoice, or a part of it, in litigation, or update the litigation it is in.

    Disputed amounts leave matching and the dunning balance at once; they stay in the default balance. On entering, a
    reason code or a reason is needed; an update leaves as it was what it does not name. If-Match names the newest event,
    `"0"` where there is none yet.
    """


class RemoveRequest(Struct, frozen=True, kw_only=True):
    """Remove the litigation of an invoice."""

    account_id: AccountId
    number: InvoiceNumber
    actor: Actor
    effective_on: EffectiveDay = None
    reason: End = None


class EnterEachRequest(EnterRequest, frozen=True, kw_only=True):
    """Put several invoices in litigation, each wholly, or update the litigations they are in."""

    number: Annotated[int, FIXED] = 0
    amount: Annotated[Decimal | None, FIXED] = None
    amounts: AmountsByNumber

    def each(self) -> Sequence[EnterRequest]:
        """The same of each invoice."""
        return [replace(self, number=number) for number in self.amounts]


class RemoveEachRequest(RemoveRequest, frozen=True, kw_only=True):
    """Remove the litigations of several invoices."""

    number: Annotated[int, FIXED] = 0
    amounts: AmountsByNumber

    def each(self) -> Sequence[RemoveRequest]:
        """The same of each invoice."""
        return [replace(self, number=number) for number in self.amounts]
