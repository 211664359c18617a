"""Litigation: what of an invoice is disputed, since when, why, and whose it is."""

from .actions import dispute
from .lists import (
    DisputeFilter,
    DisputeOrder,
    DisputeTotal,
    OpenDispute,
    list_disputes,
    list_owners,
    parse_dispute_sort,
    total_disputes,
)
from .model import KEPT, Disputed, DisputeRequest, DisputeVerb, LitigationEvent, Reason, Terms
from .reasons import change_reason, create_reason
from .store import list_events, list_reasons

__all__ = [
    "KEPT",
    "DisputeFilter",
    "DisputeOrder",
    "DisputeRequest",
    "DisputeTotal",
    "DisputeVerb",
    "Disputed",
    "LitigationEvent",
    "OpenDispute",
    "Reason",
    "Terms",
    "change_reason",
    "create_reason",
    "dispute",
    "list_disputes",
    "list_events",
    "list_owners",
    "list_reasons",
    "parse_dispute_sort",
    "total_disputes",
]
