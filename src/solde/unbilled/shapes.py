"""Unbilled items and services as JSON shows them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import Service, UnbilledItem, UnbilledTotal

Signed = Annotated[Money, Meta(description="Above zero the customer will owe it, below the customer is credited.")]


class ServiceShape(msgspec.Struct, frozen=True):
    """What may be charged or credited."""

    code: str
    label: str
    tax_rate: Annotated[Money, Meta(description="In percent; the tax is contained in the amounts entered.")]
    is_service: Annotated[bool, Meta(description="False for Credits/Promotions, which stands for no service.")]
    active: bool
    version: int


class UnbilledTotalShape(msgspec.Struct, frozen=True):
    """What the unbilled items of an account come to."""

    net: Signed
    tax: Signed
    gross: Signed
    count: int
    currency: str


class UnbilledShape(msgspec.Struct, frozen=True):
    """A charge or credit for the next invoice."""

    number: int
    kind: str
    service: str
    label: str
    tax_rate: Money
    net: Signed
    tax: Signed
    gross: Signed
    visible_comment: str | None
    internal_comment: str | None
    date: Day
    period_from: Day
    period_until: Day
    recorded_at: Instant
    takes_back: Annotated[int | None, Meta(description="Number of the item that this one takes back.")]
    taken_back_by: int | None
    billed_by: Annotated[int | None, Meta(description="Number of the operation that bills it; null while unbilled.")]
    actor: str | None


def service_shape(one: Service) -> ServiceShape:
    """A service as JSON shows it."""
    return ServiceShape(one.code, one.label, plain(one.tax_rate), one.is_service, one.active, one.version)


def total_shape(total: UnbilledTotal, currency: str) -> UnbilledTotalShape:
    """What unbilled items come to as JSON shows it."""
    return UnbilledTotalShape(plain(total.net), plain(total.tax), plain(total.gross), total.count, currency)


def item_shape(one: UnbilledItem) -> UnbilledShape:
    """An unbilled item as JSON shows it."""
    return UnbilledShape(
        number=one.item_number,
        kind=one.kind.value,
        service=one.service,
        label=one.service_label,
        tax_rate=plain(one.tax_rate),
        net=plain(one.net),
        tax=plain(one.tax),
        gross=plain(one.gross),
        visible_comment=one.description,
        internal_comment=one.internal_comment,
        date=one.occurred_on.isoformat(),
        period_from=one.period_from.isoformat(),
        period_until=one.period_until.isoformat(),
        recorded_at=format_instant(one.recorded_at),
        takes_back=one.corrects,
        taken_back_by=one.corrected_by,
        billed_by=one.billed_by,
        actor=one.actor,
    )
