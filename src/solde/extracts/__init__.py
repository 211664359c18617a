"""Extracts: what a screen shows as a file: Excel, CSV or JSON Lines, row by row, with totals equal to the figures."""

from .actions import export_balances, export_customers, export_operations
from .columns import BALANCE_COLUMNS, CUSTOMER_COLUMNS, OPERATION_COLUMNS, AccountFigures, Counted, total_row
from .model import TOLD_ROWS, Column, Exported, Field, FieldKind, FileFormat, Value, form_of, pick_fields
from .unbilled import export_unbilled
from .writers import open_writer

__all__ = [
    "TOLD_ROWS",
    "BALANCE_COLUMNS",
    "CUSTOMER_COLUMNS",
    "OPERATION_COLUMNS",
    "AccountFigures",
    "Counted",
    "Field",
    "Value",
    "pick_fields",
    "total_row",
    "Column",
    "Exported",
    "FileFormat",
    "FieldKind",
    "export_balances",
    "export_customers",
    "export_operations",
    "export_unbilled",
    "form_of",
    "open_writer",
]
