"""Random transactions of the wizard against a model of a few lines: owed, unbilled, unallocated, to the cent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ledger import TODAY, invoice, make_account, post_all
from lengths import examples

from solde.adjustments import Adjusted, AdjustmentRequest, AdjustmentType, adjust, standings_of
from solde.balances import Moment, balances_of, definitions_now, pick
from solde.db import Connection, Pool, transaction
from solde.db.pool import open_pool
from solde.kernel.refusals import Refused
from solde.operations import load_types
from solde.unbilled import take_back
from solde.verification import verify

R = TypeVar("R")
T = AdjustmentType
AMOUNTS = st.sampled_from([Decimal(n) for n in ("0.000001", "1", "7.25", "10", "33.333333", "60")])
MODES = ("POSTPAID", "PREPAID")


class Model:
    """What an account owes, by hand: the sizes of its open invoices, of its items, and what is unallocated."""

    def __init__(self) -> None:
        self.open: list[Decimal] = []
        self.items: list[tuple[Decimal, bool]] = []
        self.unallocated = Decimal(0)

    @property
    def unbilled(self) -> Decimal:
        return sum((amount for amount, _ in self.items), Decimal(0))

    @property
    def owed(self) -> Decimal:
        return sum(self.open, Decimal(0)) - self.unallocated + self.unbilled

    def pay(self, amount: Decimal) -> None:
        """The oldest first; the rest is unallocated."""
        while self.open and amount > 0:
            part = min(self.open[0], amount)
            self.open[0], amount = self.open[0] - part, amount - part
            if self.open[0] == 0:
                self.open.pop(0)
        self.unallocated += amount


class Wizard(RuleBasedStateMachine):
    """A postpaid and a prepaid account; whole amounts meet invoices, so that no trace of rounding is closed."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        super().__init__()
        self.runner, self.pool = runner, pool
        self.ids: list[int] = []
        self.models = [Model(), Model()]

    def run(self, work: Callable[[Connection], Awaitable[R]]) -> R:
        return self.runner.run(transaction(self.pool, work))

    @initialize()
    def begin(self) -> None:
        self.ids = [self.run(make_account) for _ in MODES]
        for account, mode in zip(self.ids, MODES, strict=True):
            query = (
                "insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)"
                f" values ({account}, 0, 'A{account}', '{mode}', 'CONSOLIDATED')"
            )
            self.run(lambda conn, query=query: conn.execute(query.encode()))  # type: ignore[misc]

    def ask(self, who: int, kind: AdjustmentType, amount: Decimal, **more: Any) -> bool:
        """Was it done?"""
        request = AdjustmentRequest(self.ids[who], kind, "test", amount, **more)

        async def work(conn: Connection) -> bool:
            (answer,) = await adjust(conn, [request], await load_types(conn), today=TODAY)
            return isinstance(answer, Adjusted)

        return self.run(work)

    @rule(who=st.integers(0, 1), amount=st.integers(1, 80))
    def invoice(self, who: int, amount: int) -> None:
        new = invoice(self.ids[who], str(amount))
        self.run(lambda conn: post_all(conn, new))
        self.models[who].open.append(Decimal(amount))

    @rule(who=st.integers(0, 1), amount=AMOUNTS, service=st.sampled_from(["CALLS", "LATE_FEE"]))
    def charge(self, who: int, amount: Decimal, service: str) -> None:
        assert self.ask(who, T.MANUAL_CHARGE, amount, service=service)
        self.models[who].items.append((amount, False))

    @rule(who=st.integers(0, 1), amount=AMOUNTS, promotion=st.booleans())
    def credit(self, who: int, amount: Decimal, promotion: bool) -> None:
        kind, more = (T.PROMOTIONAL_CREDIT, {}) if promotion else (T.MANUAL_CREDIT, {"service": "CALLS"})
        assert self.ask(who, kind, amount, **more)
        self.models[who].items.append((-amount, False))

    @rule(who=st.integers(0, 1), amount=st.integers(1, 90))
    def pay(self, who: int, amount: int) -> None:
        assert self.ask(who, T.MANUAL_PAYMENT, Decimal(amount))
        self.models[who].pay(Decimal(amount))

    @rule(who=st.integers(0, 1), amount=st.integers(1, 90))
    def refund(self, who: int, amount: int) -> None:
        model = self.models[who]
        most = min(model.unallocated, max(-model.owed, Decimal(0))) if MODES[who] == "PREPAID" else model.unallocated
        done = self.ask(who, T.REFUND, Decimal(amount))
        assert done == (amount <= most)
        if done:
            model.unallocated -= amount

    @rule(who=st.integers(0, 1), pick_one=st.integers(0, 10**6))
    def back(self, who: int, pick_one: int) -> None:
        model = self.models[who]
        if not model.items:
            return
        place = pick_one % len(model.items)
        amount, settled = model.items[place]

        async def work(conn: Connection) -> bool:
            try:
                await take_back(conn, self.ids[who], place + 1, actor="test", comment=None, today=TODAY)
            except Refused:
                return False
            return True

        assert self.run(work) == (not settled)
        if not settled:
            model.items[place] = (amount, True)
            model.items.append((-amount, True))

    @invariant()
    def agrees(self) -> None:
        if not self.ids:
            return

        async def work(conn: Connection) -> None:
            standings = await standings_of(conn, self.ids)
            definition = pick(await definitions_now(conn), "current")
            for account, model in zip(self.ids, self.models, strict=True):
                one = standings[account]
                assert (one.owed, one.unbilled, one.unallocated) == (model.owed, model.unbilled, model.unallocated)
                (balance,) = await balances_of(conn, account, [definition], Moment(TODAY))
                assert balance.figures.balance == model.owed

        self.run(work)

    def teardown(self) -> None:
        report = self.runner.run(verify(self.pool, now=datetime(2026, 11, 22, tzinfo=UTC)))
        assert [one for one in report.differences if one.check != "directory"] == []


def test_random_transactions_leave_what_a_simple_model_says(database_url: str) -> None:
    with asyncio.Runner() as runner:
        opened = open_pool(database_url, min_size=1, max_size=2)
        pool = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: Wizard(runner, pool),  # type: ignore[arg-type]
                settings=examples(8, 200),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
