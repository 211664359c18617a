"""Values of unbilled items: services, items, what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.kernel.money import ZERO


class ItemKind(StrEnum):
    """What an unbilled item is."""

    MANUAL_CHARGE = "MANUAL_CHARGE"
    MANUAL_CREDIT = "MANUAL_CREDIT"
    PROMOTION = "PROMOTION"

    @property
    def sign(self) -> int:
        """1 where the customer owes it, -1 where the customer is credited."""
        return 1 if self is ItemKind.MANUAL_CHARGE else -1


@dataclass(frozen=True, slots=True)
class Service:
    """What may be charged or credited; `tax_rate` in percent, contained in the amounts entered."""

    service_id: int
    code: str
    label: str
    tax_rate: Decimal
    is_service: bool = True
    active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True)
class Split:
    """An amount and the tax in it."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Period:
    """A billing period, both days in it."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class NewItem:
    """A charge or credit to be kept for the next invoice.

    Units: `gross` above zero, in the account's currency; the kind says which way it goes.
    """

    account_id: int
    kind: ItemKind
    service: str
    gross: Decimal
    occurred_on: date
    actor: str
    description: str | None = None
    internal_comment: str | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as it is written: signed."""

    account_id: int
    item_number: int
    kind: ItemKind
    service_id: int
    tax_rate: Decimal
    split: Split
    period: Period
    occurred_on: date
    description: str | None = None
    internal_comment: str | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class UnbilledItem:
    """A charge (above zero) or credit (below) that was not billed when it was made; `billed_by` tells what bills it."""

    account_id: int
    item_number: int
    kind: ItemKind
    service: str
    service_label: str
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    description: str | None
    internal_comment: str | None
    occurred_on: date
    period_from: date
    period_until: date
    recorded_at: datetime
    corrects: int | None
    corrected_by: int | None
    billed_by: int | None
    actor: str | None


@dataclass(frozen=True, slots=True)
class UnbilledTotal:
    """What the unbilled items of an account come to."""

    account_id: int
    last_item: int = 0
    net: Decimal = ZERO
    tax: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    count: int = 0

    @property
    def gross(self) -> Decimal:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Made:
    """An item that was made, and what the account's items come to with it."""

    item: ItemRow
    total: UnbilledTotal
