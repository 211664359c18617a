"""Imports: files of receivables, customers and payments become what the ledger keeps."""

from .actions import import_receivables
from .columns import COLUMNS, CUSTOMERS, PAYMENTS, RECEIVABLES
from .customers import import_customers
from .model import (
    CustomersOutcome,
    ImportOptions,
    ImportOutcome,
    PaymentsOutcome,
)
from .payments import import_payments
from .template import template

__all__ = [
    "COLUMNS",
    "CUSTOMERS",
    "PAYMENTS",
    "RECEIVABLES",
    "CustomersOutcome",
    "ImportOptions",
    "ImportOutcome",
    "PaymentsOutcome",
    "import_customers",
    "import_payments",
    "import_receivables",
    "template",
]
