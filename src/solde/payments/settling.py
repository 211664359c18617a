"""Refund, write off, transfer: post an operation that settles a part of another, and match the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.kernel.texts import say
from solde.matching import Keeper, Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, OpenItem, Posted, PostRequest, Side, Types, post
from solde.operations import rules as operation_rules
from solde.operations import store as operation_store
from solde.operations.store import AccountHead

from . import rules, store
from .credit_model import Parts
from .effects import Done, Key, read_items, tell_effects
from .model import AccountOwner, Effect, Routes, Settlement, StandingLine
from .requests import RefundRequest, TransferRequest, WriteOffRequest

EffectAnswer = Effect | tuple[Refusal, ...]
Decided = Settlement | tuple[Refusal, ...]


@dataclass(slots=True)
class SettlementBatch:
    """The locked accounts and items of a batch; each decision lowers what the next one finds."""

    types: Types
    today: date
    heads: dict[int, AccountHead]
    items: dict[Key, OpenItem]
    routes: Routes = field(default_factory=lambda: Routes({}, {}))
    parties: dict[int, AccountOwner] = field(default_factory=dict)
    references: dict[Key, str] = field(default_factory=dict)
    parts: dict[Key, Parts] = field(default_factory=dict)


async def refund(
    conn: Connection, requests: Sequence[RefundRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Give back what is unallocated of each credit: post a refund and match it with the credit.

    Refuses: unknown_account, account_closed, not_refundable; what `check_settled`, `refund_type`, `settling_date` and
    posting refuse.
    Source: product §6 Refund.
    """
    desk = await open_desk(conn, [(r.account_id, r.credit_number) for r in requests], types, today)
    desk.routes = await store.load_routes(conn)
    return await settle(conn, desk, [_decide_refund(desk, request) for request in requests])


