"""Values of closing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class BlockerKind(StrEnum):
    """What may hold an account open."""

    OWES = "OWES"
    HOLDS_CREDIT = "HOLDS_CREDIT"
    OPEN_DEBITS = "OPEN_DEBITS"
    OPEN_CREDITS = "OPEN_CREDITS"
    DEPOSITS = "DEPOSITS"
    ACTIVE_PLANS = "ACTIVE_PLANS"
    PAYS_FOR_OTHERS = "PAYS_FOR_OTHERS"
    UNBILLED = "UNBILLED"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that holds an account open: its sum, where it has one, and how many there are of it."""

    account_id: int
    account: str
    kind: BlockerKind
    amount: Decimal | None
    currency: str
    count: int
