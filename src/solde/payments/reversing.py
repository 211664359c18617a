"""Reject a payment or refund, take a write-off or a credit note back: reverse what it settled, post its opposite, match the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Code, Refusal, refuse
from solde.matching import MatchRequest, UnmatchRequest
from solde.operations import NewOperation, OpenItem, OperationType, PostRequest, Side, Types
from solde.operations.rules import UNKNOWN_OPERATION

from . import rules, store
from .effects import Done, read_items, tell_effects
from .model import StandingLine
from .requests import ReversalRequest
from .settling import EffectAnswer, SettlementBatch, check_new, match_all, open_desk, post_all, undo_lines, unmatch_all


@dataclass(frozen=True, slots=True)
class ReversalKind:
    """What sort of operation is taken back: the type that does it, and what stands against it."""

    type_of: Callable[[SettlementBatch, OpenItem], str | Refusal]
    check: Callable[[OpenItem, Sequence[StandingLine], Mapping[int, OperationType]], Refusal | None]
    already: Code
    source: str
    words: str


@dataclass(frozen=True, slots=True)
class TakingBack:
    """A decision to take an operation back: the lines that are reversed, the operation that is its opposite."""

    item: OpenItem
    lines: tuple[StandingLine, ...]
    new: NewOperation
    request: ReversalRequest


async def reject_payment(
    conn: Connection, requests: Sequence[ReversalRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Book that the bank gave payments (or refunds) back: what each paid is open again, and a rejection settles it.

    Refuses: unknown_account, unknown_operation, account_closed, action_reason_missing, effective_too_early; what
    `rejection_type`, `check_rejection` and posting refuse.
    Source: product §2 Matching status.
    """
    return await _take_back(conn, requests, types, today, REJECTION)


