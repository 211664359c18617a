"""Adjustments as JSON shows them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import ZERO, plain

from .model import AccountStanding, Adjustment, AdjustmentState, Option

Owed = Annotated[Money, Meta(description="The current balance; above zero the customer owes.")]
Funds = Annotated[Money | None, Meta(description="What a prepaid customer can use; null of a postpaid one.")]


class StandingShape(msgspec.Struct, frozen=True):
    """How an account stands."""

    balance: Owed
    funds: Funds
    billed: Money
    unbilled: Money
    unallocated: Annotated[Money, Meta(description="Payments that pay no invoice yet.")]
    currency: str
    payment_mode: str


class OptionShape(msgspec.Struct, frozen=True):
    """A transaction of the wizard, and whether it can run now."""

    type: str
    available: bool
    why: Annotated[str | None, Meta(description="Why it cannot run now.")]
    most: Annotated[Money | None, Meta(description="The largest amount, where there is one.")]


class OptionList(msgspec.Struct, frozen=True):
    """How the account stands, and every transaction of the wizard."""

    standing: StandingShape
    items: list[OptionShape]
    next: str | None = None


class MovedShape(msgspec.Struct, frozen=True):
    """A figure before and after."""

    before: Money
    after: Money


class ItemMade(msgspec.Struct, frozen=True):
    """The unbilled item that an adjustment made."""

    number: int
    service: str
    net: Money
    tax: Money


class AdjustmentShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with the wizard, and how the balance moved."""

    number: int
    account: str
    type: str
    amount: Money
    currency: str
    payment_mode: str
    outcome: Annotated[
        str,
        Meta(
            description="Of a card it may wait, the balance after it is then what it will be; or fail, and nothing moved.",
            extra_json_schema={"enum": [one.value for one in AdjustmentState]},
        ),
    ]
    balance: MovedShape
    funds: MovedShape | None
    unallocated: Annotated[MovedShape | None, Meta(description="Null of a card: it depends on what is open then.")]
    item: ItemMade | None
    transaction_id: Annotated[int | None, Meta(description="Number of the card transaction.")]
    operations: list[int]
    visible_comment: str | None
    internal_comment: str | None
    date: Day
    recorded_at: Instant
    actor: str | None
    dry_run: bool | UnsetType = UNSET


def standing_shape(one: AccountStanding) -> StandingShape:
    """How an account stands as JSON shows it."""
    return StandingShape(
        plain(one.owed),
        plain(one.funds) if one.is_prepaid else None,
        plain(one.billed),
        plain(one.unbilled),
        plain(one.unallocated),
        one.currency,
        one.payment_mode,
    )


def option_shape(one: Option) -> OptionShape:
    """A transaction of the wizard as JSON shows it."""
    return OptionShape(one.type.value, one.available, one.why, None if one.most is None else plain(one.most))


def adjustment_shape(one: Adjustment, account: str) -> AdjustmentShape:
    """An adjustment as JSON shows it."""
    prepaid = one.payment_mode == "PREPAID"
    after = one.balance_before if one.outcome is AdjustmentState.FAILED else one.balance_after
    item = None
    if one.item_number is not None:
        item = ItemMade(one.item_number, one.service or "", plain(one.net or ZERO), plain(one.tax or ZERO))
    return AdjustmentShape(
        number=one.number,
        account=account,
        type=one.type.value,
        amount=plain(one.amount),
        currency=one.currency,
        payment_mode=one.payment_mode,
        outcome=one.outcome.value,
        balance=MovedShape(plain(one.balance_before), plain(after)),
        funds=MovedShape(plain(-one.balance_before), plain(-after)) if prepaid else None,
        unallocated=None
        if one.unallocated_after is None
        else MovedShape(plain(one.unallocated_before), plain(one.unallocated_after)),
        item=item,
        transaction_id=one.transaction_number,
        operations=list(one.operations),
        visible_comment=one.visible,
        internal_comment=one.internal,
        date=one.occurred_on.isoformat(),
        recorded_at=format_instant(one.recorded_at),
        actor=one.actor,
    )
