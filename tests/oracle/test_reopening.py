"""Few operations settled, argued about and opened again over and over, each on a day of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger import D, invoice, make_account, payment, post_all, rows
from oracle_runs import run_machine

from solde.db import Connection, Pool, transaction
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.payments import Effect, ReversalRequest, reject_payment
from solde.verification import verify

T = TypeVar("T")
START, TODAY = date(2026, 8, 1), date(2026, 8, 20)
DAYS = st.one_of(st.none(), st.integers(0, 19).map(lambda days: START + timedelta(days=days)))
CREDITS = st.sampled_from((2, 3, 4))
PARTS = st.sampled_from((None, D(30)))


@dataclass
class Line:
    """A part of a match of the model."""

    group: int
    credit: int
    stands: bool = True


class Reopening(RuleBasedStateMachine):
    """An invoice of 100 and payments of 40, 60 and 60. The first day of the next match is counted by hand."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        super().__init__()
        self.runner, self.pool = runner, pool
        self.account = 0
        self.lines: list[Line] = []
        self.first = dict.fromkeys((1, 2, 3, 4), START)
        self.disputed = D(0)

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return self.runner.run(transaction(self.pool, work))

    def later(self, number: int, day: date) -> None:
        self.first[number] = max(self.first[number], day)

    @initialize()
    def begin(self) -> None:
        async def work(conn: Connection) -> int:
            account = await make_account(conn)
            paid = [payment(account, amount, START) for amount in ("40", "60", "60")]
            await post_all(conn, invoice(account, "100", START), *paid)
            return account

        self.account = self.run(work)

    @rule(credit=CREDITS, day=DAYS)
    def settle(self, credit: int, day: date | None) -> None:
        async def work(conn: Connection) -> object:
            wish = MatchRequest(self.account, (1,), (credit,), "test", effective_on=day)
            (answer,) = await match(conn, [wish], await load_types(conn), today=TODAY)
            return answer

        answer = self.run(work)
        if isinstance(answer, Matched):
            assert answer.effective_on >= max(self.first[1], self.first[credit])
            self.lines.append(Line(answer.group_number, credit))

    @rule(which=st.integers(0, 9), day=DAYS)
    def open_again(self, which: int, day: date | None) -> None:
        if not (standing := [line for line in self.lines if line.stands]):
            return
        line = standing[which % len(standing)]
        wish = UnmatchRequest(self.account, line.group, "test", effective_on=day)
        (answer,) = self.run(lambda conn: unmatch(conn, [wish], today=TODAY))
        if isinstance(answer, Unmatched):
            self.opened(line, answer.effective_on)

    def opened(self, line: Line, day: date) -> None:
        line.stands = False
        self.later(1, day)
        self.later(line.credit, day)

    @rule(part=PARTS, day=DAYS)
    def argue(self, part: Decimal | None, day: date | None) -> None:
        self.ask(DisputeVerb.ENTER if self.disputed == 0 else DisputeVerb.UPDATE, part, day)

    @rule(day=DAYS)
    def agree(self, day: date | None) -> None:
        self.ask(DisputeVerb.REMOVE, None, day)

    def ask(self, verb: DisputeVerb, part: Decimal | None, day: date | None) -> None:
        wish = DisputeRequest(self.account, 1, verb, "test", part, day, "why")
        (answer,) = self.run(lambda conn: dispute(conn, [wish], today=TODAY))
        if isinstance(answer, Disputed):
            if answer.disputed < self.disputed:
                self.later(1, answer.effective_on)
            self.disputed = answer.disputed

    @rule(credit=CREDITS, day=DAYS)
    def bounce(self, credit: int, day: date | None) -> None:
        async def work(conn: Connection) -> object:
            wish = ReversalRequest(self.account, credit, "test", "why", on=day)
            (answer,) = await reject_payment(conn, [wish], await load_types(conn), today=TODAY)
            return answer

        answer = self.run(work)
        if isinstance(answer, Effect):
            undone = {one.group_number: one.effective_on for one in answer.unmatched}
            for line in [line for line in self.lines if line.stands and line.group in undone]:
                self.opened(line, undone[line.group])

    @invariant()
    def the_next_match_is_not_dated_before_the_last_reopening(self) -> None:
        query = f"select number, not_before from open_item where account_id = {self.account}"
        found = {row[0]: row[1] for row in self.run(lambda conn: rows(conn, query))}
        assert found == {number: first for number, first in self.first.items() if number in found}


async def test_an_operation_opened_again_remembers_every_earlier_reopening(database_url: str, pool: Pool) -> None:
    await asyncio.to_thread(run_machine, Reopening, database_url)
    report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert [one for one in report.differences if one.check != "directory"] == []