async def reverse_write_off(
    conn: Connection, requests: Sequence[ReversalRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Take write-offs back: what each gave up is open again, and its opposite settles it.

    Refuses: unknown_account, unknown_operation, account_closed, action_reason_missing, effective_too_early,
    not_a_write_off, write_off_already_reversed.
    """
    return await _take_back(conn, requests, types, today, WRITE_OFF_BACK)


async def reverse_credit_note(
    conn: Connection, requests: Sequence[ReversalRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Take credit notes back: what each settled is open again, and its opposite settles it.

    Refuses: unknown_account, unknown_operation, account_closed, action_reason_missing, effective_too_early,
    not_a_credit_note, credit_note_already_reversed, credit_note_refunded, payment_moved.
    """
    return await _take_back(conn, requests, types, today, CREDIT_NOTE_BACK)


def _rejection_type(desk: SettlementBatch, item: OpenItem) -> str | Refusal:
    return rules.rejection_type(item.number, desk.types.by_id[item.type_id], desk.routes.by_type)


def _write_off_back(desk: SettlementBatch, item: OpenItem) -> str | Refusal:
    return rules.write_off_back(item.number, desk.types.by_id[item.type_id])


def _credit_note_back(desk: SettlementBatch, item: OpenItem) -> str | Refusal:
    return rules.credit_note_back(item.number, desk.types.by_id[item.type_id])


def _no_more(_item: OpenItem, _lines: Sequence[StandingLine], _types: Mapping[int, OperationType]) -> None:
    """Whatever a write-off is matched with, it may be taken back."""


REJECTION = ReversalKind(_rejection_type, rules.check_rejection, rules.ALREADY_REJECTED, "rejection", "Rejection")
WRITE_OFF_BACK = ReversalKind(_write_off_back, _no_more, rules.ALREADY_TAKEN_BACK, "write_off", "Taking back")

CREDIT_NOTE_BACK = ReversalKind(
    _credit_note_back, rules.check_credit_note_back, rules.CREDIT_NOTE_BACK_BEFORE, "credit_note", "Taking back"
)


async def _take_back(
    conn: Connection, requests: Sequence[ReversalRequest], types: Types, today: date, kind: ReversalKind
) -> list[EffectAnswer]:
    keys = [(r.account_id, r.number) for r in requests]
    desk = await open_desk(conn, keys, types, today)
    desk.routes = await store.load_routes(conn)
    standing = await store.standing_lines(conn, sorted(set(keys)))
    desk.items |= await read_items(conn, sorted({(line.account_id, line.other_number) for line in standing}))
    gone = await store.find_taken_back(conn, keys)
    desk.parts = await store.parts_of(conn, keys)
    decided = [_decide(desk, request, kind, standing, gone) for request in requests]
    chosen = [one for one in decided if isinstance(one, TakingBack)]
    effects = iter(await tell_effects(conn, await _carry_out(conn, desk, chosen), desk.items, types))
    return [one if isinstance(one, tuple) else next(effects) for one in decided]


def _decide(
    desk: SettlementBatch,
    request: ReversalRequest,
    kind: ReversalKind,
    standing: Sequence[StandingLine],
    gone: set[tuple[int, int]],
) -> TakingBack | tuple[Refusal, ...]:
    if (bad := _check_request(desk, request)) is not None:
        return (bad,)
    key = (request.account_id, request.number)
    item = desk.items[key]
    mine = [line for line in standing if (line.account_id, line.number) == key]
    code = kind.type_of(desk, item)
    if isinstance(code, Refusal):
        return (code,)
    if key in gone:
        return (refuse(kind.already, "operation {number} was taken back before", number=item.number),)
    if (bad := kind.check(item, mine, desk.types.by_id)) is not None:
        return (bad,)
    # A rounding opens with what it closed, by itself.
    lines = tuple(line for line in mine if desk.types.by_id[line.other_type_id].code not in rules.ROUNDING_TYPES)
    day = rules.taking_back_date(item, lines, request.on, desk.today)
    if isinstance(day, Refusal):
        return (day,)
    parts = desk.parts.get(key)
    new = NewOperation(
        request.account_id, code, item.amount, day, excluded=item.excluded, reference=request.reference,
        description=f"{kind.words} of operation {item.number}", source=kind.source,
        net=parts.net if parts else None, tax=parts.tax if parts else None,
    )  # fmt: skip
    if refusals := check_new(new, desk.types, desk.heads, desk.today):
        return tuple(refusals)
    gone.add(key)
    return TakingBack(item, lines, new, request)


def _check_request(desk: SettlementBatch, request: ReversalRequest) -> Refusal | None:
    if request.account_id not in desk.heads:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account")
    if (request.account_id, request.number) not in desk.items:
        return refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=request.number)
    return rules.check_reason(request.reason)


def _event(one: TakingBack, desk: SettlementBatch) -> str:
    """What is done by it: the bank gave money back, or a write-off or credit note is taken back."""
    return "rejection" if desk.types.by_code[one.new.type_code].class_ == "R" else "reversal"


async def _carry_out(conn: Connection, desk: SettlementBatch, chosen: Sequence[TakingBack]) -> list[Done]:
    """Reverse, post and match, each in one batch."""
    if not chosen:
        return []
    wishes = [wish for one in chosen for wish in _reversals(one)]
    unmatched = iter(await unmatch_all(conn, wishes, desk.today))
    reversed_of = [tuple(next(unmatched) for _ in _reversals(one)) for one in chosen]
    posts = [
        PostRequest((one.new,), one.request.actor, one.request.reason, late=one.request.late, event=_event(one, desk))
        for one in chosen
    ]
    numbers = await post_all(conn, posts, desk.types)
    taken = [(one.item.account_id, one.item.number, number) for one, number in zip(chosen, numbers, strict=True)]
    await store.insert_taken_back(conn, taken)
    matches = [_match_of(one, number) for one, number in zip(chosen, numbers, strict=True)]
    made = await match_all(conn, matches, desk.types, desk.today)
    return [
        Done(((one.new, number),), (matched,), back)
        for one, number, matched, back in zip(chosen, numbers, made, reversed_of, strict=True)
    ]


def _reversals(one: TakingBack) -> list[UnmatchRequest]:
    """A reversal a match, of the lines that touch the operation."""
    return undo_lines(one.lines, one.request.actor, one.new.operation_on, one.request.reason)


def _match_of(one: TakingBack, number: int) -> MatchRequest:
    credit = one.item.side is Side.CREDIT
    debits, credits = ((number,), (one.item.number,)) if credit else ((one.item.number,), (number,))
    day, request = one.new.operation_on, one.request
    return MatchRequest(request.account_id, debits, credits, request.actor, {}, day, reason=request.reason)
