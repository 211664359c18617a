"""Carry out the steps decided on a desk: reverse, post, match, write, pay what is left over; each in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal, Refused
from solde.matching import Keeper, Matched, MatchKind, MatchRequest, match
from solde.operations import PostRequest
from solde.payments import PaymentRequest, Registered, register
from solde.payments import store as payment_store
from solde.payments.effects import Done, tell_effects
from solde.payments.settling import post_all, unmatch_all

from . import store
from .batch import Decided, DepositBatch, DepositStep
from .model import DepositEffect, EntryKind, StepRole

Answer = DepositEffect | tuple[Refusal, ...]
A = TypeVar("A")


async def carry_out(conn: Connection, desk: DepositBatch, decided: Sequence[Decided]) -> list[Answer]:
    """Post, reverse, match and write the steps of a batch, each in one go; gives the effect or the refusals of each."""
    steps = [one for one in decided if isinstance(one, DepositStep)]
    if not steps:
        return [one for one in decided if isinstance(one, tuple)]
    posts = [PostRequest((post.new,), step.actor, step.reason, late=step.late) for step in steps for post in step.posts]
    numbers = await post_all(conn, posts, desk.types)
    assert numbers == [post.number for step in steps for post in step.posts], "numbers ran differently under the lock"
    # After what has its number: a reversal may post the opposite of a rounding.
    wishes = [wish for step in steps for wish in step.reversals]
    undone = iter(await unmatch_all(conn, wishes, desk.today, Keeper.DEPOSIT))
    reversed_of = [tuple(next(undone) for _ in step.reversals) for step in steps]
    made = iter(await _match(conn, desk, steps))
    matched_of = [tuple(next(made) for _ in step.links) for step in steps]
    await _write(conn, steps)
    done = [
        Done(tuple((post.new, post.number) for post in step.posts), matched, back)
        for step, matched, back in zip(steps, matched_of, reversed_of, strict=True)
    ]
    effects = await tell_effects(conn, done, desk.before, desk.types)
    paid = iter(await _pay_rests(conn, desk, steps))
    answers = iter(
        DepositEffect(
            step.after, step.kind, step.amount, effect,
            next(paid) if step.rest is not None else None,
            None if step.rest is None else step.rest.type_code,
            None if step.rest is None else step.rest.amount,
        )
        for step, effect in zip(steps, effects, strict=True)
    )  # fmt: skip
    return [next(answers) if isinstance(one, DepositStep) else one for one in decided]


async def _match(conn: Connection, desk: DepositBatch, steps: Sequence[DepositStep]) -> list[Matched]:
    wishes = [
        MatchRequest(
            step.after.account_id, tuple(link.debits), tuple(link.credits), step.actor, link.debits | link.credits,
            step.day, MatchKind.AUTOMATIC, step.reason,
        )
        for step in steps
        for link in step.links
    ]  # fmt: skip
    answers = await match(conn, wishes, desk.types, today=desk.today, for_deposits=True) if wishes else []
    return [_accepted(one) for one in answers]


def _accepted(answer: A | tuple[Refusal, ...]) -> A:
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


async def _write(conn: Connection, steps: Sequence[DepositStep]) -> None:
    """Write the deposits as they stand after the batch, a history line a step, and the audit records."""
    actions = await audit.next_action_ids(conn, len(steps))
    last = {step.after.key: step.after for step in steps}
    new = {step.after.key for step in steps if step.kind is EntryKind.REQUEST}
    if new:
        await store.insert_deposits(conn, [step.after for step in steps if step.kind is EntryKind.REQUEST])
    known = {step.after.key for step in steps if step.kind is not EntryKind.REQUEST}
    if known:
        await store.move_deposits(conn, [last[key] for key in sorted(known)])
    await store.insert_entries(conn, [_entry(step, action) for step, action in zip(steps, actions, strict=True)])
    posted = [
        (step.after.account_id, post.number, step.after.number, step.after.last_entry, str(post.part))
        for step in steps
        for post in step.posts
    ]
    await store.insert_operations(conn, posted)
    gone = [
        (step.after.account_id, step.concerns, post.number)
        for step in steps
        for post in step.posts
        if step.concerns is not None and post.part is StepRole.REJECTION
    ]
    if gone:
        await payment_store.insert_taken_back(conn, gone)
    await audit.append(conn, [_record(step, action) for step, action in zip(steps, actions, strict=True)])


def _entry(step: DepositStep, action: int) -> dict[str, object]:
    after = step.after
    return {
        "account_id": after.account_id, "deposit_number": after.number, "entry_number": after.last_entry,
        "kind": step.kind, "amount": step.amount, "balance_after": after.balance, "state_after": after.state,
        "effective_on": step.day, "concerns": step.concerns, "actor": step.actor, "reason": step.reason, "action_id": action,
    }  # fmt: skip


def _record(step: DepositStep, action: int) -> AuditRecord:
    after = step.after
    said = {
        "deposit": after.number, "name": after.name, "amount": plain(step.amount), "held": plain(after.balance),
        "state": after.state, "date": step.day, "operations": [post.number for post in step.posts],
    }  # fmt: skip
    return AuditRecord(
        after.account_id, action, step.actor, f"deposit_{step.kind.value.lower()}", step.reason, None, said
    )


async def _pay_rests(conn: Connection, desk: DepositBatch, steps: Sequence[DepositStep]) -> list[Registered]:
    """Register what came beyond what the deposits ask for as ordinary payments."""
    wishes = [
        PaymentRequest(step.rest, step.actor, step.rest_to, step.reason, late=step.late)
        for step in steps
        if step.rest is not None
    ]
    answers = await register(conn, wishes, desk.types, today=desk.today) if wishes else []
    return [_accepted(one) for one in answers]
