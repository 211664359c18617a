"""Credit an invoice: post a credit note against it, and match the two as far as the invoice is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.matching import MatchRequest
from solde.operations import NewOperation, OpenItem, PostRequest, Types

from . import credit_parts, rules, store
from .credit_model import CreditNote, CreditRoom, Parts
from .effects import Done, Key, tell_effects
from .requests import CreditNoteRequest
from .settling import EffectAnswer, SettlementBatch, check_new, match_all, open_desk, post_all


@dataclass(frozen=True, slots=True)
class Crediting:
    """A decision to credit an invoice: the credit note, and how much of the invoice it settles."""

    item: OpenItem
    new: NewOperation
    settles: Decimal
    request: CreditNoteRequest


async def credit_note(
    conn: Connection, requests: Sequence[CreditNoteRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Credit each invoice, whole or part: what of it is open is settled, the rest of the credit stays unallocated.

    Its tax is taken back with it, in the invoice's proportion unless the request says otherwise.
    Refuses: unknown_account, account_closed, action_reason_missing; what `check_credit`, `credited_amount`,
    `credited_parts`, `credit_date` and posting refuse.
    Source: product §2 Row actions.
    """
    keys = [(r.account_id, r.number) for r in requests]
    desk = await open_desk(conn, keys, types, today)
    rooms = await find_rooms(conn, desk.items, types)
    decided = [_decide(desk, rooms, request) for request in requests]
    chosen = [one for one in decided if isinstance(one, Crediting)]
    before = {(one.item.account_id, one.item.number): one.item for one in reversed(chosen)}
    effects = iter(await tell_effects(conn, await _carry_out(conn, chosen, types, today), before, types))
    return [one if isinstance(one, tuple) else next(effects) for one in decided]


async def find_rooms(conn: Connection, items: Mapping[Key, OpenItem], types: Types) -> dict[Key, CreditRoom]:
    """How much of each operation may be credited."""
    keys = sorted(items)
    notes, lines = await store.credit_notes_of(conn, keys), await store.standing_lines(conn, keys)
    others = {(line.account_id, line.other_number) for line in lines}
    parts = await store.parts_of(conn, sorted({*keys, *others}))
    return {
        key: rules.plan_credit(
            item,
            [note for note in notes if (note.account_id, note.invoice_number) == key],
            [line for line in lines if (line.account_id, line.number) == key],
            types.by_id,
            {number: one for (account_id, number), one in parts.items() if account_id == key[0]},
        )
        for key, item in items.items()
    }


def _decide(
    desk: SettlementBatch, rooms: dict[Key, CreditRoom], request: CreditNoteRequest
) -> Crediting | tuple[Refusal, ...]:
    key = (request.account_id, request.number)
    if (bad := rules.check_reason(request.reason)) is not None:
        return (bad,)
    if request.account_id not in desk.heads:
        return (refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),)
    item = desk.items.get(key)
    if (bad := rules.check_credit(request.number, item, desk.types.by_id[item.type_id] if item else None)) is not None:
        return (bad,)
    assert item is not None, "checked before"
    wished = credit_parts.wished_amount(request.amount, request.net, request.tax)
    amount = rules.credited_amount(item.number, rooms[key], wished)
    if isinstance(amount, Refusal):
        return (amount,)
    parts = credit_parts.credited_parts(
        item.number, rooms[key], amount, request.net, request.tax, desk.heads[item.account_id].currency
    )
    if isinstance(parts, Refusal):
        return (parts,)
    settles = min(amount, item.available)
    day = rules.credit_date(item, settles, request.on, desk.today)
    if isinstance(day, Refusal):
        return (day,)
    new = NewOperation(
        request.account_id, rules.CREDIT_NOTE_TYPE, amount, day, excluded=item.excluded, reference=request.reference,
        description=f"Credit note of operation {item.number}", comment=request.comment, source="credit_note",
        net=parts.net if parts else None, tax=parts.tax if parts else None,
    )  # fmt: skip
    if refusals := check_new(new, desk.types, desk.heads, desk.today):
        return tuple(refusals)
    desk.items[key] = replace(item, open=item.open - settles)
    rooms[key] = _smaller(rooms[key], amount, parts)
    return Crediting(item, new, settles, request)


def _smaller(room: CreditRoom, amount: Decimal, parts: Parts | None) -> CreditRoom:
    """What is left to credit after a credit note."""
    gone = room.credited_parts
    if parts is not None:
        gone = Parts(gone.net + parts.net, gone.tax + parts.tax)
    return replace(room, credited=room.credited + amount, credited_parts=gone)


async def _carry_out(conn: Connection, chosen: Sequence[Crediting], types: Types, today: date) -> list[Done]:
    if not chosen:
        return []
    posts = [
        PostRequest((one.new,), one.request.actor, one.request.reason, late=one.request.late, event="credit_note")
        for one in chosen
    ]
    numbers = await post_all(conn, posts, types)
    notes = [
        CreditNote(one.item.account_id, number, one.item.number, one.new.amount)
        for one, number in zip(chosen, numbers, strict=True)
    ]
    await store.insert_credit_notes(conn, notes)
    wishes = [_match_of(one, number) for one, number in zip(chosen, numbers, strict=True) if one.settles > 0]
    made = iter(await match_all(conn, wishes, types, today) if wishes else [])
    return [
        Done(((one.new, number),), (next(made),) if one.settles > 0 else ())
        for one, number in zip(chosen, numbers, strict=True)
    ]


def _match_of(one: Crediting, number: int) -> MatchRequest:
    item, request = one.item, one.request
    amounts = {item.number: one.settles}
    return MatchRequest(
        item.account_id, (item.number,), (number,), request.actor, amounts, one.new.operation_on, reason=request.reason
    )
