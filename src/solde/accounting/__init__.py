"""Accounting: schemes turn operations into balanced entries; the journal, its totals, and files of it."""

from .actions import generate
from .model import RunSummary

__all__ = ["RunSummary", "generate"]
