"""Litigation: what of an invoice is disputed, since when and why."""

from .actions import dispute
from .model import Disputed, DisputeRequest, DisputeVerb, LitigationEvent
from .store import list_events

__all__ = ["DisputeRequest", "DisputeVerb", "Disputed", "LitigationEvent", "dispute", "list_events"]
