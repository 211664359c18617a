"""Values of credit notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


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
