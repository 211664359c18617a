"""Security deposits as JSON shows them; commands print the same."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain
from solde.payments.shapes import EffectShape, RegisteredShape, effect_shape, registered_shape

from .model import (
    Deposit,
    DepositEffect,
    DepositEntry,
    DepositSettings,
    DepositState,
    EntryKind,
    Expired,
    Limit,
    Template,
    TemplateState,
    ValidityUnit,
)

StateWord = Annotated[
    str,
    Meta(
        description=(
            "VALIDATED: asked for. HOLD: funded in part. LOCKED: funded. UNLOCKED: used or given back in part. "
            "REFUNDED, AUTO_REFUND, CANCELED: over."
        ),
        extra_json_schema={"enum": [*DepositState]},
    ),
]
KindWord = Annotated[str, Meta(extra_json_schema={"enum": [*EntryKind]})]
TemplateWord = Annotated[str, Meta(extra_json_schema={"enum": [*TemplateState]})]
UnitWord = Annotated[str | None, Meta(extra_json_schema={"enum": [*ValidityUnit, None]})]


class DepositShape(msgspec.Struct, frozen=True):
    """A security deposit."""

    account: str
    number: int
    name: str
    template: str
    state: StateWord
    currency: str
    expected: Annotated[Money, Meta(description="What was asked for.")]
    asked: Annotated[Money, Meta(description="What of it is still to be paid.")]
    held: Annotated[Money, Meta(description="What is held now.")]
    valid_until: Annotated[Day | None, Meta(description="Its last day; null: it has none.")]
    request: Annotated[int, Meta(description="Number of the operation that asks for it.")]
    method: Annotated[str | None, Meta(description="Payment method of its last funding.")]
    history: list[EntryShape] | UnsetType = UNSET


class PartShape(msgspec.Struct, frozen=True):
    """An operation of a step, and what it is in it."""

    number: int
    part: str


class EntryShape(msgspec.Struct, frozen=True):
    """A step of a deposit."""

    entry: int
    kind: KindWord
    amount: Money
    held_after: Money
    state_after: StateWord
    date: Day
    recorded_at: Instant
    actor: str
    reason: str | None
    concerns: Annotated[
        int | None, Meta(description="The debit that was paid, or the payment that the bank took back.")
    ]
    operations: list[PartShape]


class DepositEffectShape(msgspec.Struct, frozen=True):
    """What an action did to a deposit; or, in a trial, would do."""

    deposit: DepositShape
    kind: KindWord
    amount: Money
    effect: EffectShape
    payment: Annotated[
        RegisteredShape | None, Meta(description="The ordinary payment of what came beyond what was asked.")
    ]
    dry_run: bool | UnsetType = UNSET


class TemplateShape(msgspec.Struct, frozen=True):
    """What deposits are made from."""

    code: str
    label: str
    currency: str
    min: Money | None
    max: Money | None
    validity: int | None
    validity_unit: UnitWord
    state: TemplateWord
    version: int
    dry_run: bool | UnsetType = UNSET


class LimitShape(msgspec.Struct, frozen=True):
    """The most of one deposit, and of all deposits of one customer, in a currency."""

    currency: str
    max_per_deposit: Money | None
    max_per_customer: Money | None


class SettingsShape(msgspec.Struct, frozen=True):
    """What holds for all deposits."""

    auto_refund: Annotated[bool, Meta(description="Are deposits given back when their last day is over?")]
    limits: list[LimitShape]
    version: int


class ExpiredShape(msgspec.Struct, frozen=True):
    """What a run over expired deposits gave back."""

    deposits: int
    amounts: dict[str, Money]
    refused: int
    dry_run: bool | UnsetType = UNSET


def deposit_shape(one: Deposit, account: str, history: Sequence[DepositEntry] | None = None) -> DepositShape:
    """A deposit as JSON shows it."""
    return DepositShape(
        account,
        one.number,
        one.name,
        one.template_code,
        one.state.value,
        one.currency,
        plain(one.expected),
        plain(one.asked),
        plain(one.balance),
        None if one.valid_until is None else one.valid_until.isoformat(),
        one.request_number,
        one.method,
        UNSET if history is None else [_entry(entry) for entry in history],
    )


def _entry(one: DepositEntry) -> EntryShape:
    return EntryShape(
        one.entry_number,
        one.kind.value,
        plain(one.amount),
        plain(one.balance_after),
        one.state_after.value,
        one.effective_on.isoformat(),
        format_instant(one.recorded_at),
        one.actor,
        one.reason,
        one.concerns,
        [PartShape(number, part.value) for number, part in one.operations.items()],
    )


def deposit_effect_shape(done: DepositEffect, account: str, *, dry_run: bool = False) -> DepositEffectShape:
    """What an action did to a deposit, as JSON shows it."""
    deposit, paid = done.deposit, None
    if done.payment is not None and done.payment_type is not None and done.payment_amount is not None:
        paid = registered_shape(done.payment, done.payment_type, done.payment_amount, account, deposit.currency)
    return DepositEffectShape(
        deposit_shape(deposit, account),
        done.kind.value,
        plain(done.amount),
        effect_shape(done.effect, {deposit.account_id: account}),
        paid,
        dry_run or UNSET,
    )


def template_shape(one: Template, *, dry_run: bool = False) -> TemplateShape:
    """A template as JSON shows it."""
    unit = None if one.validity_unit is None else one.validity_unit.value
    return TemplateShape(
        one.code, one.label, one.currency, _money(one.least), _money(one.most), one.validity, unit, one.state.value,
        one.version, dry_run or UNSET,
    )  # fmt: skip


def settings_shape(one: DepositSettings) -> SettingsShape:
    """The settings as JSON shows them."""
    return SettingsShape(one.auto_refund, [_limit(limit) for limit in one.limits.values()], one.version)


def _limit(one: Limit) -> LimitShape:
    return LimitShape(one.currency, _money(one.deposit_most), _money(one.customer_most))


def expired_shape(done: Expired, *, dry_run: bool = False) -> ExpiredShape:
    """A run over expired deposits as JSON shows it."""
    amounts = {currency: plain(amount) for currency, amount in sorted(done.amounts.items())}
    return ExpiredShape(done.deposits, amounts, len(done.refused), dry_run or UNSET)


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
