"""Values of activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from solde.kernel.texts import Text


@dataclass(frozen=True, slots=True)
class PostedLine:
    """An operation that an action posted."""

    number: int
    code: str
    label: str
    class_: str
    side: int
    currency: str
    amount: Decimal
    reference: str | None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done on an account: who, when, why, what in a sentence, and the state before and after for the detail.

    `postings` are the operations it posted, the first of them where they are many.
    """

    account_id: int
    action_id: int
    recorded_at: datetime
    actor: str
    verb: str
    said: Text
    reason: str | None
    before: object | None
    after: object | None
    postings: tuple[PostedLine, ...] = ()
