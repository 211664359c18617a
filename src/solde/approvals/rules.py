"""Limits and second persons. Pure: no database, no clock.

Source: product §12 four-eyes, §6 "Amount limits per role and per day".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from solde.access.model import Permission, Role
from solde.access.rules.permissions import check_role, roles_with
from solde.kernel.money import UNKNOWN_CURRENCY, ZERO, check_positive, check_scale, plain
from solde.kernel.refusals import FORBIDDEN, Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, Text, say

from .model import ANY_CURRENCY, Approval, ApprovalState, Limit, Proposal, WaitingOn

SETTLED = declare("approval_settled", Kind.CONFLICT, "It was decided already; read it to see by whom and how.")
EXPIRED = declare("approval_expired", Kind.CONFLICT, "It waited too long; propose the action again.")
OWN_PROPOSAL = declare(
    "own_proposal", Kind.FORBIDDEN, "Ask another person to decide; you may withdraw what you proposed."
)
NOT_YOURS = declare("proposal_not_yours", Kind.FORBIDDEN, "Only who proposed it may withdraw it; reject it instead.")
LIMIT_TOO_LOW = declare(
    "approver_limit_too_low", Kind.FORBIDDEN, "Ask somebody whose own limit for this kind of action covers the amount."
)
CONTENT_DIFFERS = declare(
    "approval_content_differs",
    Kind.CONFLICT,
    "What is stored is not what was proposed. Reject it, propose it anew, and tell the administrator.",
)
REJECTION_REASON = declare("rejection_reason_missing", Kind.INVALID, "Say in the reason why it is rejected.")
UNKNOWN_KIND = declare("unknown_action_kind", Kind.INVALID, "Use one of the kinds of action named in the message.")
LIMIT_BELOW_ZERO = declare(
    "limit_below_zero", Kind.INVALID, "Give zero (everything waits), an amount above it, or null (no limit)."
)

_CURRENCY = re.compile(r"[A-Z]{3}")


def canonical(value: object) -> bytes:
    """A JSON-able value as one text, whatever the order of its keys; amounts and dates stand in it as text."""
    return msgspec.json.encode(value, order="sorted")


ALREADY_WAITING = declare(
    "approval_waiting_already",
    Kind.CONFLICT,
    "Let it be decided, or withdraw it first; then ask again if it is meant twice.",
)


def settled_content(content: Mapping[str, object]) -> dict[str, object]:
    """The content as an executor gets it: as JSON, the same whether it is done at once or after an approval."""
    return msgspec.json.decode(canonical(content), type=dict[str, object])


def digest_of(kind: str, account_id: int, amount: Decimal, currency: str, content: Mapping[str, object]) -> bytes:
    """What an approval is bound to: SHA-256 of the canonical JSON of all that says what is done."""
    return hashlib.sha256(canonical([kind, account_id, plain(amount), currency, content])).digest()


def check_proposal(proposal: Proposal) -> list[Refusal]:
    """Every reason why a proposal cannot be one."""
    refusals = []
    if (bad := check_positive(proposal.amount)) is not None:
        refusals.append(bad.at(field="amount"))
    if not _CURRENCY.fullmatch(proposal.currency):
        refusals.append(
            refuse(UNKNOWN_CURRENCY, "{currency!r} is no currency", currency=proposal.currency, field="currency")
        )
    return refusals


def why_waiting(limit: Limit | None, proposal: Proposal, used: Decimal) -> Text | None:
    """Why a second person is needed; None where the limit, if any, allows it alone.

    Units: `used` is what the actor did alone today of this kind and currency.
    """
    if limit is None:
        return None
    asked, currency, role = proposal.amount, proposal.currency, proposal.role
    if limit.single_most is not None and asked > limit.single_most:
        return say(
            "{asked} is above the limit of {most} of the role {role}",
            asked=Amount(asked, currency),
            most=limit.single_most,
            role=role,
        )
    if limit.day_most is not None and used + asked > limit.day_most:
        beside = "{asked} beside the {used} of today is above the limit of {most} a day of the role {role}"
        alone = "{asked} is above the limit of {most} a day of the role {role}"
        before = {"used": used} if used else {}
        return say(beside if used else alone, asked=Amount(asked, currency), most=limit.day_most, role=role, **before)
    return None


def check_may_decide(role: str, allowed: Collection[Permission] | None = None) -> Refusal | None:
    """Why a role cannot decide at all, if so; `allowed` is what it may do, unless said what every one of the role may."""
    deciding = roles_with(Permission.APPROVALS)
    if role in deciding if allowed is None else Permission.APPROVALS in allowed:
        return None
    names = ", ".join(deciding)
    said = say(
        "the permission {approvals} is missing; the role {role} does not have it ({names} do)",
        approvals=Permission.APPROVALS,
        role=role,
        names=names,
    )
    return refuse(FORBIDDEN, said)


def check_decision(
    approval: Approval, *, approve: bool, decider: str, limit: Limit | None, reason: str | None, now: datetime
) -> list[Refusal]:
    """Every reason why this person cannot decide so; `limit` is the decider's own.

    Refuses: approval_settled, approval_expired; own_proposal, approver_limit_too_low, approval_content_differs,
    rejection_reason_missing.
    """
    if refusal := check_waiting(approval, now):
        return [refusal]
    refusals = []
    if is_same_person(decider, approval.proposed_by):
        refusals.append(refuse(OWN_PROPOSAL, "{decider} proposed it", decider=decider))
    if not approve:
        return refusals if has_text(reason) else [*refusals, refuse(REJECTION_REASON, "no reason", field="reason")]
    if limit is not None and limit.single_most is not None and approval.amount > limit.single_most:
        asked, most = plain(approval.amount), plain(limit.single_most)
        said = say("{asked} is above the limit of {most} of the role {role}", asked=asked, most=most, role=limit.role)
        refusals.append(refuse(LIMIT_TOO_LOW, said))
    if approval.digest != digest_of(
        approval.kind, approval.account_id, approval.amount, approval.currency, approval.content
    ):
        refusals.append(refuse(CONTENT_DIFFERS, "the digest of the stored content is another"))
    return refusals


def check_withdrawal(approval: Approval, actor: str, now: datetime) -> Refusal | None:
    """Why this person cannot withdraw it, if so."""
    if not is_same_person(actor, approval.proposed_by):
        return refuse(NOT_YOURS, "{proposed_by} proposed it", proposed_by=approval.proposed_by)
    return check_waiting(approval, now)


def check_waiting(approval: Approval, now: datetime) -> Refusal | None:
    """Why it cannot be decided any more, if so."""
    if approval.state not in (ApprovalState.WAITING, ApprovalState.EXPIRED):
        return refuse(
            SETTLED, "approval {approval_id} is {state} already", approval_id=approval.approval_id, state=approval.state
        )
    if approval.expires_at <= now:
        said = say(
            "approval {approval_id} ended {expires_at:%Y-%m-%d %H:%M} UTC",
            approval_id=approval.approval_id,
            expires_at=approval.expires_at,
        )
        return refuse(EXPIRED, said)
    return None


def is_same_person(one: str, other: str) -> bool:
    """Two names of actors that a person would read as one."""
    return one.strip().casefold() == other.strip().casefold()


def has_text(text: str | None) -> bool:
    """Is anything said?"""
    return bool(text and text.strip())


def check_limit(limit: Limit, kinds: Collection[str]) -> list[Refusal]:
    """Every reason why a limit cannot be set; `kinds` are the kinds of action there are."""
    refusals = check_role(limit.role, tuple(Role))
    if limit.kind not in kinds:
        said = say("{kind!r} is not one of {kinds}", kind=limit.kind, kinds=", ".join(sorted(kinds)))
        refusals.append(refuse(UNKNOWN_KIND, said, field="kind"))
    if limit.currency != ANY_CURRENCY and not _CURRENCY.fullmatch(limit.currency):
        refusals.append(
            refuse(
                UNKNOWN_CURRENCY, "{currency!r} is neither a currency nor *", currency=limit.currency, field="currency"
            )
        )
    for field, most in (("single_most", limit.single_most), ("day_most", limit.day_most)):
        if most is not None and (bad := _check_most(most)) is not None:
            refusals.append(bad.at(field=field))
    return refusals


def _check_most(most: Decimal) -> Refusal | None:
    if (bad := check_scale(most)) is not None:
        return bad
    return refuse(LIMIT_BELOW_ZERO, "{most} is below zero", most=most) if most < ZERO else None


NOTES = frozenset({"reason", "comment", "reference", "description", "internal", "comments"})
"""Fields of a content that say why or how it is called, not what is done."""


def is_same_request(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Would both do the same to the same operations? What names no operation is the same only with the same notes.

    Amounts are compared as numbers: 1200 is 1200.00.
    """
    if numbers_in(one):
        return _numbered(_without_notes(one)) == _numbered(_without_notes(other))
    return _numbered(dict(one)) == _numbered(dict(other))


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def _numbered(content: object) -> object:
    """A content with its amounts, which JSON keeps as texts, as numbers."""
    match content:
        case str() if _DECIMAL.fullmatch(content):
            return Decimal(content)
        case dict():
            return {name: _numbered(value) for name, value in content.items()}
        case list() | tuple():
            return [_numbered(value) for value in content]
        case _:
            return content


def numbers_in(content: Mapping[str, object]) -> set[int]:
    """The numbers of the operations of the account that a content names."""
    named = [content.get(name) for name in ("number", "credit_number", "debit_number", "invoice_number")]
    listed = [
        one
        for name in ("debits", "credits", "numbers")
        if isinstance(found := content.get(name), list)
        for one in found
    ]
    return {one for one in (*named, *listed) if isinstance(one, int) and not isinstance(one, bool)}


def _without_notes(content: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in content.items() if name not in NOTES}


def already_waiting(proposal: Proposal, waiting: Sequence[WaitingOn]) -> Refusal | None:
    """None where nothing equal waits for a decision."""
    same = next(
        (
            one
            for one in waiting
            if (one.kind, one.amount, one.currency) == (proposal.kind, proposal.amount, proposal.currency)
            and is_same_request(one.content, proposal.content)
        ),
        None,
    )
    if same is None:
        return None
    said = say(
        "approval {approval_id}, asked for by {proposed_by}, waits for the same",
        approval_id=same.approval_id,
        proposed_by=same.proposed_by,
    )
    return refuse(ALREADY_WAITING, said)
