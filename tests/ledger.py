"""Short words for ledger tests: accounts, invoices and payments without ceremony."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.operations import NewOperation, Posted, PostRequest, load_types, post

TODAY = date(2026, 11, 22)
D = Decimal


async def make_account(conn: Connection, currency: str = "EUR", state: str = "ACTIVE") -> int:
    """A bare account, as the ledger sees it."""
    cursor = await conn.execute(
        "insert into account (currency, state) values (%s, %s) returning account_id", (currency, state)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


OF_SELLER = (
    (
        "insert into seller (code, name, country, currency, time_zone, language) "
        "values (%(zone)s, 'S', 'FR', 'EUR', %(zone)s, 'fr') on conflict do nothing"
    ),
    (
        "insert into customer (code, kind, name, sort_name, seller_id, created_at, action_id) "
        "select 'C' || %(account)s, 'COMPANY', 'C', 'c', seller_id, now(), 0 from seller where code = %(zone)s"
    ),
    (
        "insert into account_directory (code, account_id, customer_id, seller_id) "
        "select 'A' || %(account)s, %(account)s, customer_id, seller_id from customer where code = 'C' || %(account)s"
    ),
)


async def make_account_in(conn: Connection, zone: str) -> int:
    """An account with a customer, of a seller in a time zone."""
    account = await make_account(conn)
    for statement in OF_SELLER:
        await conn.execute(statement.encode(), {"account": account, "zone": zone})
    return account


def invoice(account_id: int, amount: str, on: date = TODAY, due: date | None = None, **more: object) -> NewOperation:
    """An invoice of class I."""
    return NewOperation(account_id, "INV_STD", D(amount), on, due, **more)  # type: ignore[arg-type]


def payment(account_id: int, amount: str, on: date = TODAY, **more: object) -> NewOperation:
    """A payment by bank transfer."""
    return NewOperation(account_id, "PAY_WIRE", D(amount), on, **more)  # type: ignore[arg-type]


async def post_all(conn: Connection, *operations: NewOperation) -> list[int]:
    """Post operations, one request, and give their numbers."""
    (answer,) = await post(conn, [PostRequest(operations, "test")], await load_types(conn))
    assert isinstance(answer, Posted), answer
    return list(answer.numbers)


async def rows(conn: Connection, query: str, **values: object) -> list[tuple[object, ...]]:
    """The rows of a query."""
    return await (await conn.execute(query.encode(), values)).fetchall()
