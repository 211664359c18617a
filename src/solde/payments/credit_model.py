"""Values of credit notes, and of write-offs of several debits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CreditNoteRequest:
    """Credit an invoice, whole or part; `amount` none: all that may still be credited of it.

    `net` and `tax` say what of it is tax; without them it is the invoice's proportion. One of them is enough.
    """

    account_id: int
    number: int
    actor: str
    reason: str
    amount: Decimal | None = None
    on: date | None = None
    reference: str | None = None
    comment: str | None = None
    late: bool = False
    net: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What of an amount is net and what is tax; none where that was never said."""

    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note made against an invoice; `stands` until it is taken back."""

    account_id: int
    number: int
    invoice_number: int
    amount: Decimal
    stands: bool = True
    parts: Parts | None = None


@dataclass(frozen=True, slots=True)
class CreditRoom:
    """How much of an invoice was credited, was given up or moved away, and is disputed.

    `parts` are those of the invoice, `credited_parts` those of its standing credit notes.
    """

    amount: Decimal
    credited: Decimal
    given_up: Decimal
    disputed: Decimal
    parts: Parts | None = None
    credited_parts: Parts = Parts(Decimal(0), Decimal(0))

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
