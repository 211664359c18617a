"""What the states of an operation are called, and their colours."""

from __future__ import annotations

from collections.abc import Mapping

from solde.listings.options import options_of

MATCHING: Mapping[str, tuple[str, str]] = {
    "O": ("Open", "blue"),
    "P": ("Partial", "amber"),
    "L": ("Matched", "green"),
    "I": ("In litigation", "red"),
    "R": ("Rejected", "grey"),
    "C": ("Closed", "grey"),
}
POSTING: Mapping[str, tuple[str, str]] = {
    "POSTED": ("Posted", "blue"),
    "EXPORTED": ("Exported", "green"),
    "REJECTED": ("Rejected", "red"),
    "EXPORT_FAILED": ("Export failed", "red"),
}
MATCHING_STATES = options_of(MATCHING)
POSTING_STATES = options_of(POSTING)
