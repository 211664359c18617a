"""Random payments, refunds, rejections, transfers, write-offs and receipts against a model of a few dozen lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ledger import TODAY, invoice, make_account, payment, post_all, rows
from lengths import examples

from solde.db import Connection, Pool, transaction
from solde.db.pool import open_pool
from solde.operations import Types, load_types
from solde.payments import (
    Allocate,
    AssignRequest,
    PaymentRequest,
    ReceiptRequest,
    RecordedReceipt,
    RefundRequest,
    ReversalRequest,
    TransferRequest,
    WriteOffRequest,
    assign_receipts,
    record_unidentified,
    refund,
    register,
    reject_payment,
    reverse_write_off,
    transfer,
    write_off,
)
from solde.verification import verify

T = TypeVar("T")
DEBIT, CREDIT = 1, -1
AMOUNTS = st.sampled_from([Decimal(n) for n in (1, 5, 10, 20, 25, 60)])
PICKS = st.integers(0, 10**6)
ACCOUNTS = st.integers(0, 1)


@dataclass
class Entry:
    """An operation of the model; `open` is counted down by hand."""

    what: str
    side: int
    amount: Decimal
    due: date
    open: Decimal
    taken_back: bool = False


@dataclass
class Account:
    """An account of the model: entries by number, and which pays which."""

    entries: dict[int, Entry] = field(default_factory=dict)
    links: list[tuple[int, int, Decimal]] = field(default_factory=list)

    def add(self, what: str, side: int, amount: Decimal, due: date = TODAY) -> int:
        number = len(self.entries) + 1
        self.entries[number] = Entry(what, side, amount, due, amount)
        return number

    def link(self, one: int, other: int, amount: Decimal) -> None:
        self.links.append((one, other, amount))
        for number in (one, other):
            self.entries[number].open -= amount

    def pay_oldest(self, number: int) -> None:
        debits = [(e.due, n) for n, e in self.entries.items() if e.side == DEBIT and e.open > 0]
        for _, debit in sorted(debits):
            amount = min(self.entries[number].open, self.entries[debit].open)
            if amount > 0:
                self.link(debit, number, amount)

    def met_by(self, number: int) -> list[str]:
        return [self.entries[a if b == number else b].what for a, b, _ in self.links if number in (a, b)]

    def take_back(self, number: int, what: str) -> None:
        for a, b, amount in [link for link in self.links if number in link[:2]]:
            self.entries[a].open += amount
            self.entries[b].open += amount
        self.links = [link for link in self.links if number not in link[:2]]
        entry = self.entries[number]
        entry.taken_back = True
        self.link(number, self.add(what, -entry.side, entry.amount), entry.amount)

    @property
    def balance(self) -> Decimal:
        return sum((e.side * e.amount for e in self.entries.values()), Decimal(0))


class Payments(RuleBasedStateMachine):
    """Two accounts, and every action on them; what the model does not expect fails."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        super().__init__()
        self.runner, self.pool = runner, pool
        self.ids: list[int] = []
        self.books = [Account(), Account()]
        self.receipts: dict[int, Decimal] = {}
        self.types: Types

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return self.runner.run(transaction(self.pool, work))

    def read(self, query: str) -> list[tuple[object, ...]]:
        return self.run(lambda conn: rows(conn, query))

    def ask(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object) -> bool:
        """Was it done?"""
        (answer,) = self.run(lambda conn: action(conn, [request], self.types, today=TODAY))
        return not isinstance(answer, tuple)

    @initialize()
    def begin(self) -> None:
        self.types = self.run(load_types)
        self.ids = [self.run(make_account) for _ in range(2)]

    def pick(self, who: int, number: int) -> tuple[int, Entry] | None:
        entries = list(self.books[who].entries.items())
        return entries[number % len(entries)] if entries else None

    @rule(who=ACCOUNTS, amount=AMOUNTS, days=st.integers(-30, 30))
    def bill(self, who: int, amount: Decimal, days: int) -> None:
        due = max(TODAY, TODAY + timedelta(days))
        self.run(lambda conn: post_all(conn, invoice(self.ids[who], str(amount), due=due)))
        self.books[who].add("invoice", DEBIT, amount, due)

    @rule(who=ACCOUNTS, amount=AMOUNTS, to=st.sampled_from(Allocate))
    def pay(self, who: int, amount: Decimal, to: Allocate) -> None:
        assert self.ask(register, PaymentRequest(payment(self.ids[who], str(amount)), "test", to))
        number = self.books[who].add("payment", CREDIT, amount)
        if to is Allocate.OLDEST:
            self.books[who].pay_oldest(number)

    @rule(who=ACCOUNTS, which=PICKS, amount=AMOUNTS)
    def give_back(self, who: int, which: int, amount: Decimal) -> None:
        if (found := self.pick(who, which)) is None:
            return
        number, entry = found
        request = RefundRequest(self.ids[who], number, "test", amount, method="WIRETRANSFER")
        fits = entry.side == CREDIT and entry.open >= amount and entry.what not in ("write-off", "given back")
        assert self.ask(refund, request) is fits
        if fits:
            self.books[who].link(self.books[who].add("refund", DEBIT, amount), number, amount)

    @rule(who=ACCOUNTS, which=PICKS, amount=AMOUNTS)
    def give_up(self, who: int, which: int, amount: Decimal) -> None:
        if (found := self.pick(who, which)) is None:
            return
        number, entry = found
        fits = entry.side == DEBIT and entry.open >= amount
        assert self.ask(write_off, WriteOffRequest(self.ids[who], number, "test", "why", amount)) is fits
        if fits:
            self.books[who].link(number, self.books[who].add("write-off", CREDIT, amount), amount)

    @rule(who=ACCOUNTS, which=PICKS, amount=AMOUNTS)
    def move(self, who: int, which: int, amount: Decimal) -> None:
        if (found := self.pick(who, which)) is None:
            return
        number, entry = found
        request = TransferRequest(self.ids[who], number, self.ids[1 - who], "test", "why", amount)
        fits = entry.open >= amount
        assert self.ask(transfer, request) is fits
        if fits:
            self.books[who].link(number, self.books[who].add("moved", -entry.side, amount), amount)
            self.books[1 - who].add("came", entry.side, amount, entry.due)

    @rule(who=ACCOUNTS, which=PICKS)
    def bounce(self, who: int, which: int) -> None:
        if (found := self.pick(who, which)) is None:
            return
        number, entry = found
        met = self.books[who].met_by(number)
        gone = "moved" in met or (entry.side == CREDIT and "refund" in met)
        fits = entry.what in ("payment", "refund") and not entry.taken_back and not gone
        assert self.ask(reject_payment, ReversalRequest(self.ids[who], number, "test", "why")) is fits
        if fits:
            self.books[who].take_back(number, "rejection")

    @rule(who=ACCOUNTS, which=PICKS)
    def take_write_off_back(self, who: int, which: int) -> None:
        if (found := self.pick(who, which)) is None:
            return
        number, entry = found
        fits = entry.what == "write-off" and not entry.taken_back
        assert self.ask(reverse_write_off, ReversalRequest(self.ids[who], number, "test", "why")) is fits
        if fits:
            self.books[who].take_back(number, "given back")

    @rule(amount=AMOUNTS)
    def receive(self, amount: Decimal) -> None:
        request = ReceiptRequest(1, "EUR", amount, TODAY, "test")
        (made,) = self.run(lambda conn: record_unidentified(conn, [request], self.types, today=TODAY))
        assert isinstance(made, RecordedReceipt)
        self.receipts[made.receipt_id] = amount

    @rule(who=ACCOUNTS, which=PICKS, amount=AMOUNTS)
    def assign(self, who: int, which: int, amount: Decimal) -> None:
        if not self.receipts:
            return
        receipt = list(self.receipts)[which % len(self.receipts)]
        fits = self.receipts[receipt] >= amount
        assert self.ask(assign_receipts, AssignRequest(receipt, self.ids[who], "test", amount)) is fits
        if fits:
            self.receipts[receipt] -= amount
            self.books[who].pay_oldest(self.books[who].add("payment", CREDIT, amount))

    @invariant()
    def what_is_open_is_what_the_model_says(self) -> None:
        for account_id, book in zip(self.ids, self.books, strict=False):
            query = f"select number, open from open_item where account_id = {account_id}"
            found = {row[0]: row[1] for row in self.read(query)}
            assert found == {n: e.open for n, e in book.entries.items() if e.open > 0}
            assert book.balance == sum(e.side * e.open for e in book.entries.values())

    def teardown(self) -> None:
        report = self.runner.run(verify(self.pool, now=datetime(2026, 11, 22, tzinfo=UTC)))
        assert [one for one in report.differences if one.check != "directory"] == []


def test_random_actions_leave_what_a_simple_model_says(database_url: str) -> None:
    with asyncio.Runner() as runner:
        opened = open_pool(database_url, min_size=1, max_size=2)
        pool = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: Payments(runner, pool),  # type: ignore[arg-type]
                settings=examples(10, 200),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
