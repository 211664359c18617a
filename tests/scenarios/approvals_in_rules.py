"""Write-offs that may need a second person, decided by the rules of approvals alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from solde.approvals import rules
from solde.approvals.model import WAITS, Approval, ApprovalState, Limit, Proposal

NIL = Decimal(0)
KIND, PROPOSER, DECIDER = "write_off", "accountant", "admin"


def instant(on: date) -> datetime:
    """Noon of a day."""
    return datetime.combine(on, time(12), UTC)


@dataclass
class Wish:
    """What waits: which operation by which name, and how it stands."""

    what: str
    amount: Decimal
    approval: Approval


class ApprovalsInRules:
    """The limit of who writes off, and what waits because of it."""

    def __init__(self) -> None:
        self.limit: Limit | None = None
        self.waiting: dict[str, Wish] = {}

    def set_limit(self, most: Decimal) -> None:
        """The most that is written off alone."""
        self.limit = Limit(PROPOSER, KIND, "EUR", most, None)

    def submit(self, on: date, name: str, what: str, amount: Decimal, actor: str) -> bool:
        """May it be done at once? Otherwise it is kept."""
        proposal = Proposal(KIND, 1, amount, "EUR", {"number": what}, actor, PROPOSER, "because")
        why = rules.why_waiting(self.limit, proposal, NIL)
        if why is None:
            return True
        digest = rules.digest_of(KIND, 1, amount, "EUR", proposal.content)
        at = instant(on)
        approval = Approval(
            len(self.waiting) + 1, 1, None, None, "UTC", KIND, amount, "EUR", proposal.content, digest, actor, PROPOSER,
            "because", why, at, at + WAITS, ApprovalState.WAITING, None, None, None,
        )  # fmt: skip
        self.waiting[name] = Wish(what, amount, approval)
        return False

    def decide(self, on: date, name: str, actor: str, *, approve: bool) -> str | None:
        """Settle what waits; gives the code of a refusal, if any."""
        wish = self.waiting[name]
        reason = None if approve else "because"
        if bad := rules.check_decision(
            wish.approval, approve=approve, decider=actor, limit=None, reason=reason, now=instant(on)
        ):
            return bad[0].code
        state = ApprovalState.APPROVED if approve else ApprovalState.REJECTED
        wish.approval = replace(wish.approval, state=state)
        return None
