"""Extracts: what a screen shows as a file: Excel, CSV or JSON Lines, row by row, with totals equal to the figures."""

from .actions import export_balances, export_customers, export_operations
from .litigation import export_disputes
from .model import Column, Exported, Form, Kind, form_of
from .writers import open_writer

__all__ = [
    "Column",
    "Exported",
    "Form",
    "Kind",
    "export_balances",
    "export_customers",
    "export_disputes",
    "export_operations",
    "form_of",
    "open_writer",
]
