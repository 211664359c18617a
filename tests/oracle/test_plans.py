"""Random instalment plans, payments and rejections against a model that counts by hand.

Short by default; SOLDE_TESTS=long runs what a release is held to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger import invoice, make_account, payment, post_all, rows
from oracle_runs import prove, run_machine

from solde.db import Connection, Pool, transaction
from solde.instalments import (
    ActivateRequest,
    EndRequest,
    PlanRequest,
    PlanTerms,
    Unit,
    activate,
    break_plans,
    cancel,
    draft,
)
from solde.operations import Types, load_types
from solde.payments import PaymentRequest, ReversalRequest, register, reject_payment

T = TypeVar("T")
BEGIN = date(2026, 11, 25)
"""A Wednesday, so that instalments a week apart never fall on a weekend."""
CENTS = st.sampled_from([100, 1000, 3333, 10000, 12001])
PICKS = st.integers(0, 10**6)


@dataclass
class Entry:
    """An operation of the model, in cents."""

    what: str
    is_debit: bool
    amount: int
    due: date
    open: int
    taken_back: bool = False


@dataclass
class Sketch:
    """A plan of the model: its parts as (due, cents), and once it is active its operations."""

    debits: dict[int, int]
    parts: list[tuple[date, int]]
    state: str = "DRAFT"
    creation: int = 0
    instalments: list[int] = field(default_factory=list)


@dataclass
class Book:
    """An account of the model: entries by number, and how much of which pays which."""

    entries: dict[int, Entry] = field(default_factory=dict)
    links: dict[tuple[int, int], int] = field(default_factory=dict)
    plans: list[Sketch] = field(default_factory=list)

    def add(self, what: str, cents: int, due: date, *, is_debit: bool) -> int:
        number = len(self.entries) + 1
        self.entries[number] = Entry(what, is_debit, cents, due, cents)
        return number

    def link(self, debit: int, credit: int, cents: int) -> None:
        """Pay, or with negative cents take back."""
        self.links[debit, credit] = self.links.get((debit, credit), 0) + cents
        for number in (debit, credit):
            self.entries[number].open -= cents

    def pay_oldest(self, number: int) -> None:
        credit = self.entries[number]
        for _, debit in sorted((e.due, n) for n, e in self.entries.items() if e.is_debit and e.open > 0):
            if cents := min(credit.open, self.entries[debit].open):
                self.link(debit, number, cents)

    def unpaid(self, plan: Sketch) -> int:
        return sum(self.entries[n].open for n in plan.instalments)

    def state(self, plan: Sketch) -> str:
        return "COMPLETED" if plan.state == "ACTIVE" and self.unpaid(plan) == 0 else plan.state

    def in_plans(self) -> set[int]:
        return {n for plan in self.plans if self.state(plan) == "ACTIVE" for n in plan.debits}

    def break_up(self, plan: Sketch) -> None:
        """The unpaid sum leaves the debits due last first, and pays the instalments."""
        left = self.unpaid(plan)
        held = [(self.entries[d].due, d) for (d, c), cents in self.links.items() if c == plan.creation and cents > 0]
        for _, debit in sorted(held, reverse=True):
            if debit in plan.instalments:
                continue
            cents = min(left, self.links[debit, plan.creation])
            self.link(debit, plan.creation, -cents)
            left -= cents
        for number in plan.instalments:
            self.link(number, plan.creation, self.entries[number].open)
        plan.state = "BROKEN"


def split(total: int, count: int) -> list[int]:
    """Whole cents, the rest in the first."""
    part = total // count
    return [total - part * (count - 1), *[part] * (count - 1)]


def euros(cents: int) -> Decimal:
    return Decimal(cents) / 100


class Plans(RuleBasedStateMachine):
    """One account, and every action on its plans; what the model does not expect fails."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        super().__init__()
        self.runner, self.pool = runner, pool
        self.today = BEGIN
        self.account = 0
        self.book = Book()
        self.types: Types

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return self.runner.run(transaction(self.pool, work))

    def ask(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object, *, typed: bool = True) -> bool:
        """Was it done?"""
        more = (self.types,) if typed else ()
        (answer,) = self.run(lambda conn: action(conn, [request], *more, today=self.today))
        return not isinstance(answer, tuple)

    @initialize()
    def begin(self) -> None:
        self.types = self.run(load_types)
        self.account = self.run(make_account)

    @rule(weeks=st.integers(1, 3))
    def wait(self, weeks: int) -> None:
        self.today += timedelta(weeks=weeks)

    @rule(cents=CENTS, days=st.integers(0, 30))
    def bill(self, cents: int, days: int) -> None:
        due = self.today + timedelta(days)
        self.run(lambda conn: post_all(conn, invoice(self.account, str(euros(cents)), self.today, due)))
        self.book.add("invoice", cents, due, is_debit=True)

    @rule(cents=CENTS)
    def pay(self, cents: int) -> None:
        assert self.ask(register, PaymentRequest(payment(self.account, str(euros(cents)), self.today), "test"))
        self.book.pay_oldest(self.book.add("payment", cents, self.today, is_debit=False))

    @rule(which=PICKS)
    def bounce(self, which: int) -> None:
        paid = [(n, e) for n, e in self.book.entries.items() if e.what == "payment" and not e.taken_back]
        if not paid:
            return
        number, entry = paid[which % len(paid)]
        assert self.ask(reject_payment, ReversalRequest(self.account, number, "test", "why"))
        for (debit, credit), cents in list(self.book.links.items()):
            if credit == number and cents:
                self.book.link(debit, credit, -cents)
        entry.taken_back = True
        self.book.link(self.book.add("rejection", entry.amount, self.today, is_debit=True), number, entry.amount)

    @rule(which=st.sets(PICKS, min_size=1, max_size=3), count=st.integers(1, 4))
    def sketch(self, which: set[int], count: int) -> None:
        debits = [n for n, e in self.book.entries.items() if e.is_debit]
        if not debits:
            return
        chosen = sorted({debits[one % len(debits)] for one in which})
        wish = PlanTerms(count=count, first_on=self.today, unit=Unit.WEEK)
        entries = {n: self.book.entries[n] for n in chosen}
        fits = all(e.open > 0 and e.what != "instalment" for e in entries.values())
        fits = fits and not self.book.in_plans() & set(chosen)
        assert self.ask(draft, PlanRequest(self.account, tuple(chosen), "test", wish)) is fits
        if fits:
            amounts = split(sum(e.open for e in entries.values()), count)
            parts = [(self.today + timedelta(weeks=place), cents) for place, cents in enumerate(amounts)]
            self.book.plans.append(Sketch({n: e.open for n, e in entries.items()}, parts))

    def pick(self, which: int) -> tuple[int, Sketch] | None:
        plans = self.book.plans
        return (which % len(plans) + 1, plans[which % len(plans)]) if plans else None

    @rule(which=PICKS)
    def activate(self, which: int) -> None:
        if (found := self.pick(which)) is None:
            return
        number, plan = found
        fits = plan.state == "DRAFT" and plan.parts[0][0] >= self.today
        fits = fits and all(self.book.entries[n].open == cents for n, cents in plan.debits.items())
        fits = fits and not self.book.in_plans() & plan.debits.keys()
        assert self.ask(activate, ActivateRequest(self.account, number, "test", 1)) is fits
        if fits:
            total = sum(plan.debits.values())
            plan.creation = self.book.add("creation", total, self.today, is_debit=False)
            plan.instalments = [self.book.add("instalment", c, due, is_debit=True) for due, c in plan.parts]
            for debit, cents in plan.debits.items():
                self.book.link(debit, plan.creation, cents)
            plan.state = "ACTIVE"

    @rule(which=PICKS)
    def give_up(self, which: int) -> None:
        if (found := self.pick(which)) is None:
            return
        number, plan = found
        fits = plan.state == "DRAFT"
        assert self.ask(cancel, EndRequest(self.account, number, "test", "why"), typed=False) is fits
        if fits:
            plan.state = "CANCELED"

    @rule(which=PICKS)
    def break_up(self, which: int) -> None:
        if (found := self.pick(which)) is None:
            return
        number, plan = found
        fits = self.book.state(plan) == "ACTIVE"
        assert self.ask(break_plans, EndRequest(self.account, number, "test", "why")) is fits
        if fits:
            self.book.break_up(plan)

    @invariant()
    def what_is_open_is_what_the_model_says(self) -> None:
        query = f"select number, open from open_item where account_id = {self.account}"
        found = {row[0]: row[1] for row in self.run(lambda conn: rows(conn, query))}
        assert found == {n: euros(e.open) for n, e in self.book.entries.items() if e.open > 0}

    @invariant()
    def plans_are_as_far_as_the_model_says(self) -> None:
        query = (
            f"select plan_number, state, open from instalment_plan_state where account_id = {self.account} order by 1"
        )
        found = self.run(lambda conn: rows(conn, query))
        assert found == [
            (place, self.book.state(plan), euros(self.book.unpaid(plan)))
            for place, plan in enumerate(self.book.plans, 1)
        ]

    def teardown(self) -> None:
        prove(self.runner, self.pool)


def test_random_plans_leave_what_a_simple_model_says(database_url: str) -> None:
    run_machine(Plans, database_url)
