"""Random steps of security deposits, mixed with invoices and payments, against a model of a few dozen lines.

More of it: `SOLDE_TESTS=long pytest tests/oracle/test_deposits.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows
from oracle_runs import prove, run_machine

from solde.balances import Moment, balances_of, definitions_now
from solde.db import Connection, Pool, transaction
from solde.deposits import (
    CancelRequest,
    DepositRequest,
    FundingRejection,
    FundRequest,
    GiveBackRequest,
    Limit,
    PayRequest,
    cancel_deposits,
    change_settings,
    expire_deposits,
    fund_deposits,
    get_deposit,
    get_settings,
    give_back_deposits,
    pay_with_deposits,
    reject_fundings,
    request_deposits,
)
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import UnmatchRequest, unmatch
from solde.operations import Types, load_types
from solde.payments import Allocate, PaymentRequest, ReversalRequest, register, reject_payment

T = TypeVar("T")
MOST_OF_CUSTOMER = D(400)
NIL = D(0)
AMOUNTS = st.sampled_from([D(n) for n in (1, 5, 10, 20, 25, 60, 100)])
PICKS = st.integers(0, 10**6)
LAST_DAY = TODAY + timedelta(days=10)


@dataclass
class Kept:
    """A deposit of the model: money paid for it, by payment; what of it is left, oldest first; what is still asked."""

    expected: Decimal
    asked: Decimal
    paid: dict[int, Decimal] = field(default_factory=dict)
    bounced: set[int] = field(default_factory=set)
    held: Decimal = NIL
    begun: bool = False
    ended: str = ""
    ends: bool = False

    @property
    def state(self) -> str:
        if self.ended:
            return self.ended
        if self.asked > 0:
            return "HOLD" if self.held > 0 else "VALIDATED"
        return "LOCKED" if self.held == self.expected else "UNLOCKED"

    @property
    def standing(self) -> bool:
        return not self.ended and not (self.asked == 0 and self.held == 0)


@dataclass
class Debit:
    """An invoice of the model."""

    open: Decimal
    disputed: Decimal = NIL


class Deposits(RuleBasedStateMachine):
    """One account with its deposits; what the model does not expect fails."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        super().__init__()
        self.runner, self.pool = runner, pool
        self.kept: list[Kept] = []
        self.debits: dict[int, Debit] = {}
        self.loose: dict[int, Decimal] = {}
        self.numbers = 0
        self.account = 0
        self.types: Types

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return self.runner.run(transaction(self.pool, work))

    def ask(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object) -> bool:
        """Was it done? The numbers run on by what was posted."""
        (answer,) = self.run(lambda conn: action(conn, [request], self.types, today=TODAY))
        return not isinstance(answer, tuple)

    @initialize()
    def begin(self) -> None:
        self.types = self.run(load_types)
        self.account = self.run(make_account)

        async def limit(conn: Connection) -> None:
            before = await get_settings(conn)
            limits = [Limit("EUR", D(250), MOST_OF_CUSTOMER)]
            await change_settings(conn, auto_refund=True, limits=limits, version=before.version, actor="test")

        self.run(limit)

    def pick(self, which: int) -> tuple[int, Kept] | None:
        return (which % len(self.kept) + 1, self.kept[which % len(self.kept)]) if self.kept else None

    @rule(amount=AMOUNTS, times=st.integers(1, 3), ends=st.booleans())
    def ask_for(self, amount: Decimal, times: int, ends: bool) -> None:
        amount *= times
        wish = DepositRequest(self.account, "STANDARD", amount, "test", valid_until=LAST_DAY if ends else None)
        fits = amount <= 250 and amount + sum(d.expected for d in self.kept if d.standing) <= MOST_OF_CUSTOMER
        assert self.ask(request_deposits, wish) is fits
        if fits:
            self.kept.append(Kept(amount, amount, ends=ends))
            self.numbers += 1

    @rule(which=PICKS, amount=AMOUNTS, rest_to=st.sampled_from(Allocate))
    def fund(self, which: int, amount: Decimal, rest_to: Allocate) -> None:
        if (found := self.pick(which)) is None:
            return
        number, deposit = found
        fits = not deposit.ended and deposit.asked > 0
        assert self.ask(fund_deposits, FundRequest(self.account, number, amount, "test", "CHECK", rest_to)) is fits
        if fits:
            part = min(amount, deposit.asked)
            deposit.paid[self.numbers + 1] = part
            deposit.asked -= part
            deposit.held += part
            self.numbers += 2
            if amount > part:
                self.come(amount - part, rest_to)

    def come(self, amount: Decimal, to: Allocate) -> None:
        """An ordinary payment."""
        self.numbers += 1
        for debit in self.debits.values() if to is Allocate.OLDEST else ():
            part = min(amount, debit.open - debit.disputed)
            debit.open -= part
            amount -= part
        if amount:
            self.loose[self.numbers] = amount

    @rule(which=PICKS, of=PICKS, amount=AMOUNTS | st.none())
    def pay(self, which: int, of: int, amount: Decimal | None) -> None:
        if (found := self.pick(which)) is None or not self.debits:
            return
        number, deposit = found
        debit_number = list(self.debits)[of % len(self.debits)]
        debit = self.debits[debit_number]
        most = min(deposit.held, debit.open - debit.disputed)
        fits = not deposit.ended and most > 0 and (amount is None or amount <= most)
        assert self.ask(pay_with_deposits, PayRequest(self.account, number, debit_number, "test", amount)) is fits
        if fits:
            part = most if amount is None else amount
            deposit.held -= part
            debit.open -= part
            self.numbers += 2
            self.give_up_rest(deposit)

    def give_up_rest(self, deposit: Kept) -> None:
        """A deposit in use asks for nothing more."""
        self.numbers += 1 if deposit.asked else 0
        deposit.asked = NIL

    @rule(which=PICKS, amount=AMOUNTS | st.none())
    def give_back(self, which: int, amount: Decimal | None) -> None:
        if (found := self.pick(which)) is None:
            return
        number, deposit = found
        fits = not deposit.ended and deposit.held > 0 and (amount is None or amount <= deposit.held)
        assert self.ask(give_back_deposits, GiveBackRequest(self.account, number, "test", amount)) is fits
        if fits:
            deposit.held -= deposit.held if amount is None else amount
            self.numbers += 1
            self.give_up_rest(deposit)
            deposit.ended = "" if deposit.held else "REFUNDED"

    @rule(which=PICKS)
    def cancel(self, which: int) -> None:
        if (found := self.pick(which)) is None:
            return
        number, deposit = found
        fits = deposit.state == "VALIDATED"
        assert self.ask(cancel_deposits, CancelRequest(self.account, number, "test", "why")) is fits
        if fits:
            self.give_up_rest(deposit)
            deposit.ended = "CANCELED"

    @rule(which=PICKS, payment_=PICKS)
    def bounce(self, which: int, payment_: int) -> None:
        if (found := self.pick(which)) is None or not found[1].paid:
            return
        number, deposit = found
        paid = list(deposit.paid)[payment_ % len(deposit.paid)]
        amount = deposit.paid[paid]
        fits = not deposit.ended and paid not in deposit.bounced and amount <= deposit.held
        assert self.ask(reject_fundings, FundingRejection(self.account, number, paid, "test", "why")) is fits
        if fits:
            deposit.bounced.add(paid)
            deposit.held -= amount
            deposit.asked += amount
            self.numbers += 2

    @rule(which=PICKS, payment_=PICKS)
    def bounce_elsewhere(self, which: int, payment_: int) -> None:
        """What funds a deposit is not rejected as an ordinary payment."""
        if (found := self.pick(which)) is None or not found[1].paid:
            return
        paid = list(found[1].paid)[payment_ % len(found[1].paid)]
        assert not self.ask(reject_payment, ReversalRequest(self.account, paid, "test", "why"))

    @rule(group=st.integers(1, 6))
    def unmatch_by_hand(self, group: int) -> None:
        """Matches of deposits stay; those of ordinary payments are left alone here."""

        async def work(conn: Connection) -> None:
            query = """
                select bool_or(t.deposit) from match_line l
                join operation o on o.account_id = l.account_id and o.number in (l.debit_number, l.credit_number)
                join operation_type t using (type_id)
                where l.account_id = %(account)s and l.group_number = %(group)s
            """
            ((touches,),) = await rows(conn, query, account=self.account, group=group)
            if touches:
                (answer,) = await unmatch(conn, [UnmatchRequest(self.account, group, "test")], today=TODAY)
                assert isinstance(answer, tuple)

        self.run(work)

    @rule(amount=AMOUNTS)
    def bill(self, amount: Decimal) -> None:
        self.run(lambda conn: post_all(conn, invoice(self.account, str(amount))))
        self.numbers += 1
        self.debits[self.numbers] = Debit(amount)

    @rule(amount=AMOUNTS, to=st.sampled_from(Allocate))
    def receive(self, amount: Decimal, to: Allocate) -> None:
        assert self.ask(register, PaymentRequest(payment(self.account, str(amount)), "test", to))
        self.come(amount, to)

    @rule(of=PICKS, amount=AMOUNTS)
    def argue(self, of: int, amount: Decimal) -> None:
        fit = [n for n, d in self.debits.items() if d.disputed == 0 and d.open >= amount]
        if not fit:
            return
        number = fit[of % len(fit)]
        wish = DisputeRequest(self.account, number, DisputeVerb.ENTER, "test", amount, reason="why")
        self.run(lambda conn: dispute(conn, [wish], today=TODAY))
        self.debits[number].disputed = amount

    @rule()
    def time_goes_by(self) -> None:
        """All that ends is over: what it holds goes back. A day later is told to the run alone."""
        day = LAST_DAY + timedelta(days=1)
        done = self.runner.run(expire_deposits(self.pool, self.types, today=lambda _zone: day, actor="test"))
        mine = [d for d in self.kept if d.ends and d.held > 0]
        # Deposits of earlier examples may be over too.
        assert done.refused == ()
        assert done.deposits >= len(mine)
        for deposit in mine:
            deposit.held = NIL
            self.numbers += 1
            self.give_up_rest(deposit)
            deposit.ended = "AUTO_REFUND"

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        async def read(conn: Connection) -> tuple[Any, ...]:
            found = [await get_deposit(conn, self.account, n + 1) for n in range(len(self.kept))]
            query = """
                select i.number, i.open, i.disputed from open_item i join operation_type t using (type_id)
                where i.account_id = %(account)s and not t.deposit
            """
            opened = await rows(conn, query, account=self.account)
            balances = await balances_of(conn, self.account, await definitions_now(conn), Moment(TODAY))
            last = await rows(conn, "select last_number from account where account_id = %(a)s", a=self.account)
            return found, opened, {b.definition.code: b.figures.balance for b in balances}, last

        if not self.account:
            return
        found, opened, balances, last = self.run(read)
        assert [(d.state.value, d.balance, d.asked) for d in found] == [(k.state, k.held, k.asked) for k in self.kept]
        expected = {n: (d.open, d.disputed) for n, d in self.debits.items() if d.open > 0}
        expected |= {n: (amount, NIL) for n, amount in self.loose.items()}
        assert {n: (still, disputed) for n, still, disputed in opened} == expected
        assert balances["security_deposit"] == sum((k.asked - k.held for k in self.kept), NIL)
        owed = sum((d.open for d in self.debits.values()), NIL)
        assert balances["default"] == owed - sum(self.loose.values(), NIL)
        assert last == [(self.numbers,)]

    def teardown(self) -> None:
        prove(self.runner, self.pool)


def test_random_steps_of_deposits_leave_what_a_simple_model_says(database_url: str) -> None:
    run_machine(Deposits, database_url)
