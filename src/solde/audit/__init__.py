"""Audit: one record for every state change, in its transaction; sealed in order into a hash chain."""

from .actions import append, next_action_ids, seal
from .model import AuditRecord, ChainFault
from .verify import verify_chain

__all__ = ["AuditRecord", "ChainFault", "append", "next_action_ids", "seal", "verify_chain"]
