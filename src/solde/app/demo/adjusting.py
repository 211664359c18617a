"""What else happened to the demo's customers: credit notes, refunds, returned debits, money on account, write-offs.

All of it goes through the same actions as the work of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from solde.db import Connection
from solde.kernel.money import round_to
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, Posted, PostRequest, Side, Types, post

from . import store
from .store import DirectDebit, OpenPart

ACTOR = "demo"
CREDIT_NOTES, WRITE_OFFS, RETURNS, ON_ACCOUNT = 90, 25, 40, 120
RECENT_DAYS = 75


@dataclass(frozen=True, slots=True)
class DemoStep:
    """An operation to be posted and, where it settles another, that one's number."""

    new: NewOperation
    settles: int | None = None


async def adjust(conn: Connection, types: Types, today: date, seed: int) -> int:
    """Post and match everything that happened beside invoices and their payments; gives the number of operations."""
    random = Random(seed + 1)  # noqa: S311 - made up, not secret
    items = await store.list_open_items(conn)
    returned = await _return_debits(conn, random, today)
    steps = [
        *(_rejection(debit) for debit in returned),
        *_credit_notes(random, items, today),
        *_refunds(random, items, today),
        *_write_offs(items, today),
        *_on_account(random, await store.list_demo_accounts(conn), today),
    ]
    await _carry_out(conn, steps, types, today)
    return len(steps)


async def _return_debits(conn: Connection, random: Random, today: date) -> list[DirectDebit]:
    """Direct debits the bank gave back: their matches are reversed."""
    found = await store.list_direct_debits(conn, today - timedelta(days=RECENT_DAYS), today - timedelta(days=8))
    chosen = random.sample(found, min(RETURNS, len(found)))
    requests = [
        UnmatchRequest(d.account_id, d.group_number, ACTOR, effective_on=_returned_on(d), reason="Returned by the bank")
        for d in chosen
    ]
    answers = await unmatch(conn, requests, today=today)
    refused = [one for one in answers if not isinstance(one, Unmatched)]
    assert not refused, f"reversals were refused: {refused[:5]}"
    return chosen


def _returned_on(debit: DirectDebit) -> date:
    return debit.matched_on + timedelta(days=5)


def _rejection(debit: DirectDebit) -> DemoStep:
    new = NewOperation(
        debit.account_id,
        "REJ_DDT",
        debit.amount,
        _returned_on(debit),
        description="Direct debit returned: insufficient funds",
        source=ACTOR,
    )
    return DemoStep(new, debit.number)


def _credit_notes(random: Random, items: Sequence[OpenPart], today: date) -> Iterator[DemoStep]:
    """A part of an unpaid invoice, or all of it, is taken back."""
    invoices = [i for i in items if i.class_ == "I" and i.open == i.amount and (today - i.operation_on).days > 12]
    for item in random.sample(invoices, min(CREDIT_NOTES, len(invoices))):
        amount = round_to(item.open * random.choice([10, 15, 25, 50, 100]) / 100, 2)
        on = max(item.operation_on + timedelta(days=random.randint(2, 12)), item.not_before)
        yield DemoStep(
            NewOperation(
                item.account_id, "INV_CRN", amount, on, description="Credit note: service outage", source=ACTOR
            ),
            item.number,
        )


def _refunds(random: Random, items: Sequence[OpenPart], today: date) -> Iterator[DemoStep]:
    """About half of what was overpaid some time ago is sent back."""
    for item in items:
        if (
            item.side == Side.CREDIT
            and item.class_ == "P"
            and (today - item.operation_on).days > 40
            and random.random() < 0.5
        ):
            on = item.operation_on + timedelta(days=random.randint(10, 35))
            yield DemoStep(
                NewOperation(
                    item.account_id, "REF_WIRE", item.open, on, description="Refund of an overpayment", source=ACTOR
                ),
                item.number,
            )


def _write_offs(items: Sequence[OpenPart], today: date) -> Iterator[DemoStep]:
    """Small rests that are old are given up."""
    old = [
        i
        for i in items
        if i.class_ == "I"
        and i.side == Side.DEBIT
        and i.open < i.amount
        and i.open < 15
        and (today - i.due_on).days > 60
    ]
    for item in old[:WRITE_OFFS]:
        on = max(today - timedelta(days=20), item.not_before)
        yield DemoStep(
            NewOperation(item.account_id, "EXP_WRT", item.open, on, description="Small balance", source=ACTOR),
            item.number,
        )


def _on_account(random: Random, accounts: Sequence[int], today: date) -> Iterator[DemoStep]:
    """Money that came without a word of what it is for."""
    for account_id in random.sample(accounts, min(ON_ACCOUNT, len(accounts))):
        on = today - timedelta(days=random.randint(1, 30))
        new = NewOperation(
            account_id, "PAY_WIRE", Decimal(random.randint(20, 250) * random.choice([1, 2, 5])), on,
            reference=f"TRANSFER {random.randint(10000, 99999)}", payment_method="WIRETRANSFER", source=ACTOR,
        )  # fmt: skip
        yield DemoStep(new)


async def _carry_out(conn: Connection, steps: Sequence[DemoStep], types: Types, today: date) -> None:
    if not steps:
        return
    (answer,) = await post(
        conn, [PostRequest(tuple(step.new for step in steps), ACTOR, "demo company", late=True)], types
    )
    assert isinstance(answer, Posted), f"an operation was refused: {answer}"
    requests = [
        _settling(step, number, types)
        for step, number in zip(steps, answer.numbers, strict=True)
        if step.settles is not None
    ]
    answers = await match(conn, requests, types, today=today)
    refused = [one for one in answers if not isinstance(one, Matched)]
    assert not refused, f"matches were refused: {refused[:5]}"


def _settling(step: DemoStep, number: int, types: Types) -> MatchRequest:
    assert step.settles is not None, "only what settles is matched"
    debit = types.by_code[step.new.type_code].side is Side.DEBIT
    debits, credits = ((number,), (step.settles,)) if debit else ((step.settles,), (number,))
    return MatchRequest(step.new.account_id, debits, credits, ACTOR, effective_on=step.new.operation_on)
