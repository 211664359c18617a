"""Plans to try on a database: each step in a transaction of its own, and the books prove after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ledger import D, make_account, make_account_in, payment, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.instalments import (
    Activated,
    ActivateRequest,
    Drafted,
    EditRequest,
    Ended,
    EndRequest,
    InstalmentTerms,
    Plan,
    PlanRequest,
    PlanState,
    PlanTerms,
    activate,
    break_plans,
    cancel,
    draft,
    edit,
    store,
)
from solde.kernel.refusals import Refusal
from solde.matching import UnmatchRequest, unmatch
from solde.operations import NewOperation, load_types
from solde.payments import PaymentRequest, register
from solde.verification import verify

START = date(2026, 4, 1)
NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)


class Plans:
    """A database of accounts, and plans on it; `today` is what it is for every step."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.today = START

    async def account(self, currency: str = "EUR") -> int:
        return await transaction(self.pool, lambda conn: make_account(conn, currency))

    async def of_seller(self) -> int:
        """An account of a seller in Paris, with a customer."""
        return await transaction(self.pool, lambda conn: make_account_in(conn, "Europe/Paris"))

    async def post(self, *operations: NewOperation) -> list[int]:
        return await transaction(self.pool, lambda conn: post_all(conn, *operations))

    async def ask(self, action: Any, request: Any, *, typed: bool = True) -> Any:
        """The answer of an action to one request."""

        async def work(conn: Connection) -> Any:
            types = (await load_types(conn),) if typed else ()
            (answer,) = await action(conn, [request], *types, today=self.today)
            return answer

        return await transaction(self.pool, work)

    async def draft(self, account: int, *debits: int, parts: Sequence[tuple[date, str]] = (), **wish: Any) -> Drafted:
        request = PlanRequest(account, debits, "test", PlanTerms(**wish), _parts(parts) or None)
        answer = await self.ask(draft, request)
        assert isinstance(answer, Drafted), answer
        return answer

    async def edit(self, account: int, plan: int, parts: Sequence[tuple[date, str]]) -> Drafted:
        answer = await self.ask(edit, EditRequest(account, plan, "test", _parts(parts)), typed=False)
        assert isinstance(answer, Drafted), answer
        return answer

    async def activate(self, account: int, plan: int, version: int = 1) -> Activated:
        answer = await self.ask(activate, ActivateRequest(account, plan, "test", version))
        assert isinstance(answer, Activated), answer
        await self.prove()
        return answer

    async def cancel(self, account: int, plan: int) -> Ended:
        answer = await self.ask(cancel, EndRequest(account, plan, "test", "not wanted"), typed=False)
        assert isinstance(answer, Ended), answer
        return answer

    async def break_plan(self, account: int, plan: int) -> Ended:
        answer = await self.ask(break_plans, EndRequest(account, plan, "test", "does not pay"))
        assert isinstance(answer, Ended), answer
        await self.prove()
        return answer

    async def pay(self, account: int, amount: str) -> int:
        request = PaymentRequest(payment(account, amount, self.today), "test")
        answer = await self.ask(register, request)
        assert not isinstance(answer, tuple), answer
        await self.prove()
        return int(answer.number)

    async def unmatch(self, account: int, group: int) -> None:
        answer = await self.ask(unmatch, UnmatchRequest(account, group, "test"), typed=False)
        assert not isinstance(answer, tuple), answer

    async def codes(self, action: Any, request: Any, *, typed: bool = True) -> list[str]:
        """The refusals of an action; nothing is left of it."""
        before = await self.rows("select count(*) from audit_record")
        answer = await self.ask(action, request, typed=typed)
        assert isinstance(answer, tuple), answer
        assert all(isinstance(one, Refusal) for one in answer)
        assert await self.rows("select count(*) from audit_record") == before
        return [one.code for one in answer]

    async def plan(self, account: int, number: int) -> Plan:
        now = datetime.combine(self.today, datetime.min.time(), UTC)
        async with self.pool.connection() as conn:
            return (await store.find_plans(conn, [(account, number)], now))[account, number]

    async def state(self, account: int, number: int) -> PlanState:
        return (await self.plan(account, number)).state

    async def parts(self, account: int, number: int) -> list[tuple[date, Decimal, Decimal]]:
        """The instalments: when, how much, and what is open."""
        async with self.pool.connection() as conn:
            return [(i.due_on, i.amount, i.open) for i in await store.instalments_of(conn, [(account, number)])]

    async def open(self, account: int) -> dict[int, Decimal]:
        found = await self.rows(f"select number, open from open_item where account_id = {account}")
        return {row[0]: row[1] for row in found}

    async def balance(self, account: int) -> Decimal:
        found = await self.rows(f"select coalesce(sum(side * amount), 0) from operation where account_id = {account}")
        return Decimal(found[0][0])

    async def dunning(self, account: int, on: date) -> Decimal:
        """What is due and open of invoices."""
        found = await self.rows(
            "select coalesce(sum(open - disputed), 0) from open_item "
            f"where account_id = {account} and class = 'I' and side = 1 and due_on < '{on}'"
        )
        return Decimal(found[0][0])

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await rows(conn, query)

    async def prove(self) -> None:
        report = await verify(self.pool, now=max(NOW, datetime.combine(self.today, NOW.timetz())))
        assert [one for one in report.differences if one.check != "directory"] == []


def _parts(parts: Sequence[tuple[date, str]]) -> tuple[InstalmentTerms, ...]:
    return tuple(InstalmentTerms(day, D(amount)) for day, amount in parts)
