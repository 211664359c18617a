"""Imports: receivables of a file become operations, payments, matches and litigation."""

from .actions import import_receivables
from .mapping import parse_mapping, read_mapping
from .model import COLUMNS, REQUIRED, FileMapping, ImportOptions, Outcome

__all__ = [
    "COLUMNS",
    "REQUIRED",
    "FileMapping",
    "ImportOptions",
    "Outcome",
    "import_receivables",
    "parse_mapping",
    "read_mapping",
]
