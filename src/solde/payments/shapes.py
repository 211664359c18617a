"""Payments as JSON shows them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain
from solde.matching.api import LineShape, made_line
from solde.matching.rules import lettering
from solde.operations.shapes import PostingWord

from .model import AccountSuggestion, Assigned, Assignment, Effect, OperationEffect, Receipt, Registered


class TouchedShape(msgspec.Struct, frozen=True):
    """What became of an operation."""

    account: str
    number: int
    open_before: Annotated[Money | None, Meta(description="Null where the action posts it.")]
    open_after: Money


class RegisteredShape(msgspec.Struct, frozen=True):
    """A registered payment, and the match it made, if any."""

    number: int
    account: str
    type: str
    amount: Money
    currency: str
    matched: Money
    unallocated: Money
    match: str | None
    lines: list[LineShape]
    posting_status: PostingWord
    touched: Annotated[list[TouchedShape] | UnsetType, Meta(description="Told by a trial.")] = UNSET
    dry_run: bool | UnsetType = UNSET


class MadeOperation(msgspec.Struct, frozen=True):
    """An operation that the action posted."""

    account: str
    number: int
    type: str
    side: str
    amount: Money
    date: Day
    posting_status: PostingWord


class MadeMatching(msgspec.Struct, frozen=True):
    """A match that the action made, or lines of one that it reversed."""

    account: str
    code: str
    effective_date: Day
    lines: list[LineShape]


class EffectShape(msgspec.Struct, frozen=True):
    """What an action did; or, in a trial, would do."""

    operations: list[MadeOperation]
    reversals: list[MadeMatching]
    matches: list[MadeMatching]
    touched: list[TouchedShape]
    dry_run: bool | UnsetType = UNSET


class AssignmentShape(msgspec.Struct, frozen=True):
    """A part of a receipt, and the payment it became."""

    account: str
    number: int
    amount: Money
    recorded_at: Instant


class ReceiptShape(msgspec.Struct, frozen=True):
    """Money that came in and names no account."""

    id: int
    seller: str
    state: str
    amount: Money
    assigned: Money
    rest: Annotated[Money, Meta(description="What is not assigned: it waits, or was returned.")]
    currency: str
    date: Day
    type: str
    method: str | None
    reference: str | None
    payer_text: str | None
    entry_key: str | None
    returned_on: Day | None
    return_reason: str | None
    recorded_at: Instant
    assignments: list[AssignmentShape] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class AssignedShape(msgspec.Struct, frozen=True):
    """A part of a receipt that was registered."""

    receipt: int
    amount: Money
    rest: Money
    payment: RegisteredShape
    dry_run: bool | UnsetType = UNSET


class SuggestedShape(msgspec.Struct, frozen=True):
    """An account that a receipt probably belongs to."""

    account: str
    name: str
    open_debit: Money
    invoices: Annotated[list[int], Meta(description="Numbers of the invoices its texts name.")]
    why: Annotated[str, Meta(extra_json_schema={"enum": ["invoice", "code", "name"]})]
    reason: str


def registered_shape(
    made: Registered, type_code: str, amount: Decimal, account: str, currency: str, *, dry_run: bool = False
) -> RegisteredShape:
    """A registered payment as JSON shows it."""
    matched = made.matched
    return RegisteredShape(
        made.number,
        account,
        type_code,
        plain(amount),
        currency,
        plain(made.paid),
        plain(amount - made.paid),
        None if matched is None else lettering(matched.group_number),
        [] if matched is None else [made_line(line) for line in matched.lines],
        made.posting_status.value,
        [_touched(one, account) for one in made.touched] if dry_run else UNSET,
        dry_run or UNSET,
    )


def effect_shape(effect: Effect, codes: Mapping[int, str]) -> EffectShape:
    """The effect of an action as JSON shows it; `codes` are those of the accounts."""

    def code(account_id: int) -> str:
        return codes.get(account_id, str(account_id))

    return EffectShape(
        [
            MadeOperation(
                code(p.account_id),
                p.number,
                p.type_code,
                p.side.word,
                plain(p.amount),
                p.operation_on.isoformat(),
                p.posting_status.value,
            )
            for p in effect.posted
        ],
        [
            MadeMatching(
                code(u.account_id),
                lettering(u.group_number),
                u.effective_on.isoformat(),
                [made_line(x) for x in u.lines],
            )
            for u in effect.unmatched
        ],
        [
            MadeMatching(
                code(m.account_id),
                lettering(m.group_number),
                m.effective_on.isoformat(),
                [made_line(x) for x in m.lines],
            )
            for m in effect.matched
        ],
        [_touched(one, code(one.account_id)) for one in effect.touched],
    )


def receipt_shape(receipt: Receipt, parts: list[Assignment] | None = None, *, dry_run: bool = False) -> ReceiptShape:
    """A receipt as JSON shows it."""
    return ReceiptShape(
        receipt.receipt_id,
        receipt.seller,
        receipt.state.value,
        plain(receipt.amount),
        plain(receipt.assigned),
        plain(receipt.rest),
        receipt.currency,
        receipt.received_on.isoformat(),
        receipt.type_code,
        receipt.payment_method,
        receipt.reference,
        receipt.payer_text,
        receipt.entry_key,
        None if receipt.returned_on is None else receipt.returned_on.isoformat(),
        receipt.return_reason,
        format_instant(receipt.recorded_at),
        UNSET if parts is None else [_assignment(part) for part in parts],
        dry_run or UNSET,
    )


def assigned_shape(made: Assigned, receipt: Receipt, account: str) -> AssignedShape:
    """A part of a receipt that was registered, as JSON shows it."""
    paid = registered_shape(made.payment, receipt.type_code, made.amount, account, receipt.currency)
    return AssignedShape(made.receipt_id, plain(made.amount), plain(made.rest), paid)


def suggested_shape(one: AccountSuggestion) -> SuggestedShape:
    """A suggestion as JSON shows it."""
    return SuggestedShape(one.account, one.name, plain(one.open_debit), list(one.numbers), one.why, str(one.reason))


def _assignment(part: Assignment) -> AssignmentShape:
    return AssignmentShape(part.account, part.number, plain(part.amount), format_instant(part.recorded_at))


def _touched(one: OperationEffect, account: str) -> TouchedShape:
    return TouchedShape(account, one.number, None if one.before is None else plain(one.before), plain(one.after))
