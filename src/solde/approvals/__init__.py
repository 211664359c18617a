"""Approvals: what a role may do alone; above that a second person, bound to the exact content."""

from .actions import (
    Approvals,
    Executor,
    count_waiting,
    get_approval,
    limit_version,
    list_approvals,
    list_waiting,
    set_limit,
    set_limits,
)
from .model import (
    Approval,
    ApprovalState,
    Executed,
    ExecutionContext,
    Limit,
    Proposal,
    Rejected,
    Waiting,
    WaitingOn,
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
    "WaitingOn",
    "count_waiting",
    "get_approval",
    "list_approvals",
    "list_limits",
    "list_waiting",
    "limit_version",
    "set_limit",
    "set_limits",
]
