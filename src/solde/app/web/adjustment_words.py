"""The ten transactions of the wizard in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.adjustments import AdjustmentType

T = AdjustmentType

HINTS: Mapping[AdjustmentType, str] = {
    T.MANUAL_CHARGE: "Charge a service; the next invoice holds it.",
    T.MANUAL_CREDIT: "Give money back for a service, as a compensation; the next invoice holds it.",
    T.PROMOTIONAL_CREDIT: "Give a credit for no service in particular, as a promotion.",
    T.MANUAL_PAYMENT: "Money came in by hand, such as cash or a cheque. It pays the oldest due first.",
    T.REFUND: "Give money back that pays no invoice yet.",
    T.ECOMMERCE_PAYMENT: "Charge the stored card; then as a payment.",
    T.ECOMMERCE_REFUND: "Give money of a card payment back to the card.",
    T.AUTHORIZATION_ONLY: "Reserve an amount on the card; the balance stays.",
    T.CAPTURE_PAYMENT: "Take what was reserved, or a part; the rest is released.",
    T.VOID: "Give up what was reserved; the balance stays.",
}
GROUPS: Sequence[tuple[str, tuple[AdjustmentType, ...]]] = (
    ("Charges and credits", (T.MANUAL_CHARGE, T.MANUAL_CREDIT, T.PROMOTIONAL_CREDIT)),
    ("Payments and refunds", (T.MANUAL_PAYMENT, T.REFUND)),
    (
        "Cards",
        (T.ECOMMERCE_PAYMENT, T.ECOMMERCE_REFUND, T.AUTHORIZATION_ONLY, T.CAPTURE_PAYMENT, T.VOID),
    ),
)
EFFECTS: Mapping[tuple[int, bool], str] = {
    (1, False): "The customer owes more",
    (-1, False): "The customer owes less",
    (0, False): "The balance stays",
    (1, True): "Less funds",
    (-1, True): "More funds",
    (0, True): "The funds stay",
}
"""By what it does to what is owed, and whether the account is prepaid."""
OUTCOMES = {"done": ("Done", "green"), "waits": ("Waits for the gateway", "amber"), "failed": ("Declined", "red")}
"""How an adjustment ended, with its tone."""
KINDS = {"MANUAL_CHARGE": "Charge", "MANUAL_CREDIT": "Credit", "PROMOTION": "Promotion"}
"""Kinds of unbilled items."""


def digit_of(kind: AdjustmentType) -> str:
    """The key that chooses it: 1 to 9, and 0 for the tenth."""
    return str((list(AdjustmentType).index(kind) + 1) % 10)
