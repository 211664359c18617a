"""Card payments: charge, authorize, capture, void, refund through a gateway; what it says becomes payments and refunds."""

from .actions import authorize, capture, charge, refund, void
from .filters import AllTransactionsFilter
from .gateway import Gateway
from .listing import ListedTransaction, list_all_transactions
from .model import (
    CardKind,
    CardOutcome,
    CardRequest,
    CardState,
    CardTransaction,
    Chargeback,
    ChargebackState,
    PaymentCard,
    TransactionFilter,
)
from .rules import capturable, refundable, voidable
from .store import list_cards, list_transactions

__all__ = [
    "AllTransactionsFilter",
    "CardKind",
    "CardOutcome",
    "CardRequest",
    "CardState",
    "CardTransaction",
    "Chargeback",
    "ChargebackState",
    "Gateway",
    "ListedTransaction",
    "PaymentCard",
    "TransactionFilter",
    "authorize",
    "capturable",
    "capture",
    "charge",
    "list_all_transactions",
    "list_cards",
    "list_transactions",
    "refund",
    "refundable",
    "void",
    "voidable",
]
