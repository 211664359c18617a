"""A till to try card payments at: a sandbox whose clock and weather the test owns, and accounts with cards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from conftest import TestClock
from ledger import make_account, post_all, rows

from solde.cards import CardKind, CardOutcome, CardRequest, CardTransaction
from solde.cards.actions import ask
from solde.cards.adapters.known_cards import TEST_CARDS
from solde.cards.adapters.sandbox import Sandbox, Weather, fair
from solde.cards.events import receive
from solde.cards.janitor import sweep
from solde.cards.model import Chargeback, Swept
from solde.cards.store import get_transactions, list_chargebacks
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.db import Pool, transaction
from solde.kernel.refusals import Refused
from solde.operations import NewOperation
from solde.verification import verify

D = Decimal
NUMBERS = {card.behaviour: number for number, card in reversed(list(TEST_CARDS.items()))}


def counted() -> Callable[[], str]:
    """Ids 1, 2, 3, …"""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):06}"


class Till:
    """Accounts with cards, and what is asked of the sandbox."""

    def __init__(self, pool: Pool, clock: TestClock, weather: Weather = fair):
        self.pool = pool
        self.clock = clock
        self.gateway = Sandbox(pool, clock, weather=weather, address="http://here", new_id=counted())

    async def account(self, behaviour: str = "approve", currency: str = "EUR") -> int:
        """An account with one card."""
        made = await transaction(self.pool, lambda conn: make_account(conn, currency))
        await self.card(made, behaviour)
        return made

    async def card(self, account: int, behaviour: str, expires: tuple[int, int] = (2029, 12)) -> int:
        """Add a card on the page of the sandbox."""
        setup = await begin_setup(self.gateway, self.pool, account, "http://back", actor="test", clock=self.clock)
        assert setup.gateway_reference is not None
        back = await self.gateway.enter_card(setup.gateway_reference, NUMBERS[behaviour], *expires)
        assert back == "http://back"
        card = await finish_setup(self.gateway, self.pool, (account, setup.setup_number), clock=self.clock)
        assert card is not None
        return card.card_number

    async def post(self, *operations: NewOperation) -> list[int]:
        return await transaction(self.pool, lambda conn: post_all(conn, *operations))

    async def do(self, account: int, kind: str, amount: str | None = None, **more: Any) -> CardTransaction:
        """Ask for something; gives its transaction."""
        return (await self.outcome(account, kind, amount, **more)).transaction

    async def outcome(self, account: int, kind: str, amount: str | None = None, **more: Any) -> CardOutcome:
        value = None if amount is None else D(amount)
        request = CardRequest(account, CardKind(kind), "test", value, **more)
        return await ask(self.gateway, self.pool, request, clock=self.clock)

    async def codes(self, account: int, kind: str, amount: str | None = None, **more: Any) -> list[str]:
        """Why something is refused; nothing is left of it."""
        count = "select count(*) from card_transaction"
        before = await self.rows(count)
        try:
            await self.outcome(account, kind, amount, **more)
        except Refused as refused:
            assert await self.rows(count) == before
            return [one.code for one in refused.refusals]
        raise AssertionError("it was not refused")

    async def get(self, account: int, number: int) -> CardTransaction:
        async with self.pool.connection() as conn:
            return (await get_transactions(conn, account, [number]))[number]

    async def chargebacks(self, account: int) -> list[Chargeback]:
        async with self.pool.connection() as conn:
            return await list_chargebacks(conn, account)

    async def sweep(self, **later: float) -> Swept:
        """One run of the janitor, after some time."""
        self.clock.advance(**later)
        return await sweep(self.gateway, self.pool, clock=self.clock)

    async def events(self) -> int:
        """Send the events that are due."""

        async def take(headers: Any, body: bytes) -> str:
            return await receive(self.gateway, self.pool, headers, body, clock=self.clock)

        return await self.gateway.send_events(take)

    async def open(self, account: int) -> dict[int, Decimal]:
        found = await self.rows(f"select number, open from open_item where account_id = {account} order by number")
        return {row[0]: row[1] for row in found}

    async def disputed(self, account: int) -> dict[int, Decimal]:
        query = f"select number, disputed from open_item where account_id = {account} and disputed > 0 order by number"
        return dict(await self.rows(query))

    async def types(self, account: int) -> list[str]:
        """The types of the account's operations, in order."""
        query = f"""select t.code from operation o join operation_type t using (type_id)
            where account_id = {account} order by number"""
        return [row[0] for row in await self.rows(query)]

    async def truth(self) -> dict[str, tuple[Any, ...]]:
        """What the gateway keeps, by our reference: captured, refunded, void."""
        found = await self.rows("select reference, captured, refunded, is_void, state from sandbox_request")
        return {row[0]: row[1:] for row in found}

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await rows(conn, query)

    async def rows_write(self, query: str) -> None:
        async with self.pool.connection() as conn, conn.transaction():
            await conn.execute(query.encode())

    async def prove(self) -> None:
        """The books prove."""
        report = await verify(self.pool, now=self.clock())
        strange = [one for one in report.differences if one.check != "directory"]
        assert strange == [], strange
