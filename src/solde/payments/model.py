"""Values of payments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from solde.matching.model import Matched
from solde.operations.model import NewOperation


class Allocate(StrEnum):
    """What a payment pays where no invoices are named."""

    OLDEST = "oldest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to register: the operation, and what it pays: named debits, the oldest due first, or nothing yet."""

    payment: NewOperation
    actor: str
    allocate_to: Allocate | tuple[int, ...] = Allocate.OLDEST
    reason: str | None = None
    key: str | None = None
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered payment: its number, and the match it made, if any."""

    number: int
    matched: Matched | None = None
    replayed: bool = False
