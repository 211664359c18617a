"""Match: load, decide, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.operations import Change, NewOperation, OpenItem, PostRequest, Side, Types, coalesce
from solde.operations import actions as operations
from solde.operations import store as operation_store
from solde.operations.store import AccountHead

from . import rules, store
from .model import Allocation, Matched, MatchKind, MatchRequest

MatchAnswer = Matched | tuple[Refusal, ...]

Decided = tuple[Matched, MatchKind, str | None, str]
"""A match that was made, with its kind, reason and actor."""

ROUNDING = "rounding"
"""The source of rounding operations."""
READ_MOST = 1000
"""How many open items of each side an automatic plan reads of one account at once."""


@dataclass(slots=True)
class MatchBatch:
    """The locked accounts and items of a batch, moved on by each decision; saved once at the end."""

    types: Types
    today: date
    heads: dict[int, AccountHead]
    items: dict[tuple[int, int], OpenItem]
    last_group: dict[int, int] = field(default_factory=dict)
    last_number: dict[int, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    roundings: list[NewOperation] = field(default_factory=list)

    def of(self, account_id: int, numbers: Sequence[int]) -> dict[int, OpenItem]:
        """The items of an account by number, those that exist."""
        return {n: item for n in numbers if (item := self.items.get((account_id, n))) is not None}

    def apply(self, changes: Sequence[Change]) -> None:
        """Note changes, so that the next decision of the batch sees them."""
        for change in changes:
            self.items[change.before.account_id, change.before.number] = change.after
        self.changes += changes

    def next_group(self, account_id: int) -> int:
        """The next group number of an account."""
        number = self.last_group.get(account_id, self.heads[account_id].last_group) + 1
        self.last_group[account_id] = number
        return number

    def next_number(self, account_id: int) -> int:
        """The next operation number of an account."""
        number = self.last_number.get(account_id, self.heads[account_id].last_number) + 1
        self.last_number[account_id] = number
        return number


async def match(
    conn: Connection, requests: Sequence[MatchRequest], types: Types, *, today: date, for_deposits: bool = False
) -> list[MatchAnswer]:
    """Match the operations of each request, one after the other; gives the match or the refusals of each.

    Operations of security deposits only `for_deposits`, by the deposit's own actions. A match that leaves less than half a minor unit of one operation open closes it with a rounding operation.
    Refuses: unknown_account; what `check_choice` and `date_lines` refuse.
    Source: product §0 Numbers and Time, §3.
    """
    bench = await _load(conn, types, today, [(r.account_id, (*r.debits, *r.credits)) for r in requests])
    apart = () if for_deposits else types.deposit_ids
    answers = [_decide(bench, request, apart) for request in requests]
    made = [(a, r.kind, r.reason, r.actor) for a, r in zip(answers, requests, strict=True) if isinstance(a, Matched)]
    await save_matches(conn, bench, made)
    return answers


async def _load(conn: Connection, types: Types, today: date, chosen: Sequence[tuple[int, Sequence[int]]]) -> MatchBatch:
    wanted = sorted({(account, n) for account, numbers in chosen for n in numbers})
    heads = await operation_store.lock_accounts(conn, [account for account, _ in chosen])
    items = await operation_store.open_items_of(conn, wanted)
    missing = [key for key in wanted if key not in items]
    if missing:
        items |= await operation_store.items_as_closed(conn, missing)
    return MatchBatch(types, today, heads, items)


def _decide(bench: MatchBatch, request: MatchRequest, apart: Sequence[int]) -> MatchAnswer:
    account_id = request.account_id
    if account_id not in bench.heads:
        return (refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),)
    items = bench.of(account_id, (*request.debits, *request.credits))
    refusals = rules.check_choice(request.debits, request.credits, request.amounts, items, apart)
    if refusals:
        return tuple(refusals)
    plan = rules.plan_allocations(
        [items[n] for n in request.debits], [items[n] for n in request.credits], request.amounts
    )
    return decide_lines(bench, account_id, items, plan, request.effective_on)


def decide_lines(
    bench: MatchBatch, account_id: int, items: Mapping[int, OpenItem], plan: Sequence[Allocation], wished: date | None
) -> MatchAnswer:
    """Make a group of planned lines on the bench, with the rounding that closes a trace."""
    touched = {number: items[number] for line in plan for number in (line.debit_number, line.credit_number)}
    lines = rules.date_lines(plan, touched, wished, bench.today)
    if isinstance(lines, Refusal):
        return (lines,)
    changes = rules.settle(touched, lines)
    rounding = None
    if (trace := rules.trace_left(changes, bench.heads[account_id].currency)) is not None:
        rounding = _round_off(bench, trace)
        debit, credit = (trace.before, rounding) if trace.before.side is Side.DEBIT else (rounding, trace.before)
        lines.append(Allocation(debit.number, credit.number, trace.open, trace.latest_on))
        changes = rules.settle(touched | {rounding.number: rounding}, lines)
    bench.apply(changes)
    return Matched(
        account_id,
        bench.next_group(account_id),
        rules.last_day(lines),
        tuple(lines),
        None if rounding is None else rounding.number,
    )


def _round_off(bench: MatchBatch, trace: Change) -> OpenItem:
    """The rounding operation that closes a trace, of the day on which it is left; it is posted when the bench is saved."""
    left, day = trace.before, trace.latest_on
    kind = bench.types.by_code["RND_EXP" if left.side is Side.DEBIT else "RND_INC"]
    number = bench.next_number(left.account_id)
    bench.roundings.append(
        NewOperation(
            left.account_id,
            kind.code,
            trace.open,
            day,
            source=ROUNDING,
            description=f"Closes operation {left.number}",
        )
    )
    item = OpenItem(
        left.account_id, number, kind.type_id, kind.class_, kind.side, False, day, day, day, day, trace.open,
        trace.open, ZERO,
    )  # fmt: skip
    bench.items[left.account_id, number] = item
    return item


async def save_matches(conn: Connection, bench: MatchBatch, made: Sequence[Decided]) -> None:
    """Write the matches made on a bench: one statement for matches, one for what became of the operations."""
    if not made:
        return
    if bench.roundings:
        await _post_roundings(conn, bench, made)
    rows = [store.Made(matched, kind, actor, reason, describe(matched)) for matched, kind, reason, actor in made]
    await store.insert_matches(conn, rows)
    await operation_store.save_changes(conn, coalesce(bench.changes))


async def _post_roundings(conn: Connection, bench: MatchBatch, made: Sequence[Decided]) -> None:
    actors = {m.account_id: actor for m, _, _, actor in made}
    requests = [
        PostRequest((new,), actors[new.account_id], "closes a trace of rounding", late=True) for new in bench.roundings
    ]
    answers = await operations.post(conn, requests, bench.types)
    assert all(not isinstance(answer, tuple) for answer in answers), f"a rounding operation was refused: {answers}"


def describe(matched: Matched) -> dict[str, object]:
    """What the audit record of a match says."""
    return {
        "match": rules.lettering(matched.group_number),
        "effective": matched.effective_on,
        "lines": [
            {"debit": a.debit_number, "credit": a.credit_number, "amount": plain(a.amount), "effective": a.on}
            for a in matched.lines[:50]
        ],
        "amount": plain(matched.amount),
    }


async def match_oldest(
    conn: Connection, account_ids: Sequence[int], types: Types, *, today: date, actor: str, most: int = READ_MOST
) -> list[Matched]:
    """Match what is open of each account, oldest due first; gives a match for each account where sides meet.

    At most `most` open items of a side are read of one account; a further call goes on where this one stopped.
    """
    heads = await operation_store.lock_accounts(conn, account_ids)
    found = await operation_store.oldest_open_items(conn, sorted(heads), types.deposit_ids, most)
    bench = MatchBatch(types, today, heads, {(i.account_id, i.number): i for i in found})
    made: list[Matched] = []
    for account_id in sorted(heads):
        mine = [i for i in found if i.account_id == account_id]
        matched = _match_items(bench, account_id, mine)
        if matched is not None:
            made.append(matched)
    await save_matches(conn, bench, [(m, MatchKind.AUTOMATIC, None, actor) for m in made])
    return made


def _match_items(bench: MatchBatch, account_id: int, items: Sequence[OpenItem]) -> Matched | None:
    debits = [i for i in items if i.side is Side.DEBIT]
    credits = [i for i in items if i.side is Side.CREDIT]
    plan = rules.plan_allocations(debits, credits)
    if not plan:
        return None
    answer = decide_lines(bench, account_id, {i.number: i for i in items}, plan, None)
    assert isinstance(answer, Matched), "an automatic match chooses its own date"
    return answer
