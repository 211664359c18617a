"""Approvals: what a role may do alone; above that a second person, bound to the exact content."""

from .actions import Approvals, Executor, count_waiting, get_approval, list_approvals, set_limit, set_limits
from .model import (
    Approval,
    ApprovalState,
    Executed,
    ExecutionContext,
    Limit,
    Proposal,
    Rejected,
    Waiting,
)
from .store import list_limits

__all__ = [
    "Approval",
    "ApprovalState",
    "Approvals",
    "Executed",
    "ExecutionContext",
    "Executor",
    "Limit",
    "Proposal",
    "Rejected",
    "Waiting",
    "count_waiting",
    "get_approval",
    "list_approvals",
    "list_limits",
    "set_limit",
    "set_limits",
]
