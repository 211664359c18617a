"""Unmatch: load, decide, save; the rounding of what is opened goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal, Refused
from solde.operations import Change, NewOperation, OpenItem, PostRequest, Side, coalesce, load_types
from solde.operations import actions as operations
from solde.operations import store as operation_store

from . import rules, store
from .actions import ROUNDING, match
from .model import Allocation, Keeper, Matched, MatchKind, MatchLine, MatchRequest, Unmatched, UnmatchRequest

UnmatchAnswer = Unmatched | tuple[Refusal, ...]
Reversal = tuple[Unmatched, UnmatchRequest]
"""A reversal that was made, and who asked for it."""
Line = tuple[int, int, int, int]
"""A match line by account, group, debit and credit."""


@dataclass(slots=True)
class UnmatchBatch:
    """What a batch of reversals works on, under the locks of its accounts; moved on by each decision, saved once at the end."""

    last: dict[int, int]
    lines: list[MatchLine]
    items: dict[tuple[int, int], OpenItem]
    apart: Mapping[tuple[int, int], Keeper]
    today: date
    gone: set[Line] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)

    def apply(self, account_id: int, group: int, lines: Sequence[Allocation], on: date) -> None:
        """Open what these lines closed."""
        self.gone |= {(account_id, group, a.debit_number, a.credit_number) for a in lines}
        step = rules.reopen({n: i for (a, n), i in self.items.items() if a == account_id}, lines, on)
        self.items |= {(c.before.account_id, c.before.number): c.after for c in step}
        self.changes += step

    def next_unmatch(self, account_id: int) -> int:
        """The next number of a reversal of an account."""
        self.last[account_id] += 1
        return self.last[account_id]


async def unmatch(
    conn: Connection, requests: Sequence[UnmatchRequest], *, today: date, own: Keeper | None = None
) -> list[UnmatchAnswer]:
    """Reverse each match, whole or in chosen lines, by a record of its own; what it paid is open again.

    Matches that a deposit or a plan keeps only as its `own`, by its own actions. Rounding closed what is opened: it is taken back
    with it, whichever match it was part of, by its opposite, so that matching again rounds anew and nothing piles up.
    Refuses: unknown_account, unknown_match, unknown_match_line, already_unmatched, deposit_operation, plan_operation,
    effective_too_early.
    Source: product §0 Time, §3.
    """
    bench = await _load(conn, requests, today)
    answers = [_decide(bench, request, own) for request in requests]
    made = [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Unmatched)]
    if not made:
        return answers
    with_roundings = await _open_roundings(conn, bench, made)
    await _save(conn, bench, with_roundings)
    opened = sorted({(u.account_id, n) for u, _ in with_roundings for n in u.numbers})
    if reopened := await store.find_roundings(conn, opened):
        await _take_roundings_back(conn, with_roundings, reopened, today)
    full = iter(with_roundings)
    return [next(full)[0] if isinstance(answer, Unmatched) else answer for answer in answers]


async def _load(conn: Connection, requests: Sequence[UnmatchRequest], today: date) -> UnmatchBatch:
    heads = await operation_store.lock_accounts(conn, [r.account_id for r in requests])
    lines = await store.lines_of_groups(conn, sorted({(r.account_id, r.group_number) for r in requests}))
    touched = sorted({(line.account_id, n) for line in lines for n in (line.debit_number, line.credit_number)})
    items = await _items(conn, touched)
    apart = await store.kept_apart(conn, touched)
    return UnmatchBatch({account: head.last_unmatch for account, head in heads.items()}, lines, items, apart, today)


async def _items(conn: Connection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], OpenItem]:
    return await operation_store.items_as_closed(conn, keys) | await operation_store.open_items_of(conn, keys)


def _decide(bench: UnmatchBatch, request: UnmatchRequest, own: Keeper | None) -> UnmatchAnswer:
    account_id, group = request.account_id, request.group_number
    mine = [line for line in bench.lines if (line.account_id, line.group_number) == (account_id, group)]
    chosen = rules.choose_lines(request, mine, bench.gone, known=account_id in bench.last)
    if not isinstance(chosen, Refusal):
        chosen = rules.check_apart(chosen, account_id, bench.apart, own) or chosen
    day = rules.unmatch_date(rules.among(mine, chosen), request.effective_on, bench.today) if mine else bench.today
    if isinstance(chosen, Refusal) or isinstance(day, Refusal):
        return tuple(r for r in (chosen, day) if isinstance(r, Refusal))
    bench.apply(account_id, group, chosen, day)
    return Unmatched(account_id, bench.next_unmatch(account_id), group, day, tuple(chosen))


async def _open_roundings(conn: Connection, bench: UnmatchBatch, made: Sequence[Reversal]) -> list[Reversal]:
    """The reversals with the lines of the roundings that had closed what they open.

    A rounding of the same match goes with the reversal, where its day allows; others get a reversal of their own.
    """
    opened = sorted({(u.account_id, n) for u, _ in made for n in u.numbers})
    lines = [one for one in await store.lines_of_roundings(conn, opened) if one.key not in bench.gone]
    keys = {(one.account_id, n) for one in lines for n in (one.line.debit_number, one.line.credit_number)}
    bench.items |= await _items(conn, sorted(keys - bench.items.keys()))
    full = list(made)
    for one in lines:
        place, on = rules.reversal_of(one, [undone for undone, _ in full])
        undone, request = full[place]
        if (undone.group_number, undone.effective_on) == (one.group_number, on):
            full[place] = replace(undone, lines=(*undone.lines, one.line)), request
        else:
            number = bench.next_unmatch(one.account_id)
            full.append((Unmatched(one.account_id, number, one.group_number, on, (one.line,)), request))
        bench.apply(one.account_id, one.group_number, [one.line], on)
    return full


async def _take_roundings_back(
    conn: Connection,
    made: Sequence[Reversal],
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


async def _save(conn: Connection, bench: UnmatchBatch, made: Sequence[Reversal]) -> None:
    action_ids = await audit.next_action_ids(conn, len(made))
    told = [
        AuditRecord(u.account_id, action, r.actor, "unmatch", r.reason, None, _described_reversal(u))
        for (u, r), action in zip(made, action_ids, strict=True)
    ]
    await store.insert_unmatches(conn, [(u, r.reason, action) for (u, r), action in zip(made, action_ids, strict=True)])
    await operation_store.save_changes(conn, coalesce(bench.changes))
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
