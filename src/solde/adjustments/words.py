"""What the transactions of the wizard are called."""

from __future__ import annotations

from collections.abc import Mapping

from .model import AdjustmentType

T = AdjustmentType

LABELS: Mapping[AdjustmentType, str] = {
    T.MANUAL_CHARGE: "Manual charge",
    T.MANUAL_CREDIT: "Manual credit",
    T.PROMOTIONAL_CREDIT: "Promotional credit",
    T.MANUAL_PAYMENT: "Manual payment",
    T.REFUND: "Refund",
    T.ECOMMERCE_PAYMENT: "E-commerce payment",
    T.ECOMMERCE_REFUND: "E-commerce refund",
    T.AUTHORIZATION_ONLY: "Authorization only",
    T.CAPTURE_PAYMENT: "Capture payment",
    T.VOID: "Void",
}
