"""An application on the test's own database, a caller, and accounts to work on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from applications import app_on
from faces.api.asking import COMPLETE, Asking, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock


@pytest.fixture
async def client(database_url: str, clock: Clock) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The application, started."""
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        yield opened


@pytest.fixture
async def ask(client: AsyncTestClient[Litestar], pool: Pool, clock: Clock) -> Asking:
    """A caller who may do everything."""
    return Asking(client, await make_token(pool, clock, "admin"))


@pytest.fixture
async def accounts(pool: Pool, clock: Clock) -> list[str]:
    """Codes of three accounts of the seller MAIN: two in EUR and one in USD."""

    async def work(conn: Connection) -> list[str]:
        wanted = [("C1", "A1", "EUR"), ("C2", "A2", "EUR"), ("C3", "A3", "USD")]
        new = [NewCustomer(**(COMPLETE | {"code": c, "account_code": a, "currency": m})) for c, a, m in wanted]
        made = await create_customers(conn, new, actor="test", now=clock())
        assert all(not isinstance(one, tuple) for one in made), made
        return [account for _, account, _ in wanted]

    return await transaction(pool, work)


@pytest.fixture
def account(accounts: list[str]) -> str:
    """One of the accounts in EUR."""
    return accounts[0]
