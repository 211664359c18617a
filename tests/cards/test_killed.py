"""A process that is killed while it asks the gateway: the janitor of the next one finishes what it began, once.

Each phase boundary is died at for real, the transaction at hand open: by one kind of request each, by every kind and that
often with SOLDE_TORTURE_KILLS=20.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from cards.till import Till
from ledger import invoice

KILLS = int(os.environ.get("SOLDE_TORTURE_KILLS", "0"))
D = Decimal
PROGRAM = """
import asyncio, os, signal, sys
from datetime import datetime
from decimal import Decimal
from solde.cards import CardKind, CardRequest, actions
from solde.cards.adapters.sandbox import Sandbox
from solde.db import open_pool

dsn, now, account, kind, of, amount, phase = sys.argv[1:]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def dying(name, *, before):
    known = getattr(actions, name)

    async def worker(*given, **named):
        if before:
            die()
        done = await known(*given, **named)
        die()
        return done

    setattr(actions, name, worker)


if phase != "none":
    name, when = phase.split()
    dying(name, before=when == "before")


async def run():
    clock = lambda: datetime.fromisoformat(now)
    async with open_pool(dsn, max_size=2) as pool:
        gateway = Sandbox(pool, clock, address="http://here")
        wish = CardRequest(
            int(account), CardKind(kind), "killed", Decimal(amount) if amount else None, None, int(of) if of else None
        )
        await actions.ask(gateway, pool, wish, clock=clock)


asyncio.run(run())
"""
PHASES = (
    "make_intent before", "make_intent after", "claim before", "claim after", "send before", "send after",
    "take_reply before", "take_reply after", "read_outcome after",
)  # fmt: skip
"""Before or after each of the steps. After `make_intent`, `claim` and `take_reply` the transaction is not committed yet."""


KINDS = (("charge", None), ("capture", "authorize"), ("refund", "charge"))
"""What is asked, and of what."""


def run(arguments: Sequence[str]) -> int:
    """Run the program to its end or its death; gives how it ended."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], env=environment, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("phase", PHASES)
async def test_whoever_is_killed_at_a_phase_leaves_nothing_undone_and_nothing_twice(
    till: Till, database_url: str, phase: str
) -> None:
    kinds = KINDS * KILLS or (KINDS[PHASES.index(phase) % len(KINDS)],)
    for kind, first in kinds:
        account = await till.account()
        await till.post(invoice(account, "60.00"))
        of = None if first is None else (await till.do(account, first, "90.00")).number
        asked = [database_url, till.clock().isoformat(), str(account), kind, str(of or ""), "40.00", phase]
        assert run(asked) == -signal.SIGKILL, (kind, phase)
        for _ in range(3):
            await till.sweep(minutes=2)
        await till.events()
        await _agrees(till, account, kind)
    await till.prove()


async def _agrees(till: Till, account: int, kind: str) -> None:
    """What we know is what the gateway did: once, or not at all where the intent itself was not kept."""
    found = await till.rows(
        f"""select t.reference, t.kind, t.state, w.reference, w.captured, w.refunded from card_transaction t
            left join card_transaction w on w.account_id = t.account_id and w.transaction_number = coalesce(t.parent_number, t.transaction_number)
            where t.account_id = {account} order by t.transaction_number"""
    )
    truth = await till.truth()
    assert not [row for row in found if row[2] in {"CREATED", "PENDING", "UNKNOWN"}], found
    for _, _, _, whole, captured, refunded in found:
        assert truth[whole][:2] == (captured, refunded), (found, truth)
    asked = [row for row in found if row[1] == kind]
    booked = {"charge": "PAY_CRD", "capture": "PAY_CRD", "refund": "REF_CRD"}[kind]
    payments = [one for one in await till.types(account) if one == booked]
    # A refund is done to a charge, which made a payment of its own.
    assert len(payments) == len([row for row in asked if row[2] in {"CAPTURED", "REFUNDED"}])


async def test_the_program_that_is_killed_does_its_work_where_nobody_kills_it(till: Till, database_url: str) -> None:
    account = await till.account()
    assert run([database_url, till.clock().isoformat(), str(account), "charge", "", "40.00", "none"]) == 0
    assert (await till.get(account, 1)).captured == D("40.00")
