"""Values of credit notes, and of write-offs of several debits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CreditNoteRequest:
    """Credit an invoice, whole or part; `amount` none: all that may still be credited of it."""

    account_id: int
    number: int
    actor: str
    reason: str
    amount: Decimal | None = None
    on: date | None = None
    reference: str | None = None
    comment: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note made against an invoice; `stands` until it is taken back."""

    account_id: int
    number: int
    invoice_number: int
    amount: Decimal
    stands: bool = True


@dataclass(frozen=True, slots=True)
class CreditRoom:
    """How much of an invoice was credited, was given up or moved away, and is disputed."""

    amount: Decimal
    credited: Decimal
    given_up: Decimal
    disputed: Decimal

    @property
    def left(self) -> Decimal:
        """What may be credited at the most."""
        return self.amount - self.credited - self.given_up

    @property
    def free(self) -> Decimal:
        """What of it is not disputed."""
        return self.left - self.disputed


@dataclass(frozen=True, slots=True)
class WriteOffsRequest:
    """Give up several debits of an account together or not at all: how much of each, for one reason."""

    account_id: int
    amounts: Mapping[int, Decimal]
    actor: str
    reason: str
    on: date | None = None
    comment: str | None = None
