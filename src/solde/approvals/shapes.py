"""Approvals as JSON shows them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from solde.access.http import Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import Approval


class ApprovalShape(msgspec.Struct, frozen=True):
    """An action that waits for a second person, or did."""

    id: int
    state: str
    kind: str
    account: str | None
    seller: str | None
    amount: Money
    currency: str
    content: Annotated[dict[str, Any], Meta(description="What is done when it is approved, exactly.")]
    digest: Annotated[str, Meta(description="SHA-256 of what it is bound to; the audit trail names it too.")]
    why: Annotated[str, Meta(description="Why a second person is needed.")]
    proposed_by: str
    proposer_role: str
    reason: str | None
    created_at: Instant
    expires_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    decision_reason: str | None


def approval_shape(approval: Approval) -> ApprovalShape:
    """An approval as JSON shows it."""
    return ApprovalShape(
        approval.approval_id,
        approval.state,
        approval.kind,
        approval.account,
        approval.seller,
        plain(approval.amount),
        approval.currency,
        dict(approval.content),
        approval.digest.hex(),
        str(approval.why),
        approval.proposed_by,
        approval.proposer_role,
        approval.reason,
        format_instant(approval.created_at),
        format_instant(approval.expires_at),
        approval.decided_by,
        None if approval.decided_at is None else format_instant(approval.decided_at),
        approval.decision_reason,
    )
