"""Verification: projections recomputed from the facts, facts held against each other, every difference listed."""

from .actions import verify
from .model import Report, VerificationDifference
from .sealing import seal

__all__ = ["VerificationDifference", "Report", "seal", "verify"]
