"""An application on the test's own database, callers of several roles, and accounts to work on."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from conftest import TestClock
from solde.access import create_token
from solde.app.api import create_app
from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction

COMPLETE = {
    "kind": "COMPANY", "name": "Kontor Beispiel GmbH", "last_name": "Muster", "first_name": "Erika", "country": "DE", "language": "de",
    "email": "erika@beispiel.example", "billing_cycle": "MONTHLY", "tax_category": "STANDARD", "currency": "EUR",
    "payment_method": "WIRETRANSFER", "payment_terms": "NET30", "payment_mode": "POSTPAID", "seller": "MAIN", "category": "BUSINESS",
}  # fmt: skip


@dataclass
class Asking:
    """A caller of the API, with a token and, for each POST, a key of its own."""

    client: AsyncTestClient[Litestar]
    token: str
    keys: itertools.count[int]

    async def get(self, path: str, **more: Any) -> Any:
        return await self.send("GET", path, **more)

    async def post(self, path: str, json: object = None, key: str | None = "", **more: Any) -> Any:
        headers = {} if key is None else {"idempotency-key": key or f"key-{next(self.keys)}"}
        return await self.send("POST", path, json=json, headers=headers | more.pop("headers", {}), **more)

    async def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        signed = {"authorization": f"Bearer {self.token}"} | (headers or {})
        if more.get("json") is None:
            more.pop("json", None)
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        return await self.client.request(method, address, headers=signed, **more)


@pytest.fixture
async def client(database_url: str, clock: TestClock) -> AsyncIterator[AsyncTestClient[Litestar]]:
    app = create_app(database_url, clock=clock, with_web=False)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        yield opened


async def make_token(pool: Pool, clock: TestClock, role: str, seller: str | None = None, name: str | None = None) -> str:
    async def work(conn: Connection) -> str:
        made = await create_token(
            conn, name=name or f"{role} of a test", role=role, seller=seller, sellers=["MAIN", "OTHER"], actor="test", now=clock()
        )
        return made.secret

    return await transaction(pool, work)


@pytest.fixture
async def ask(client: AsyncTestClient[Litestar], pool: Pool, clock: TestClock) -> Asking:
    """A caller who may do everything."""
    return Asking(client, await make_token(pool, clock, "admin"), itertools.count())


@pytest.fixture
async def accounts(pool: Pool, clock: TestClock) -> list[str]:
    """Codes of three accounts of the seller MAIN: two in EUR and one in USD."""

    async def work(conn: Connection) -> list[str]:
        asked = [NewCustomer(**(COMPLETE | {"code": f"C{i}", "account_code": f"A{i}", "currency": c})) for i, c in enumerate(("EUR", "EUR", "USD"), 1)]  # type: ignore[arg-type]
        made = await create_customers(conn, asked, actor="test", now=clock())
        assert all(not isinstance(one, tuple) for one in made), made
        return ["A1", "A2", "A3"]

    return await transaction(pool, work)


@pytest.fixture
def account(accounts: list[str]) -> str:
    return accounts[0]
