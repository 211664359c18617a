"""Litigation: what of an invoice is disputed, since when, why, and whose it is."""

from .actions import dispute
from .filters import DisputeFilter
from .lists import OpenDispute, list_disputes, total_disputes
from .model import KEPT, Disputed, DisputeRequest, DisputeTerms, DisputeVerb, LitigationEvent, Reason
from .reasons import change_reason, create_reason
from .store import list_events, list_owners, list_reasons

__all__ = [
    "KEPT",
    "DisputeFilter",
    "DisputeRequest",
    "DisputeVerb",
    "Disputed",
    "LitigationEvent",
    "OpenDispute",
    "Reason",
    "DisputeTerms",
    "change_reason",
    "create_reason",
    "dispute",
    "list_disputes",
    "list_events",
    "list_owners",
    "list_reasons",
    "total_disputes",
]
