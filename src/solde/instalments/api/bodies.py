"""What the routes of instalment plans take."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from solde.access.reading import Paged
from solde.customers import AccountRef
from solde.matching.api import numbers_of
from solde.operations.bodies import AmountIn

from ..model import InstalmentTerms, PlanRequest, PlanTerms, Remainder, Start, Unit

Debits = Annotated[list[int | str], Meta(description="Numbers of the debits that are put off.", examples=[[1, 4]])]


class PartBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An instalment: when and how much."""

    due_date: datetime.date
    amount: AmountIn


class WishBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which debits are put off, and how; what is left out is as the seller's rule says."""

    debits: Debits
    count: Annotated[int | None, Meta(description="How many instalments.")] = None
    first_date: Annotated[
        datetime.date | None, Meta(description="When the first is due; as `start` says unless given.")
    ] = None
    start: Start | None = None
    unit: Unit | None = None
    remainder: Annotated[
        Remainder | None, Meta(description="Where what equal instalments leave over goes: ADDITIONAL is one more.")
    ] = None
    instalment: Annotated[Decimal | None, Meta(description="How much one instalment is; equal parts unless given.")] = (
        None
    )


class PlanBody(WishBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan to draft; `instalments`, where given, are its instalments instead of those proposed."""

    instalments: list[PartBody] | None = None
    note: str | None = None


class EditBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The instalments of a draft, all of them, and its note."""

    instalments: list[PartBody]
    note: str | None = None


class PlanQuery(Paged, frozen=True, kw_only=True):
    """Which plans."""

    account: str | None = None
    state: Annotated[
        list[str] | None, Meta(description="Some of DRAFT, ACTIVE, COMPLETED, BROKEN, CANCELED, by commas.")
    ] = None
    overdue: Annotated[bool, Meta(description="Only active plans with an instalment overdue.")] = False
    seller: str | None = None


PLAN = msgspec.json.Decoder(PlanBody)
WISH = msgspec.json.Decoder(WishBody)
EDIT = msgspec.json.Decoder(EditBody)


def parts_of(bodies: Sequence[PartBody]) -> tuple[InstalmentTerms, ...]:
    """Instalments as they were sent."""
    return tuple(InstalmentTerms(one.due_date, one.amount) for one in bodies)


def request_of(account: AccountRef, body: WishBody, actor: str) -> PlanRequest:
    """A plan to propose or to draft, as it was sent."""
    wish = PlanTerms(body.count, body.first_date, body.start, body.unit, body.remainder, body.instalment)
    debits = tuple(numbers_of(account, body.debits, "debits"))
    if not isinstance(body, PlanBody):
        return PlanRequest(account.account_id, debits, actor, wish)
    parts = None if body.instalments is None else parts_of(body.instalments)
    return PlanRequest(account.account_id, debits, actor, wish, parts, body.note)
