"""Register payments and match them: load, decide, save; the payments of many callers at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from psycopg.errors import UniqueViolation

from solde.db import Connection, Merger, Pool, transaction
from solde.kernel.money import ZERO
from solde.kernel.refusals import KEY_FORGOTTEN, KEY_REUSED, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import Label, say
from solde.matching import Matched, MatchKind
from solde.matching import rules as matching_rules
from solde.matching import store as matching_store
from solde.matching.actions import MatchBatch, decide_lines, save_matches
from solde.operations import (
    NewOperation,
    OpenItem,
    OperationType,
    PostingStatus,
    PostRequest,
    Side,
    TypeCatalogue,
    Types,
)
from solde.operations import rules as operation_rules
from solde.operations import store as operation_store
from solde.operations.rejected import statuses_of
from solde.operations.store import KnownKey

from . import rules
from .model import Allocate, OperationEffect, PaymentRequest, Registered

Answer = Registered | tuple[Refusal, ...]

NOT_A_PAYMENT = declare("not_a_payment", Kind.INVALID, "Use a payment type: a credit of class P or AP.")

AMOUNTS_UNNAMED = declare(
    "amounts_without_choice", Kind.INVALID, "Name in allocate_to the operations whose amounts you give."
)

READ_MOST = 500
"""How many open debits a payment of the oldest reads of one account."""


async def register(
    conn: Connection, requests: Sequence[PaymentRequest], types: Types, *, today: date, keys_are_new: bool = False
) -> list[Answer]:
    """Post each payment and match it with what it pays; gives its number and match, or its refusals.

    What it pays of each debit counts from the first day that the two allow. What is paid before takes nothing of a payment
    that names it: the rest stays unallocated. With `keys_are_new` no key is
    looked up; a known one then violates its uniqueness, and the batch is to be run again without.
    Refuses: what posting and matching refuse, not_a_payment, idempotency_key_reused.
    Source: product §3.
    """
    bench, known = await _load(conn, requests, types, today, keys_are_new=keys_are_new)
    decided = [_decide(bench, request, known) for request in requests]
    accepted = [(r, d) for r, d in zip(requests, decided, strict=True) if isinstance(d, Registered)]
    rejected = await _save(conn, bench, accepted) if accepted else set()
    decided = [_told(r, d, rejected) for r, d in zip(requests, decided, strict=True)]
    replays = await _replay(conn, [(r, d) for r, d in zip(requests, decided, strict=True) if isinstance(d, KnownKey)])
    repeated = iter(replays)
    return [next(repeated) if isinstance(d, KnownKey) else d for d in decided]


async def _load(
    conn: Connection, requests: Sequence[PaymentRequest], types: Types, today: date, *, keys_are_new: bool
) -> tuple[MatchBatch, dict[tuple[int, str], KnownKey]]:
    """Lock the accounts, then read what the requests touch."""
    keys = [] if keys_are_new else [(r.payment.account_id, r.key) for r in requests if r.key is not None]
    named = sorted(
        {(r.payment.account_id, n) for r in requests if isinstance(r.allocate_to, tuple) for n in r.allocate_to}
    )
    aged = sorted({r.payment.account_id for r in requests if r.allocate_to is Allocate.OLDEST})
    heads = await operation_store.lock_accounts(conn, [r.payment.account_id for r in requests])
    oldest = await operation_store.oldest_open_debits(conn, aged, types.deposit_ids, READ_MOST) if aged else []
    items = {(i.account_id, i.number): i for i in oldest}
    if named:
        items |= await operation_store.items_as_closed(conn, named) | await operation_store.open_items_of(conn, named)
    known = await operation_store.find_keys(conn, keys) if keys else {}
    return MatchBatch(types, today, heads, items), known


def _decide(
    bench: MatchBatch, request: PaymentRequest, known: dict[tuple[int, str], KnownKey]
) -> Registered | KnownKey | tuple[Refusal, ...]:
    new, types = request.payment, bench.types
    if request.key is not None and (before := known.get((new.account_id, request.key))) is not None:
        if before.request_hash != request.fingerprint:
            return (refuse(KEY_REUSED, "the key {key!r} was used for another request", key=request.key),)
        if before.response is None:
            said = say("the request with the key {key!r} was done; its answer is not kept any more", key=request.key)
            return (refuse(KEY_FORGOTTEN, said),)
        return before
    if refusals := check_payment(new, types, bench):
        return tuple(refusals)
    if (bad := rules.check_words(request.reason)) is not None:
        return (bad,)
    if request.amounts and not isinstance(request.allocate_to, tuple):
        return (refuse(AMOUNTS_UNNAMED, "amounts are given, but no operations are chosen", field="amounts"),)
    kind = types.by_code[new.type_code]
    item = _item(new, kind, bench.next_number(new.account_id))
    matched = _allocate(bench, request, item)
    if isinstance(matched, tuple):
        bench.last_number[new.account_id] -= 1
        return matched
    return Registered(item.number, matched, touched=_touched(bench, item, matched))


def check_payment(new: NewOperation, types: Types, bench: MatchBatch) -> list[Refusal]:
    """Every reason why a payment cannot be posted."""
    if refusals := operation_rules.check_request([new], types.by_code):
        return [r.at(field=r.field) for r in refusals]
    if ahead := operation_rules.check_not_ahead_of(new, bench.today):
        return ahead
    kind = types.by_code[new.type_code]
    if kind.side is not Side.CREDIT or kind.class_ not in ("P", "AP"):
        return [
            refuse(
                NOT_A_PAYMENT, "{code} is {label!r}, no payment", code=kind.code, label=Label(kind.label), field="type"
            )
        ]
    head = bench.heads.get(new.account_id)
    bad = operation_rules.check_account(new, None if head is None else (head.currency, head.state))
    return [] if bad is None else [bad]


def _item(new: NewOperation, kind: OperationType, number: int) -> OpenItem:
    return OpenItem(
        new.account_id, number, kind.type_id, kind.class_, kind.side, new.excluded, new.operation_on,
        new.due_on or new.operation_on, new.operation_on, new.operation_on, new.amount, new.amount, ZERO,
    )  # fmt: skip


def _allocate(bench: MatchBatch, request: PaymentRequest, item: OpenItem) -> Matched | tuple[Refusal, ...] | None:
    account_id = item.account_id
    bench.items[account_id, item.number] = item
    if isinstance(request.allocate_to, tuple):
        named = bench.of(account_id, request.allocate_to)
        paid = matching_rules.paid_before(request.allocate_to, request.amounts, named)
        held = named | {item.number: item}
        refusals = matching_rules.check_choice(
            request.allocate_to, (item.number,), request.amounts, held, bench.types.deposit_ids, paid
        )
        if refusals:
            return tuple(refusals)
        debits = {number: one for number, one in named.items() if number not in paid}
    elif request.allocate_to is Allocate.OLDEST:
        debits = {
            n: i for (a, n), i in bench.items.items()
            if a == account_id and i.side is Side.DEBIT and i.available > 0 and i.type_id not in bench.types.deposit_ids
        }  # fmt: skip
    else:
        return None
    plan = matching_rules.plan_allocations(list(debits.values()), [item], request.amounts)
    if not plan:
        return None
    answer = decide_lines(bench, account_id, debits | {item.number: item}, plan, None)
    return answer if isinstance(answer, Matched) else tuple(answer)


def _touched(bench: MatchBatch, item: OpenItem, matched: Matched | None) -> tuple[OperationEffect, ...]:
    """What became of the payment and of what it pays; an operation posted now was not there before."""
    moved: dict[int, Decimal] = {}
    for line in () if matched is None else matched.lines:
        moved[line.debit_number] = moved.get(line.debit_number, ZERO) + line.amount
    new = {item.number, None if matched is None else matched.rounding_number}
    told = [OperationEffect(item.account_id, item.number, None, bench.items[item.account_id, item.number].open)]
    for number, amount in sorted(moved.items()):
        left = bench.items[item.account_id, number].open
        told.append(OperationEffect(item.account_id, number, None if number in new else left + amount, left))
    return tuple(told)


def _told(
    request: PaymentRequest, decided: Registered | KnownKey | tuple[Refusal, ...], rejected: Collection[tuple[int, int]]
) -> Registered | KnownKey | tuple[Refusal, ...]:
    """The answer, saying where accounting rejected the payment."""
    if isinstance(decided, Registered) and (request.payment.account_id, decided.number) in rejected:
        return replace(decided, posting_status=PostingStatus.REJECTED)
    return decided


async def _save(
    conn: Connection, bench: MatchBatch, accepted: Sequence[tuple[PaymentRequest, Registered]]
) -> set[tuple[int, int]]:
    """Post payments and roundings in the order of their numbers, then write the matches.

    Gives: account and number of each that accounting rejected, because its day is closed.
    """
    posts = [
        (d.number, PostRequest((r.payment,), r.actor, r.reason, r.key, r.payment.account_id, r.fingerprint, r.late))
        for r, d in accepted
    ]
    rounded = [(d.matched.rounding_number, r.actor) for r, d in accepted if d.matched and d.matched.rounding_number]
    posts += [
        (number, PostRequest((new,), actor, "closes a trace of rounding", late=True))
        for (number, actor), new in zip(rounded, bench.roundings, strict=True)
    ]
    # Each account's numbers run on in the order of the rows.
    posts.sort(key=lambda numbered: numbered[0])
    requests = [request for _, request in posts]
    items = [(i, (r.operations[0], bench.types.by_code[r.operations[0].type_code])) for i, r in enumerate(requests)]
    posted = await operation_store.post_many(conn, requests, items)
    numbers = [number for answer in posted for number in answer.numbers]
    assert numbers == [number for number, _ in posts], "numbers ran differently under the lock"
    bench.roundings.clear()
    made = [(d.matched, MatchKind.AUTOMATIC, r.reason, r.actor) for r, d in accepted if d.matched is not None]
    await save_matches(conn, bench, made)
    return {
        (barred.account_id, barred.number)
        for answer in posted
        for barred in answer.barred
        if barred.status is PostingStatus.REJECTED
    }


async def _replay(conn: Connection, repeated: Sequence[tuple[PaymentRequest, KnownKey]]) -> list[Registered]:
    answers = []
    keys = [(r.payment.account_id, int(known.response[0])) for r, known in repeated]
    statuses = await statuses_of(conn, keys)
    for request, known in repeated:
        account_id = request.payment.account_id
        number = int(known.response[0])
        lines = await matching_store.first_lines_of(conn, account_id, number)
        answers.append(Registered(number, lines, replayed=True, posting_status=statuses[account_id, number]))
    return answers


class PaymentMerger:
    """Registers the payments of many callers at once, merged into few transactions."""

    def __init__(self, pool: Pool, catalogue: TypeCatalogue, *, workers: int = 2, most: int = 128):
        self._pool = pool
        self._catalogue = catalogue
        self._merger: Merger[tuple[PaymentRequest, date], Registered] = Merger(
            self._run,
            workers=workers,
            most=most,
            identity=lambda asked: asked[0].key and (asked[0].payment.account_id, asked[0].key),
        )

    async def register(self, request: PaymentRequest, *, today: date) -> Registered:
        """Register one payment, merged with those of others; raises Refused with every reason."""
        if ahead := operation_rules.check_not_ahead_of(request.payment, today):
            raise Refused(ahead)
        await self._catalogue.get([request.payment.type_code])
        return await self._merger.ask((request, today))

    async def _run(self, asked: Sequence[tuple[PaymentRequest, date]]) -> Sequence[Registered | BaseException]:
        types = await self._catalogue.get()
        requests, today = [r for r, _ in asked], max(day for _, day in asked)

        async def work(conn: Connection, *, keys_are_new: bool = False) -> list[Answer]:
            return await register(conn, requests, types, today=today, keys_are_new=keys_are_new)

        try:
            answers = await transaction(self._pool, partial(work, keys_are_new=True))
        except UniqueViolation:
            try:
                answers = await transaction(self._pool, work)
            except UniqueViolation:
                # A request with the same key was written meanwhile; now it is known.
                answers = await transaction(self._pool, work)
        return [a if isinstance(a, Registered) else Refused(a) for a in answers]
