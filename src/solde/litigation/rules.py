"""What may be disputed. Pure: no database, no clock.

Source: product §5 Litigation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from solde.kernel.dates import check_not_ahead
from solde.kernel.money import ZERO, check_positive
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say
from solde.operations.model import Change, OpenItem, Side
from solde.operations.rules import UNKNOWN_OPERATION

from .model import Decided, DisputeRequest, DisputeTerms, DisputeVerb, Kept, Past, Reason, Text

__all__ = ["UNKNOWN_OPERATION", "decide", "terms_of"]

MOST_REASON, MOST_OWNER = 2000, 100

NOT_DISPUTABLE = declare("not_disputable", Kind.CONFLICT, "Only debits of class I (invoices) can be in litigation.")
NOTHING_OPEN = declare(
    "nothing_open", Kind.CONFLICT, "Nothing of it is open, so nothing can be disputed; unmatch it first."
)
ALREADY_DISPUTED = declare("already_disputed", Kind.CONFLICT, "Update the litigation it is in, or remove it first.")
NOT_DISPUTED = declare("not_disputed", Kind.CONFLICT, "Enter litigation first.")
MORE_THAN_OPEN = declare("disputed_more_than_open", Kind.CONFLICT, "Dispute at most what is open.")
REASON_NEEDED = declare("reason_needed", Kind.INVALID, "Choose a reason code, or say why in the reason.")
UNKNOWN_REASON = declare(
    "unknown_litigation_reason", Kind.INVALID, "Use the code of an active reason of GET /api/v1/litigation-reasons."
)
REASON_RETIRED = declare("litigation_reason_retired", Kind.INVALID, "Choose a reason that is still used.")
TEXT_UNFIT = declare("litigation_text_unfit", Kind.INVALID, "Shorten the text, or remove control characters from it.")
DISPUTE_TOO_EARLY = declare(
    "litigation_too_early", Kind.INVALID, "Choose a date on or after the one named in the message."
)


def decide(
    request: DisputeRequest, item: OpenItem, past: Past, reasons: Mapping[str, Reason], today: date
) -> Decided | tuple[Refusal, ...]:
    """What becomes of the item, or every reason why not.

    Refuses, in this order: not_disputable, nothing_open; already_disputed or not_disputed; reason_needed, what
    `_check_terms` refuses, an unfit amount, dated_in_future, litigation_too_early.
    """
    if item.class_ != "I" or item.side is not Side.DEBIT:
        return (refuse(NOT_DISPUTABLE, "operation {number} is no invoice", number=item.number),)
    if item.open == 0:
        return (refuse(NOTHING_OPEN, "nothing of operation {number} is open", number=item.number),)
    if request.verb is DisputeVerb.ENTER and item.disputed > 0:
        said = say("operation {number} is in litigation with {disputed}", number=item.number, disputed=item.disputed)
        return (refuse(ALREADY_DISPUTED, said),)
    if request.verb is not DisputeVerb.ENTER and item.disputed == 0:
        return (refuse(NOT_DISPUTED, "operation {number} is not in litigation", number=item.number),)
    disputed, terms = _amount(request, item), terms_of(request, past.terms)
    effective_on = request.effective_on or today
    refusals = [
        *_check_terms(request, terms, past.terms, reasons),
        *_check_amount(request, item, disputed),
        *_check_day(item, effective_on, past.last_on, today),
    ]
    if refusals:
        return tuple(refusals)
    label = reasons[terms.reason_code].label if terms.reason_code else None
    change = Change(
        before=item,
        open=item.open,
        disputed=disputed,
        not_before=max(item.not_before, effective_on) if disputed < item.disputed else item.not_before,
        latest_on=item.latest_on,
        litigation_reason=(terms.reason or label) if disputed > 0 else None,
    )
    since_on = None if request.verb is DisputeVerb.ENTER else past.since_on
    return Decided(change, terms, effective_on, since_on or effective_on)


def terms_of(request: DisputeRequest, before: DisputeTerms) -> DisputeTerms:
    """What is said of a litigation after a request; of one that is removed only why."""
    if request.verb is DisputeVerb.REMOVE:
        return DisputeTerms(reason=_said(request.reason, None))
    was = DisputeTerms() if request.verb is DisputeVerb.ENTER else before
    return DisputeTerms(
        _said(request.reason_code, was.reason_code),
        _said(request.reason, was.reason),
        _said(request.owner, was.owner),
        was.review_on if isinstance(request.review_on, Kept) else request.review_on,
    )


def _said(text: Text, before: str | None) -> str | None:
    return before if isinstance(text, Kept) else (text or "").strip() or None


def _check_terms(
    request: DisputeRequest, terms: DisputeTerms, before: DisputeTerms, reasons: Mapping[str, Reason]
) -> list[Refusal]:
    """Is it said why, by a code that may be chosen, and in fit words?"""
    found: list[Refusal] = []
    if request.verb is not DisputeVerb.REMOVE and terms.reason_code is None and terms.reason is None:
        found.append(refuse(REASON_NEEDED, "a litigation needs a reason code or a reason", field="reason"))
    code = terms.reason_code
    if code is not None and code not in reasons:
        choice = ", ".join(one.code for one in reasons.values() if one.is_active)
        found.append(
            refuse(UNKNOWN_REASON, "{code!r} is not one of {choice}", code=code, choice=choice, field="reason_code")
        )
    elif code is not None and not reasons[code].is_active and code != before.reason_code:
        found.append(
            refuse(REASON_RETIRED, "{label!r} is no longer used", label=Label(reasons[code].label), field="reason_code")
        )
    for field, text, most in (("reason", terms.reason, MOST_REASON), ("owner", terms.owner, MOST_OWNER)):
        if text is not None and len(text) > most:
            said = say("the {name} has {count} characters; {most} are allowed", name=field, count=len(text), most=most)
            found.append(refuse(TEXT_UNFIT, said, field=field))
        elif text is not None and "\0" in text:
            found.append(refuse(TEXT_UNFIT, "the {name} holds a control character", name=field, field=field))
    return found


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
        said = say("{disputed} is disputed; {open} is open", disputed=disputed, open=item.open)
        return [refuse(MORE_THAN_OPEN, said, field="amount")]
    return []


def _check_day(item: OpenItem, effective_on: date, last_event_on: date | None, today: date) -> list[Refusal]:
    if (ahead := check_not_ahead(effective_on, max(today, item.operation_on), "effective_date")) is not None:
        return [ahead]
    earliest = max(item.not_before, last_event_on or item.not_before)
    if effective_on < earliest:
        said = say(
            "{effective_on} is before {earliest}, the last change of this operation",
            effective_on=effective_on,
            earliest=earliest,
        )
        return [refuse(DISPUTE_TOO_EARLY, said, field="effective_date")]
    return []
