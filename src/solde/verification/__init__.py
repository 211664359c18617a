"""Verification: projections recomputed from the facts, facts held against each other, every difference listed."""

from .actions import verify
from .model import Difference, Report
from .sealing import seal

__all__ = ["Difference", "Report", "seal", "verify"]
