"""What is asked of instalment plans once they are drafted: activate, cancel, break.

The docstring of a request says on every face what the action does.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from solde.actions.fields import REASON, AccountId, Actor, Field, Late, Placed, Widget

PlanNumber = Annotated[
    int, Field(label="Instalment plan", name="plan", help="Number of the plan.", placed=Placed.SUBJECT)
]
SeenVersion = Annotated[int, Field(label="Version", help="`version` of the draft as it was read.", widget=Widget.SEEN)]
Why = Annotated[str, REASON.but(hint="")]


class ActivateRequest(Struct, frozen=True):
    """Put a draft into force: its debits are settled, its instalments owed on their days.

    Where it waits for a second person and the draft is changed meanwhile, what waits is refused.
    """

    account_id: AccountId
    plan_number: PlanNumber
    actor: Actor
    version: SeenVersion
    reason: Annotated[
        str | None,
        REASON.but(help="Why.", hint="For the audit trail; may be left out.", widget=Widget.TEXT),
    ] = None
    late: Late = False


class EndRequest(Struct, frozen=True):
    """A draft to cancel, or an active plan to break, and why."""

    account_id: AccountId
    plan_number: PlanNumber
    actor: Actor
    reason: Why


class CancelRequest(EndRequest, frozen=True, kw_only=True):
    """Cancel a draft."""

    reason: Annotated[str, REASON.but(hint="", suggested=True)] = "cancelled"


class BreakRequest(EndRequest, frozen=True):
    """Break an active plan: what is not paid of it is owed as before, the debits due last first."""
