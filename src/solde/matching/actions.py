"""Match and unmatch: load, decide, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.operations import Change, NewOperation, OpenItem, PostRequest, Side, Types, coalesce, load_types
from solde.operations import actions as operations
from solde.operations import store as operation_store
from solde.operations.store import AccountHead

from . import rules, store
from .model import Allocation, Keeper, Matched, MatchKind, MatchRequest, Unmatched, UnmatchRequest

MatchAnswer = Matched | tuple[Refusal, ...]
UnmatchAnswer = Unmatched | tuple[Refusal, ...]

Decided = tuple[Matched, MatchKind, str | None, str]
"""A match that was made, with its kind, reason and actor."""

ROUNDING = "rounding"
"""The source of rounding operations."""
READ_MOST = 1000
"""How many open items of each side an automatic plan reads of one account at once."""


@dataclass(slots=True)
class Workbench:
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


async def _load(conn: Connection, types: Types, today: date, chosen: Sequence[tuple[int, Sequence[int]]]) -> Workbench:
    wanted = sorted({(account, n) for account, numbers in chosen for n in numbers})
    heads = await operation_store.lock_accounts(conn, [account for account, _ in chosen])
    items = await operation_store.open_items_of(conn, wanted)
    missing = [key for key in wanted if key not in items]
    if missing:
        items |= await operation_store.items_as_closed(conn, missing)
    return Workbench(types, today, heads, items)


def _decide(bench: Workbench, request: MatchRequest, apart: Sequence[int]) -> MatchAnswer:
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
    bench: Workbench, account_id: int, items: Mapping[int, OpenItem], plan: Sequence[Allocation], wished: date | None
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


def _round_off(bench: Workbench, trace: Change) -> OpenItem:
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


async def save_matches(conn: Connection, bench: Workbench, made: Sequence[Decided]) -> None:
    """Write the matches made on a bench: one statement for matches, one for what became of the operations."""
    if not made:
        return
    if bench.roundings:
        await _post_roundings(conn, bench, made)
    rows = [store.Made(matched, kind, actor, reason, describe(matched)) for matched, kind, reason, actor in made]
    await store.insert_matches(conn, rows)
    await operation_store.save_changes(conn, coalesce(bench.changes))


async def _post_roundings(conn: Connection, bench: Workbench, made: Sequence[Decided]) -> None:
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
    bench = Workbench(types, today, heads, {(i.account_id, i.number): i for i in found})
    made: list[Matched] = []
    for account_id in sorted(heads):
        mine = [i for i in found if i.account_id == account_id]
        matched = _match_items(bench, account_id, mine)
        if matched is not None:
            made.append(matched)
    await save_matches(conn, bench, [(m, MatchKind.AUTOMATIC, None, actor) for m in made])
    return made


def _match_items(bench: Workbench, account_id: int, items: Sequence[OpenItem]) -> Matched | None:
    debits = [i for i in items if i.side is Side.DEBIT]
    credits = [i for i in items if i.side is Side.CREDIT]
    plan = rules.plan_allocations(debits, credits)
    if not plan:
        return None
    answer = decide_lines(bench, account_id, {i.number: i for i in items}, plan, None)
    assert isinstance(answer, Matched), "an automatic match chooses its own date"
    return answer


async def unmatch(
    conn: Connection, requests: Sequence[UnmatchRequest], *, today: date, own: Keeper | None = None
) -> list[UnmatchAnswer]:
    """Reverse each match, whole or in chosen lines, by a record of its own; what it paid is open again.

    Matches that a deposit or a plan keeps only as its `own`, by its own actions. The rounding operation of a match is taken back
    with it, by its opposite, so that matching again rounds anew and nothing piles up.
    Refuses: unknown_account, unknown_match, unknown_match_line, already_unmatched, deposit_operation, plan_operation,
    effective_too_early.
    Source: product §0 Time, §3.
    """
    heads = await operation_store.lock_accounts(conn, [r.account_id for r in requests])
    lines = await store.lines_of_groups(conn, sorted({(r.account_id, r.group_number) for r in requests}))
    touched = sorted({(line.account_id, n) for line in lines for n in (line.debit_number, line.credit_number)})
    items = await operation_store.items_as_closed(conn, touched) | await operation_store.open_items_of(conn, touched)
    apart = await store.kept_apart(conn, touched)
    reversed_now: set[tuple[int, int, int, int]] = set()
    last: dict[int, int] = {account: head.last_unmatch for account, head in heads.items()}
    answers: list[UnmatchAnswer] = []
    changes: list[Change] = []
    for request in requests:
        mine = [
            line for line in lines if (line.account_id, line.group_number) == (request.account_id, request.group_number)
        ]
        chosen = rules.choose_lines(request, mine, reversed_now, known=request.account_id in heads)
        if not isinstance(chosen, Refusal):
            chosen = rules.check_apart(chosen, request.account_id, apart, own) or chosen
        effective_on = rules.unmatch_date(rules.among(mine, chosen), request.effective_on, today) if mine else today
        if isinstance(chosen, Refusal) or isinstance(effective_on, Refusal):
            answers.append(tuple(r for r in (chosen, effective_on) if isinstance(r, Refusal)))
            continue
        reversed_now |= {(request.account_id, request.group_number, a.debit_number, a.credit_number) for a in chosen}
        last[request.account_id] += 1
        step = rules.reopen({n: i for (a, n), i in items.items() if a == request.account_id}, chosen, effective_on)
        items |= {(c.before.account_id, c.before.number): c.after for c in step}
        changes += step
        answers.append(
            Unmatched(request.account_id, last[request.account_id], request.group_number, effective_on, tuple(chosen))
        )
    made = [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Unmatched)]
    await _save_unmatches(conn, made, changes)
    if reopened := await store.find_roundings(conn, sorted({(u.account_id, n) for u, _ in made for n in u.numbers})):
        await _take_roundings_back(conn, made, reopened, today)
    return answers


async def _take_roundings_back(
    conn: Connection,
    made: Sequence[tuple[Unmatched, UnmatchRequest]],
    reopened: Mapping[tuple[int, int], Decimal],
    today: date,
) -> None:
    """Post the opposite of each rounding operation that a reversal opened, and match the two."""
    types = await load_types(conn)
    items = await operation_store.open_items_of(conn, sorted(reopened))
    posts: list[PostRequest] = []
    wishes: list[tuple[OpenItem, UnmatchRequest, date]] = []
    for undone, request in made:
        for item in (items[undone.account_id, n] for n in undone.roundings(reopened)):
            code = "RND_INC" if item.side is Side.CREDIT else "RND_EXP"
            new = NewOperation(
                item.account_id, code, item.open, undone.effective_on, excluded=item.excluded, source=ROUNDING,
                description=f"Takes back operation {item.number}",
            )  # fmt: skip
            posts.append(PostRequest((new,), request.actor, "takes a rounding back", late=True))
            wishes.append((item, request, undone.effective_on))
    matches = []
    for answer, (item, request, day) in zip(await operations.post(conn, posts, types), wishes, strict=True):
        if isinstance(answer, tuple):
            raise Refused(answer)
        (number,) = answer.numbers
        debit, credit = (item.number, number) if item.side is Side.DEBIT else (number, item.number)
        kind = MatchKind.AUTOMATIC
        matches.append(MatchRequest(item.account_id, (debit,), (credit,), request.actor, effective_on=day, kind=kind))
    found = await match(conn, matches, types, today=today)
    assert all(isinstance(one, Matched) for one in found), f"a rounding operation was not taken back: {found}"


async def _save_unmatches(
    conn: Connection, made: Sequence[tuple[Unmatched, UnmatchRequest]], changes: Sequence[Change]
) -> None:
    if not made:
        return
    action_ids = await audit.next_action_ids(conn, len(made))
    told = [
        AuditRecord(u.account_id, action, r.actor, "unmatch", r.reason, None, _described_reversal(u))
        for (u, r), action in zip(made, action_ids, strict=True)
    ]
    await store.insert_unmatches(conn, [(u, r.reason, action) for (u, r), action in zip(made, action_ids, strict=True)])
    await operation_store.save_changes(conn, coalesce(changes))
    await audit.append(conn, told)


def _described_reversal(made: Unmatched) -> dict[str, object]:
    amount = sum((a.amount for a in made.lines), Decimal(0))
    return {
        "match": rules.lettering(made.group_number),
        "effective": made.effective_on,
        "lines": [
            {"debit": a.debit_number, "credit": a.credit_number, "amount": plain(a.amount)} for a in made.lines[:50]
        ],
        "amount": plain(amount),
    }
