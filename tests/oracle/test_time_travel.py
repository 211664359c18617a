"""Balances of any day, as known at any instant, against a model that knows nothing of projections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from ledger import make_account, rows
from lengths import times

from solde.balances import Moment, balances_of, definitions_now, snapshot_account
from solde.db import Pool, transaction
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, Posted, PostRequest, load_types, post
from solde.verification import verify

TODAY = date(2026, 7, 1)
START = date(2026, 1, 1)
ZERO = Decimal(0)


@dataclass
class Fact:
    """Something that counts from a day on and was recorded at a step."""

    on: date
    step: int


@dataclass
class ModelOperation(Fact):
    class_: str
    side: int
    amount: Decimal
    due: date


@dataclass
class ModelLine(Fact):
    debit: int
    credit: int
    amount: Decimal
    reversed: Fact | None = None


@dataclass
class ModelDispute(Fact):
    number: int
    amount: Decimal


@dataclass
class Model:
    """The facts of one account, and sums over them."""

    operations: dict[int, ModelOperation] = field(default_factory=dict)
    lines: dict[tuple[int, int, int], ModelLine] = field(default_factory=dict)
    disputes: list[ModelDispute] = field(default_factory=list)

    def open(self, number: int, day: date, step: int) -> Decimal:
        matched = ZERO
        for line in self.lines.values():
            if number in (line.debit, line.credit) and line.on <= day and line.step <= step:
                back = line.reversed
                if back is None or back.on > day or back.step > step:
                    matched += line.amount
        return self.operations[number].amount - matched

    def disputed(self, number: int, day: date, step: int) -> Decimal:
        found = [
            (d.on, place, d.amount)
            for place, d in enumerate(self.disputes)
            if d.number == number and d.on <= day and d.step <= step
        ]
        return max(found)[2] if found else ZERO

    def balances(self, day: date, step: int) -> tuple[Decimal, Decimal]:
        known = {n: o for n, o in self.operations.items() if o.on <= day and o.step <= step}
        default = sum((o.side * o.amount for o in known.values()), ZERO)
        dunning = sum(
            (
                self.open(n, day, step) - self.disputed(n, day, step)
                for n, o in known.items()
                if o.class_ == "I" and o.side == 1 and o.due < day
            ),
            ZERO,
        )
        return default, dunning


def a_day(random: Random) -> date:
    return START + timedelta(days=random.randint(0, 150))


class Play:
    """Plays random actions on the database and, where they were accepted, on the model."""

    def __init__(self, pool: Pool, seed: int):
        self.pool, self.random, self.model = pool, Random(seed), Model()
        self.account = 0
        self.instants: list[datetime] = []

    async def play(self, steps: int) -> None:
        async with self.pool.connection() as conn:
            self.account = await make_account(conn)
        for step in range(steps):
            action = self.random.choice([self.post, self.post, self.match, self.match, self.unmatch, self.dispute])
            await action(step)
            async with self.pool.connection() as conn:
                ((instant,),) = await rows(conn, "select clock_timestamp()")
            assert isinstance(instant, datetime)
            self.instants.append(instant)

    async def post(self, step: int) -> None:
        code, class_, side = self.random.choice(
            [
                ("INV_STD", "I", 1),
                ("INV_STD", "I", 1),
                ("PAY_WIRE", "P", -1),
                ("PAY_WIRE", "P", -1),
                ("REF_CRD", "RF", 1),
            ]
        )
        on = a_day(self.random)
        due = on + timedelta(days=self.random.choice([0, 1, 15, 30]))
        amount = Decimal(self.random.choice([10, 25, 50, 100]))
        request = PostRequest((NewOperation(self.account, code, amount, on, due),), "test")

        async def work(conn):  # type: ignore[no-untyped-def]
            return await post(conn, [request], await load_types(conn))

        (answer,) = await transaction(self.pool, work)
        assert isinstance(answer, Posted)
        self.model.operations[answer.numbers[0]] = ModelOperation(on, step, class_, side, amount, due)

    async def match(self, step: int) -> None:
        debits = [n for n, o in self.model.operations.items() if o.side == 1]
        credits = [n for n, o in self.model.operations.items() if o.side == -1]
        if not debits or not credits:
            return
        wish = MatchRequest(
            self.account,
            tuple(self.random.sample(debits, min(len(debits), self.random.choice([1, 1, 2])))),
            tuple(self.random.sample(credits, min(len(credits), self.random.choice([1, 1, 2])))),
            "test",
            effective_on=self.random.choice([None, a_day(self.random), a_day(self.random)]),
        )

        async def work(conn):  # type: ignore[no-untyped-def]
            return await match(conn, [wish], await load_types(conn), today=TODAY)

        (answer,) = await transaction(self.pool, work)
        if isinstance(answer, Matched):
            for line in answer.lines:
                key = (answer.group_number, line.debit_number, line.credit_number)
                self.model.lines[key] = ModelLine(
                    answer.effective_on, step, line.debit_number, line.credit_number, line.amount
                )

    async def unmatch(self, step: int) -> None:
        if not self.model.lines:
            return
        group, debit, credit = self.random.choice(list(self.model.lines))
        chosen = ((debit, credit),) if self.random.random() < 0.5 else None
        wish = UnmatchRequest(self.account, group, "test", chosen, self.random.choice([None, a_day(self.random)]))
        (answer,) = await transaction(self.pool, lambda conn: unmatch(conn, [wish], today=TODAY))
        if isinstance(answer, Unmatched):
            for line in answer.lines:
                self.model.lines[group, line.debit_number, line.credit_number].reversed = Fact(
                    answer.effective_on, step
                )

    async def dispute(self, step: int) -> None:
        invoices = [n for n, o in self.model.operations.items() if o.class_ == "I"]
        if not invoices:
            return
        number = self.random.choice(invoices)
        amount = self.random.choice([None, Decimal(5), Decimal(20)])
        wish = DisputeRequest(
            self.account,
            number,
            self.random.choice(list(DisputeVerb)),
            "test",
            amount,
            self.random.choice([None, a_day(self.random)]),
            "why",
        )
        (answer,) = await transaction(self.pool, lambda conn: dispute(conn, [wish], today=TODAY))
        if isinstance(answer, Disputed):
            self.model.disputes.append(ModelDispute(answer.effective_on, step, number, answer.disputed))

    async def check(self, day: date | None, step: int | None) -> None:
        moment = Moment(TODAY, day, None if step is None else self.instants[step])
        async with self.pool.connection() as conn, conn.transaction():
            found = {
                b.definition.code: b.figures
                for b in await balances_of(conn, self.account, await definitions_now(conn), moment)
            }
        upto = len(self.instants) if step is None else step
        default, dunning = self.model.balances(day or date.max, upto)
        if day is None:
            dunning = sum(
                (self.model.open(n, date.max, upto) - self.model.disputed(n, date.max, upto)
                 for n, o in self.model.operations.items() if o.class_ == "I" and o.side == 1 and o.due < TODAY and o.step <= upto), ZERO,
            )  # fmt: skip
        assert (found["default"].balance, found["dunning"].balance) == (default, dunning), (day, step)


@pytest.mark.parametrize("seed", range(times(8, 60)))
async def test_every_past_balance_equals_the_model(pool: Pool, seed: int) -> None:
    play = Play(pool, seed)
    await play.play(60)
    random = Random(seed)
    days = sorted({a_day(random) for _ in range(12)} | {START - timedelta(days=1), TODAY})
    for half in (False, True):
        for day in [*days, None]:
            for step in (None, 10, 30, 45):
                await play.check(day, step)
        if not half:
            posted = max(play.model.operations, default=0)
            await transaction(pool, lambda conn: snapshot_account(conn, play.account, posted, least=4))  # noqa: B023
    report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=play.instants[0].tzinfo))
    assert report.differences == ()
