"""Audit: one record for every state change, in its transaction; sealed in order into a hash chain."""

from .actions import Beside, append, forget_answers, next_action_ids, seal
from .lists import list_actors, list_records
from .model import ActionRange, AuditRecord, ChainFault, KeptRecord, SealedFacts
from .verify import verify_chain

__all__ = [
    "AuditRecord",
    "Beside",
    "ChainFault",
    "KeptRecord",
    "SealedFacts",
    "ActionRange",
    "append",
    "forget_answers",
    "list_actors",
    "list_records",
    "next_action_ids",
    "seal",
    "verify_chain",
]
