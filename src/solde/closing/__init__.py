"""Closing: may an account or a customer be closed, and if not, what holds it open."""

from .actions import close_account, close_customer, find_blockers
from .model import Blocker, BlockerKind

__all__ = ["Blocker", "BlockerKind", "close_account", "close_customer", "find_blockers"]
