"""What may be disputed. Pure: no database, no clock.

Source: product §5 Litigation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from solde.kernel.money import ZERO, check_positive, plain
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.operations.model import Change, OpenItem, Side
from solde.operations.rules import UNKNOWN_OPERATION

from .model import DisputeRequest, DisputeVerb

__all__ = ["UNKNOWN_OPERATION", "decide"]

NOT_DISPUTABLE = declare("not_disputable", Kind.CONFLICT, "Only debits of class I (invoices) can be in litigation.")
NOTHING_OPEN = declare(
    "nothing_open", Kind.CONFLICT, "Nothing of it is open, so nothing can be disputed; unmatch it first."
)
ALREADY_DISPUTED = declare("already_disputed", Kind.CONFLICT, "Update the litigation it is in, or remove it first.")
NOT_DISPUTED = declare("not_disputed", Kind.CONFLICT, "Enter litigation first.")
MORE_THAN_OPEN = declare("disputed_more_than_open", Kind.CONFLICT, "Dispute at most what is open.")
REASON_NEEDED = declare("reason_needed", Kind.INVALID, "Say why in the reason.")
DISPUTE_TOO_EARLY = declare(
    "litigation_too_early", Kind.INVALID, "Choose a date on or after the one named in the message."
)
DISPUTE_IN_FUTURE = declare("litigation_in_future", Kind.INVALID, "Choose today or an earlier date.")


def decide(
    request: DisputeRequest, item: OpenItem, last_event_on: date | None, today: date
) -> Change | tuple[Refusal, ...]:
    """What becomes of the item, or every reason why not.

    Refuses, in this order: not_disputable, nothing_open; already_disputed or not_disputed; reason_needed, an unfit amount,
    litigation_in_future, litigation_too_early.
    """
    if item.class_ != "I" or item.side is not Side.DEBIT:
        return (refuse(NOT_DISPUTABLE, f"operation {item.number} is no invoice"),)
    if item.open == 0:
        return (refuse(NOTHING_OPEN, f"nothing of operation {item.number} is open"),)
    if request.verb is DisputeVerb.ENTER and item.disputed > 0:
        return (refuse(ALREADY_DISPUTED, f"operation {item.number} is in litigation with {plain(item.disputed)}"),)
    if request.verb is not DisputeVerb.ENTER and item.disputed == 0:
        return (refuse(NOT_DISPUTED, f"operation {item.number} is not in litigation"),)
    disputed = _amount(request, item)
    effective_on = request.effective_on or today
    refusals = [*_check_amount(request, item, disputed), *_check_day(item, effective_on, last_event_on, today)]
    if request.verb is DisputeVerb.ENTER and not (request.reason or "").strip():
        refusals.insert(0, refuse(REASON_NEEDED, "a litigation needs a reason", field="reason"))
    if refusals:
        return tuple(refusals)
    return Change(
        before=item,
        open=item.open,
        disputed=disputed,
        not_before=max(item.not_before, effective_on) if disputed < item.disputed else item.not_before,
        latest_on=item.latest_on,
        litigation_reason=(request.reason or item.litigation_reason) if disputed > 0 else None,
    )


def _amount(request: DisputeRequest, item: OpenItem) -> Decimal:
    if request.verb is DisputeVerb.REMOVE:
        return ZERO
    if request.amount is not None:
        return request.amount
    return item.open if request.verb is DisputeVerb.ENTER else item.disputed


def _check_amount(request: DisputeRequest, item: OpenItem, disputed: Decimal) -> list[Refusal]:
    if request.verb is DisputeVerb.REMOVE:
        return []
    if (bad := check_positive(disputed)) is not None:
        return [bad.at(field="amount")]
    if disputed > item.open:
        return [refuse(MORE_THAN_OPEN, f"{plain(disputed)} is disputed; {plain(item.open)} is open", field="amount")]
    return []


def _check_day(item: OpenItem, effective_on: date, last_event_on: date | None, today: date) -> list[Refusal]:
    if effective_on > max(today, item.operation_on):
        return [refuse(DISPUTE_IN_FUTURE, f"{effective_on} lies in the future", field="effective_date")]
    earliest = max(item.not_before, last_event_on or item.not_before)
    if effective_on < earliest:
        return [
            refuse(
                DISPUTE_TOO_EARLY,
                f"{effective_on} is before {earliest}, the last change of this operation",
                field="effective_date",
            )
        ]
    return []
