"""Books to try payments on: each action in a transaction of its own, then what is open, and whether the books prove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from ledger import TODAY, make_account, make_account_in, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refusal
from solde.matching import Matched, MatchRequest, match
from solde.operations import NewOperation, load_types
from solde.payments import Allocate, Effect, PaymentRequest, Registered, register
from solde.verification import verify

A = TypeVar("A")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Books:
    """A database of accounts, and actions on it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.now = NOW

    async def account(self, currency: str = "EUR", state: str = "ACTIVE") -> int:
        return await transaction(self.pool, lambda conn: make_account(conn, currency, state))

    async def account_in(self, zone: str) -> int:
        """An account of a seller in a time zone."""
        return await transaction(self.pool, lambda conn: make_account_in(conn, zone))

    async def post(self, *operations: NewOperation) -> list[int]:
        return await transaction(self.pool, lambda conn: post_all(conn, *operations))

    async def pay(self, payment: NewOperation, to: Allocate | tuple[int, ...] = Allocate.OLDEST) -> int:
        answer = await self.ask(register, PaymentRequest(payment, "test", to))
        assert isinstance(answer, Registered), answer
        return answer.number

    async def match(self, account: int, debits: tuple[int, ...], credits: tuple[int, ...]) -> None:
        answer = await self.ask(match, MatchRequest(account, debits, credits, "test"))
        assert isinstance(answer, Matched), answer

    async def ask(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object, **more: Any) -> Any:
        """The answer of an action to one request."""

        async def work(conn: Connection) -> Any:
            (answer,) = await action(conn, [request], await load_types(conn), today=TODAY, **more)
            return answer

        return await transaction(self.pool, work)

    async def do(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object) -> Effect:
        """The effect of an action that is not refused; the books prove afterwards."""
        answer = await self.ask(action, request)
        assert isinstance(answer, Effect), answer
        await self.prove()
        return answer

    async def codes(self, action: Callable[..., Awaitable[Sequence[Any]]], request: object) -> list[str]:
        """The refusals of an action; nothing is left of it."""
        before = await self.rows("select count(*) from audit_record")
        answer = await self.ask(action, request)
        assert isinstance(answer, tuple), answer
        assert all(isinstance(one, Refusal) for one in answer)
        assert await self.rows("select count(*) from audit_record") == before
        return [one.code for one in answer]

    async def open(self, account: int) -> dict[int, Decimal]:
        found = await self.rows(f"select number, open from open_item where account_id = {account}")
        return {row[0]: row[1] for row in found}

    async def balance(self, account: int) -> Decimal:
        query = f"select coalesce(sum(side * amount), 0) from operation where account_id = {account} and not excluded"
        ((found,),) = await self.rows(query)
        return Decimal(found)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await rows(conn, query)

    async def prove(self) -> None:
        report = await verify(self.pool, now=self.now)
        strange = [one for one in report.differences if one.check != "directory"]
        assert strange == []
