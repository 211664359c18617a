"""Lost replies, many at once, repeated and shuffled events, crashes between the phases: money moves once or not at all.

`SOLDE_TORTURE=1` runs them as long as the product promises; otherwise a small part of it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from cards.till import Till
from conftest import TestClock
from ledger import invoice

from solde.cards import CardKind, CardRequest, CardState, CardTransaction
from solde.cards.actions import carry_out, claim, finish, send
from solde.cards.adapters.sandbox import Lost, Weather
from solde.cards.events import receive
from solde.cards.intents import make_intent
from solde.cards.janitor import sweep
from solde.db import Pool, transaction
from solde.kernel.refusals import Refused

D = Decimal
LONG = bool(os.environ.get("SOLDE_TORTURE"))
SEEDS = 200 if LONG else 12
ROUNDS = 200 if LONG else 3
SHUFFLES = 500 if LONG else 6


def ids(seed: int) -> Callable[[], str]:
    """Ids that no other seed makes."""
    numbers = itertools.count(1)
    return lambda: f"{seed}x{next(numbers)}"


def losing(losses: list[Lost]) -> Weather:
    """Loses in this order, then nothing."""
    return lambda _kind, _reference: losses.pop(0) if losses else Lost.NOTHING


async def intend(till: Till, request: CardRequest) -> CardTransaction:
    """Write an intent that nobody carries out."""
    names = (till.gateway.name, till.gateway.merchant)
    return await transaction(till.pool, lambda conn: make_intent(conn, names, request, now=till.clock()))


async def test_a_capture_whose_reply_is_lost_ends_as_the_gateway_says(pool: Pool, clock: TestClock) -> None:
    for seed in range(SEEDS):
        chance = random.Random(seed)
        till = Till(pool, clock)
        till.gateway._new_id = ids(seed)
        account = await till.account()
        held = await till.do(account, "authorize", "100.00")
        # The first call is lost in one way or the other; later ones as the seed wants, at most one more.
        losses = [chance.choice([Lost.REQUEST, Lost.REPLY]), chance.choice(list(Lost))]
        till.gateway._weather = losing(losses)
        captured = await till.do(account, "capture", "80.00", transaction_number=held.number)
        assert captured.state is CardState.UNKNOWN
        for _ in range(2):
            await till.sweep(minutes=61)
        truth = (await till.truth())[held.reference]
        ours = await till.get(account, held.number)
        assert (ours.captured, (await till.get(account, captured.number)).state) == (truth[0], "CAPTURED"), seed
        assert await till.types(account) == ["PAY_CRD"], seed
        clock.now = clock.now.replace(year=2026, month=11, day=22, hour=10, minute=0)
    await Till(pool, clock).prove()


async def test_many_refunds_at_once_never_give_back_more_than_was_taken(till: Till) -> None:
    for _ in range(ROUNDS):
        account = await till.account()
        await till.post(invoice(account, "50.00"))
        one = await till.do(account, "charge", "100.00")

        async def refund(account: int = account, number: int = one.number) -> bool:
            try:
                await till.do(account, "refund", "30.00", transaction_number=number)
            except Refused as refused:
                assert {r.code for r in refused.refusals} <= {"refund_over_captured", "busy"}  # noqa: PT017
                return False
            return True

        done = await asyncio.gather(*(refund() for _ in range(16)))
        assert sum(done) <= 3
        truth = (await till.truth())[one.reference]
        assert truth[1] == 30 * sum(done) == (await till.get(account, one.number)).refunded
    await till.prove()


async def test_one_intent_carried_out_by_many_is_one_call_and_one_payment(till: Till) -> None:
    for _ in range(20 if LONG else 2):
        account = await till.account()
        intent = await intend(till, CardRequest(account, CardKind.CHARGE, "test", D(10)))
        await asyncio.gather(*(carry_out(till.gateway, till.pool, intent.key, clock=till.clock) for _ in range(50)))
        attempts = await till.rows(f"select count(*) from card_attempt where account_id = {account}")
        assert attempts == [(1,)]
        assert await till.types(account) == ["PAY_CRD"]


async def test_several_janitors_at_once_do_nothing_twice(till: Till) -> None:
    accounts = [await till.account(kind) for kind in ("reply_lost", "request_lost") for _ in range(3)]
    for account in accounts:
        await till.do(account, "charge", "10.00")
    till.clock.advance(minutes=2)
    for _ in range(2):
        await asyncio.gather(*(sweep(till.gateway, till.pool, clock=till.clock) for _ in range(4)))
        till.clock.advance(hours=1)
    assert [await till.types(account) for account in accounts] == [["PAY_CRD"]] * len(accounts)
    await till.prove()


@pytest.mark.parametrize("kind", ["charge", "authorize", "capture", "void", "refund"])
@pytest.mark.parametrize("dies", ["before the claim", "before the call", "after the call"])
async def test_whoever_dies_between_two_phases_the_janitor_finishes_it_once(till: Till, kind: str, dies: str) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"))
    before = await _prepare(till, account, kind)
    request = CardRequest(account, CardKind(kind), "test", D(50) if kind != "void" else None, None, before)
    names = (till.gateway.name, till.gateway.merchant)
    intent = await transaction(till.pool, lambda conn: make_intent(conn, names, request, now=till.clock()))
    if dies != "before the claim":
        call = await transaction(till.pool, lambda conn: claim(conn, intent.key, till.clock(), query=False))
        assert call is not None
        if dies == "after the call":
            await send(till.gateway, call)
    for _ in range(3):
        await till.sweep(minutes=2)
    done = await till.get(account, intent.number)
    assert done.state in {"CAPTURED", "AUTHORIZED", "VOIDED", "REFUNDED"}
    truth = await till.truth()
    whole = await till.get(account, before or intent.number)
    assert (truth[whole.reference][0], truth[whole.reference][1]) == (whole.captured, whole.refunded)
    events = await till.events()
    assert events > 0
    assert await till.get(account, intent.number) == replace(
        done, changed_at=(await till.get(account, intent.number)).changed_at
    )
    await till.prove()


async def _prepare(till: Till, account: int, kind: str) -> int | None:
    """What a step is done to."""
    if kind in {"charge", "authorize"}:
        return None
    return (await till.do(account, "charge" if kind == "refund" else "authorize", "90.00")).number


async def test_a_word_and_the_reply_that_cross_each_other_book_once(till: Till) -> None:
    account = await till.account("reply_lost")
    one = await till.do(account, "charge", "10.00")
    till.clock.advance(minutes=2)
    await asyncio.gather(till.events(), till.sweep(), till.events())
    assert (await till.get(account, one.number)).state == "CAPTURED"
    assert await till.types(account) == ["PAY_CRD"]
    await till.prove()


async def test_events_three_times_and_in_any_order_come_to_the_same(till: Till) -> None:
    found = set()
    for seed in range(SHUFFLES):
        chance = random.Random(seed)
        account = await till.account("reply_lost")
        await till.post(invoice(account, "60.00"))
        await till.rows_write("update sandbox_event set due_at = null")
        one = await till.do(account, "charge", "100.00")
        truth = await till.rows(f"select gateway_reference from sandbox_request where reference = '{one.reference}'")
        name = await till.gateway.charge_back(truth[0][0], D(70), "fraudulent")
        assert name is not None
        if seed % 2:
            await till.gateway.end_chargeback(name, won=True)
        events = await till.rows("select event_id, body from sandbox_event where due_at is not null")
        waiting = events * 3
        chance.shuffle(waiting)
        while waiting:
            again = []
            for event_id, body in waiting:
                try:
                    headers = await till.gateway.sign(event_id, body)
                    await receive(till.gateway, till.pool, headers, body.encode(), clock=till.clock)
                except Refused as refused:
                    assert [r.code for r in refused.refusals] == ["gateway_event_early"]  # noqa: PT017
                    again.append((event_id, body))
            waiting = again
        after = await till.get(account, one.number)
        items = await till.rows(f"select sum(side * open), sum(disputed) from open_item where account_id = {account}")
        found.add((seed % 2, after.state.value, after.captured, after.charged_back, tuple(items)))
    assert found == {
        (0, "CAPTURED", D(100), D(70), ((D(30), D(30)),)),
        (1, "CAPTURED", D(100), D(0), ((D(-40), D(0)),)),
    }
    await till.prove()


async def test_a_reply_that_does_not_fit_what_was_asked_is_believed_by_nobody(till: Till) -> None:
    account = await till.account()
    request = CardRequest(account, CardKind.CHARGE, "test", D(10))
    names = (till.gateway.name, till.gateway.merchant)
    intent = await transaction(till.pool, lambda conn: make_intent(conn, names, request, now=till.clock()))
    call = await transaction(till.pool, lambda conn: claim(conn, intent.key, till.clock(), query=False))
    assert call is not None
    honest = till.gateway.charge

    async def lie(wish: object) -> object:
        return replace(await honest(wish), amount=D(1000))  # type: ignore[arg-type]

    till.gateway.charge = lie  # type: ignore[assignment, method-assign]
    done = await finish(till.gateway, till.pool, call, query=False, clock=till.clock)
    assert (done.state, done.alert) == ("UNKNOWN", "the gateway says 1000, 10 was asked")
    assert await till.types(account) == []
