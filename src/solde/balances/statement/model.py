"""Values of a statement of account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..ageing import Ageing
from ..model import Definition, Figures


@dataclass(frozen=True, slots=True)
class Addressee:
    """The seller or the customer as a letter names them."""

    name: str
    address: tuple[str, ...]
    country: str | None


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An operation of which something is open on the last day."""

    number: int
    label: str
    reference: str | None
    operation_on: date
    due_on: date
    side: int
    amount: Decimal
    open: Decimal
    disputed: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account from one day to another: opening + debit - credit = closing.

    `opening` are the figures at the end of the day before, `closing` those at the end of the last day.
    `open_lines` are the first of what is open on the last day, due first; `more_open` says that there are others.
    """

    account_id: int
    account: str
    customer_code: str
    currency: str
    language: str
    seller: Addressee
    customer: Addressee
    definition: Definition
    from_on: date
    until_on: date
    made_on: date
    opening: Figures
    closing: Figures
    ageing: Ageing
    open_lines: tuple[OpenLine, ...]
    more_open: bool

    @property
    def debit(self) -> Decimal:
        return self.closing.debit - self.opening.debit

    @property
    def credit(self) -> Decimal:
        return self.closing.credit - self.opening.credit

    @property
    def count(self) -> int:
        return self.closing.count - self.opening.count


@dataclass(frozen=True, slots=True)
class Movement:
    """An operation of the period: what it adds on its side, and the balance after it."""

    number: int
    code: str
    label: str
    reference: str | None
    description: str | None
    operation_on: date
    due_on: date
    side: int
    amount: Decimal
    running: Decimal

    @property
    def debit(self) -> Decimal | None:
        return self.amount if self.side == 1 else None

    @property
    def credit(self) -> Decimal | None:
        return self.amount if self.side == -1 else None
