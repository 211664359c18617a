"""Values of the balance adjustment wizard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from solde.access.model import Permission
from solde.kernel.money import ZERO


class AdjustmentType(StrEnum):
    """The ten transactions of the wizard."""

    MANUAL_CHARGE = "manual_charge"
    MANUAL_CREDIT = "manual_credit"
    PROMOTIONAL_CREDIT = "promotional_credit"
    MANUAL_PAYMENT = "manual_payment"
    REFUND = "refund"
    ECOMMERCE_PAYMENT = "ecommerce_payment"
    ECOMMERCE_REFUND = "ecommerce_refund"
    AUTHORIZATION_ONLY = "authorization_only"
    CAPTURE_PAYMENT = "capture_payment"
    VOID = "void"

    @property
    def effect(self) -> int:
        """What it does to what the customer owes: 1 raises it, -1 lowers it, 0 leaves it. Funds move the other way."""
        return _EFFECTS.get(self, -1)

    @property
    def kind(self) -> str:
        """The kind of action that limits and approvals know it by."""
        return f"adjustment_{self.value}"


_EFFECTS = {
    AdjustmentType.MANUAL_CHARGE: 1,
    AdjustmentType.REFUND: 1,
    AdjustmentType.ECOMMERCE_REFUND: 1,
    AdjustmentType.AUTHORIZATION_ONLY: 0,
    AdjustmentType.VOID: 0,
}
ITEM_TYPES = (AdjustmentType.MANUAL_CHARGE, AdjustmentType.MANUAL_CREDIT, AdjustmentType.PROMOTIONAL_CREDIT)
"""These become unbilled items."""
SERVICE_TYPES = (AdjustmentType.MANUAL_CHARGE, AdjustmentType.MANUAL_CREDIT)
"""These name a service."""
LEDGER_TYPES = (*ITEM_TYPES, AdjustmentType.MANUAL_PAYMENT, AdjustmentType.REFUND)
"""These need no gateway."""
TRANSACTION_TYPES = (AdjustmentType.ECOMMERCE_REFUND, AdjustmentType.CAPTURE_PAYMENT, AdjustmentType.VOID)
"""These are done to a card transaction."""
CARD_TYPES = (AdjustmentType.ECOMMERCE_PAYMENT, AdjustmentType.AUTHORIZATION_ONLY)
"""These are done on a stored card."""


class AdjustmentState(StrEnum):
    """How an adjustment ended. Only one of a card may wait, or fail: then nothing moved."""

    DONE = "done"
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """One transaction of the wizard.

    `amount` is gross, above zero; none for a void, and for a capture or a card refund of all there is. `method` is how
    the money came or goes back, `reference` what it is called there (a cheque's number); `transaction` a card transaction, `card` a stored card. `late`: who asks may post into
    periods that are closed for regular users.
    """

    account_id: int
    type: AdjustmentType
    actor: str
    amount: Decimal | None = None
    service: str | None = None
    method: str | None = None
    transaction: int | None = None
    card: int | None = None
    visible: str | None = None
    internal: str | None = None
    on: date | None = None
    return_url: str | None = None
    late: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """How an account stands: what it owes, billed and unbilled, and which payments of it are unallocated."""

    account_id: int
    currency: str
    state: str
    payment_mode: str
    billed: Decimal
    unbilled: Decimal
    unallocated: Decimal
    last_adjustment: int

    @property
    def is_prepaid(self) -> bool:
        return self.payment_mode == "PREPAID"

    @property
    def owed(self) -> Decimal:
        """The current balance; above zero the customer owes."""
        return self.billed + self.unbilled

    @property
    def funds(self) -> Decimal:
        """What a prepaid customer can still use."""
        return -self.owed

    @property
    def reserved(self) -> Decimal:
        """What of the funds is held for something else."""
        return ZERO

    @property
    def refundable(self) -> Decimal:
        """The most that may be given back."""
        most = self.unallocated
        return max(ZERO, min(most, self.funds - self.reserved)) if self.is_prepaid else most


@dataclass(frozen=True, slots=True)
class OpenCredit:
    """An unallocated payment: what of it may be given back."""

    account_id: int
    number: int
    available: Decimal


@dataclass(frozen=True, slots=True)
class Option:
    """Can a transaction run now? If not, `why`, and the permission `missing` if it is that; `most` is the largest amount, where there is one."""

    type: AdjustmentType
    why: str | None = None
    most: Decimal | None = None
    missing: Permission | None = None

    @property
    def available(self) -> bool:
        return self.why is None


@dataclass(frozen=True, slots=True)
class AdjustmentRecord:
    """An adjustment to be written: what it made, and how the account stood before and after."""

    request: AdjustmentRequest
    amount: Decimal
    before: AccountStanding
    after: AccountStanding
    on: date
    item_number: int | None = None
    operations: tuple[int, ...] = ()
    transaction_number: int | None = None

    @property
    def number(self) -> int:
        return self.before.last_adjustment + 1

    @property
    def rounding(self) -> Decimal:
        """What the balance moved besides the amount."""
        return self.balance_after - self.before.owed - self.amount * self.request.type.effect

    @property
    def balance_after(self) -> Decimal:
        """What is owed after it; of a card what will be, when it is done."""
        if self.transaction_number is None:
            return self.after.owed
        return self.before.owed + self.amount * self.request.type.effect


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment that was carried out; of a card: the transaction that the gateway is to be asked for."""

    account_id: int
    number: int
    transaction_number: int | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment as it is read again; balances are what the customer owes."""

    account_id: int
    number: int
    type: AdjustmentType
    amount: Decimal
    currency: str
    payment_mode: str
    outcome: AdjustmentState
    balance_before: Decimal
    balance_after: Decimal
    rounding: Decimal
    unallocated_before: Decimal
    unallocated_after: Decimal | None
    item_number: int | None
    transaction_number: int | None
    service: str | None
    service_label: str | None
    net: Decimal | None
    tax: Decimal | None
    operations: tuple[int, ...]
    visible: str | None
    internal: str | None
    occurred_on: date
    recorded_at: datetime
    actor: str | None
