"""Imports: files of receivables, customers and payments become what the ledger keeps."""

from .actions import import_receivables
from .customers import import_customers
from .mapping import parse_mapping, read_mapping
from .model import (
    CUSTOMER_COLUMNS,
    PAYMENT_COLUMNS,
    RECEIVABLE_COLUMNS,
    RECEIVABLE_REQUIRED,
    CustomersOutcome,
    FileMapping,
    ImportOptions,
    Outcome,
    PaymentsOutcome,
)
from .payments import import_payments
from .template import template

__all__ = [
    "CUSTOMER_COLUMNS",
    "PAYMENT_COLUMNS",
    "RECEIVABLE_COLUMNS",
    "RECEIVABLE_REQUIRED",
    "CustomersOutcome",
    "FileMapping",
    "ImportOptions",
    "Outcome",
    "PaymentsOutcome",
    "import_customers",
    "import_payments",
    "import_receivables",
    "parse_mapping",
    "read_mapping",
    "template",
]