async def write_off(
    conn: Connection, requests: Sequence[WriteOffRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Give up each debit, whole or part: post a write-off and match it with the debit.

    Refuses: unknown_account, account_closed, action_reason_missing; what `check_settled`, `settling_date` and posting
    refuse.
    Source: product §2 Row actions.
    """
    desk = await open_desk(conn, [(r.account_id, r.number) for r in requests], types, today)
    return await settle(conn, desk, [decide_write_off(desk, request, Side.DEBIT) for request in requests])


async def transfer(
    conn: Connection, requests: Sequence[TransferRequest], types: Types, *, today: date
) -> list[EffectAnswer]:
    """Bring what is available of each operation, or a part, to another account of the same currency and seller.

    A credit is settled by a DBT_TRS on its account and stands as a CRD_TRS on the other one; a debit the other way
    round, with its due date.
    Refuses: unknown_account, account_closed, action_reason_missing, transfer_to_itself, transfer_currency_differs,
    transfer_seller_differs; what `check_settled`, `settling_date` and posting refuse.
    Source: product §2 Also.
    """
    keys = [(r.account_id, r.number) for r in requests]
    desk = await open_desk(conn, keys, types, today, [r.to_account_id for r in requests])
    desk.parties = await store.parties_of(conn, sorted(desk.heads))
    desk.references = await store.references_of(conn, keys)
    return await settle(conn, desk, [_decide_transfer(desk, request) for request in requests])


async def open_desk(
    conn: Connection, keys: Sequence[Key], types: Types, today: date, also: Sequence[int] = ()
) -> SettlementBatch:
    """Lock the accounts in order, then read the operations named."""
    heads = await operation_store.lock_accounts(conn, [*(account for account, _ in keys), *also])
    return SettlementBatch(types, today, heads, await read_items(conn, sorted(set(keys))))


def _decide_refund(desk: SettlementBatch, request: RefundRequest) -> Decided:
    key = (request.account_id, request.credit_number)
    found = _take(desk, key, Side.CREDIT, request.amount, request.on)
    if not isinstance(found, tuple):
        return (found,)
    item, amount, day = found
    kind = rules.refund_type(
        request.method, request.type_code, desk.types.by_id[item.type_id], desk.routes, desk.types.by_code
    )
    if (bad := rules.check_words(request.reason)) is not None:
        return (bad,)
    if (bad := rules.check_refundable(item)) is not None or isinstance(kind, Refusal):
        return tuple(r for r in (bad, kind) if isinstance(r, Refusal))
    new = NewOperation(
        request.account_id, kind.code, amount, day, excluded=item.excluded, reference=request.reference,
        description=f"Refund of operation {item.number}", payment_method=request.method, comment=request.comment,
        source="refund",
    )  # fmt: skip
    return _decided(desk, Settlement(item, amount, new, day, request.actor, request.reason, late=request.late))


def decide_write_off(desk: SettlementBatch, request: WriteOffRequest, side: Side | None) -> Decided:
    """What giving up an item of this side (None: either) posts, or the refusals."""
    if (bad := rules.check_reason(request.reason)) is not None:
        return (bad,)
    found = _take(desk, (request.account_id, request.number), side, request.amount, request.on)
    if not isinstance(found, tuple):
        return (found,)
    item, amount, day = found
    new = NewOperation(
        request.account_id, rules.WRITE_OFF_TYPES[item.side], amount, day, excluded=item.excluded,
        description=f"Write-off of operation {item.number}", comment=request.comment, source="write_off",
    )  # fmt: skip
    return _decided(desk, Settlement(item, amount, new, day, request.actor, request.reason, late=request.late))


def _decide_transfer(desk: SettlementBatch, request: TransferRequest) -> Decided:
    if bad := [r for r in (rules.check_reason(request.reason), _check_ends(desk, request)) if r is not None]:
        return tuple(bad)
    key = (request.account_id, request.number)
    found = _take(desk, key, None, request.amount, request.on)
    if not isinstance(found, tuple):
        return (found,)
    item, amount, day = found
    here, there = _name(desk, request.account_id), _name(desk, request.to_account_id)
    out = NewOperation(
        request.account_id, rules.TRANSFER_TYPES[Side(-item.side)], amount, day, excluded=item.excluded,
        reference=desk.references.get(key), description=f"Transfer of operation {item.number} to {there}",
        comment=request.comment, source="transfer",
    )  # fmt: skip
    into = replace(
        out, account_id=request.to_account_id, type_code=rules.TRANSFER_TYPES[item.side],
        due_on=item.due_on, description=f"Transfer of operation {item.number} from {here}",
    )  # fmt: skip
    return _decided(desk, Settlement(item, amount, out, day, request.actor, request.reason, into, request.late))


def _check_ends(desk: SettlementBatch, request: TransferRequest) -> Refusal | None:
    here, there = desk.heads.get(request.account_id), desk.heads.get(request.to_account_id)
    if there is None:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account to transfer to", field="to")
    if request.account_id == request.to_account_id:
        return refuse(rules.SAME_ACCOUNT, "the operation is of that account already", field="to")
    if here is not None and here.currency != there.currency:
        said = say(
            "the account is kept in {currency}, the other one in {there_currency}",
            currency=here.currency,
            there_currency=there.currency,
        )
        return refuse(rules.CURRENCIES_DIFFER, said, field="to")
    return rules.check_parties(desk.parties.get(request.account_id), desk.parties.get(request.to_account_id))


def _name(desk: SettlementBatch, account_id: int) -> str:
    party = desk.parties.get(account_id)
    return f"account {account_id}" if party is None else party.code


def _take(
    desk: SettlementBatch, key: Key, side: Side | None, amount: Decimal | None, on: date | None
) -> tuple[OpenItem, Decimal, date] | Refusal:
    """The item of a request, how much of it and on which day it is settled."""
    if key[0] not in desk.heads:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account")
    item = desk.items.get(key)
    if (bad := rules.check_settled(key[1], side, item, amount, desk.types.deposit_ids)) is not None:
        return bad
    assert item is not None, "checked before"
    day = rules.settling_date(item, on, desk.today)
    return day if isinstance(day, Refusal) else (item, item.available if amount is None else amount, day)


def _decided(desk: SettlementBatch, settlement: Settlement) -> Decided:
    """Check what is to be posted, and take its amount off the item for the decisions that follow."""
    posted = [new for new in (settlement.new, settlement.also) if new is not None]
    refusals = dict.fromkeys(bad for new in posted for bad in check_new(new, desk.types, desk.heads, desk.today))
    if not refusals:
        item = settlement.item
        desk.items[item.account_id, item.number] = replace(item, open=item.open - settlement.amount)
    return tuple(refusals) or settlement


def check_new(new: NewOperation, types: Types, heads: dict[int, AccountHead], today: date) -> list[Refusal]:
    """Every reason why an operation that an action makes cannot be posted; one is that it is dated after today."""
    head = heads.get(new.account_id)
    state = operation_rules.check_account(new, None if head is None else (head.currency, head.state))
    found = operation_rules.check_operation(new, types.by_code) or operation_rules.check_not_ahead_of(new, today)
    return [
        *(r.at(field="date") if r.field == "operation_date" else r for r in found),
        *([] if state is None else [state]),
    ]


async def settle(conn: Connection, desk: SettlementBatch, decided: Sequence[Decided]) -> list[EffectAnswer]:
    """Carry out the settlements of a batch; gives the effect or the refusals of each."""
    chosen = [one for one in decided if isinstance(one, Settlement)]
    if not chosen:
        return [one for one in decided if isinstance(one, tuple)]
    posts = [
        PostRequest((new,), s.actor, s.reason, late=s.late, event=_event(s, desk.types))
        for s in chosen
        for new in (s.new, s.also)
        if new is not None
    ]
    numbers = iter(await post_all(conn, posts, desk.types))
    posted = [tuple((new, next(numbers)) for new in (s.new, s.also) if new is not None) for s in chosen]
    ends = [(s.account_id, n, t.account_id, to) for own in posted if len(own) == 2 for (s, n), (t, to) in (own,)]
    if ends:
        await store.insert_transfers(conn, ends)
    before = {(s.item.account_id, s.item.number): s.item for s in reversed(chosen)}
    wishes = [_match_of(s, own[0][1], desk.types) for s, own in zip(chosen, posted, strict=True)]
    made = await match_all(conn, wishes, desk.types, desk.today)
    done = [Done(own, (matched,)) for own, matched in zip(posted, made, strict=True)]
    effects = iter(await tell_effects(conn, done, before, desk.types))
    return [one if isinstance(one, tuple) else next(effects) for one in decided]


EVENTS = {"RF": "refund", "ARF": "refund", "R": "rejection", "W": "write_off"}
"""What is done by an operation of a class that settles another one."""


def _event(settlement: Settlement, types: Types) -> str | None:
    if settlement.also is not None:
        return "transfer"
    return EVENTS.get(types.by_code[settlement.new.type_code].class_)


def _match_of(settlement: Settlement, number: int, types: Types) -> MatchRequest:
    item, day = settlement.item, settlement.effective_on
    debit = types.by_code[settlement.new.type_code].side is Side.DEBIT
    debits, credits = ((number,), (item.number,)) if debit else ((item.number,), (number,))
    amounts = {item.number: settlement.amount}
    return MatchRequest(item.account_id, debits, credits, settlement.actor, amounts, day, reason=settlement.reason)


async def post_all(conn: Connection, requests: Sequence[PostRequest], types: Types) -> list[int]:
    """Post operations that were checked before, each for itself; gives their numbers."""
    numbers: list[int] = []
    for answer in await post(conn, requests, types):
        if not isinstance(answer, Posted):
            raise Refused(answer)
        numbers += answer.numbers
    return numbers


async def match_all(conn: Connection, wishes: Sequence[MatchRequest], types: Types, today: date) -> list[Matched]:
    """Match what was checked before; a refusal takes the whole batch back."""
    made: list[Matched] = []
    for answer in await match(conn, wishes, types, today=today):
        if not isinstance(answer, Matched):
            raise Refused(answer)
        made.append(answer)
    return made


def undo_lines(lines: Sequence[StandingLine], actor: str, on: date, reason: str | None) -> list[UnmatchRequest]:
    """A reversal a match, of these lines of one account."""
    groups = sorted({(line.account_id, line.group_number) for line in lines})
    return [
        UnmatchRequest(
            account_id,
            group,
            actor,
            tuple((x.debit_number, x.credit_number) for x in lines if x.group_number == group),
            on,
            reason,
        )
        for account_id, group in groups
    ]


async def unmatch_all(
    conn: Connection, wishes: Sequence[UnmatchRequest], today: date, own: Keeper | None = None
) -> list[Unmatched]:
    """Reverse what was checked before; a refusal takes the whole batch back."""
    undone: list[Unmatched] = []
    for answer in await unmatch(conn, wishes, today=today, own=own) if wishes else []:
        if not isinstance(answer, Unmatched):
            raise Refused(answer)
        undone.append(answer)
    return undone
