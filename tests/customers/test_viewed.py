from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solde.customers import NewCustomer, create_customers, get_customer, list_recently_viewed, note_viewed
from solde.customers.recent import KEPT
from solde.db import Connection

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def look(conn: Connection, actor: str, code: str, minute: int) -> None:
    customer = await get_customer(conn, code)
    await note_viewed(conn, actor, customer.customer_id, now=NOW + timedelta(minutes=minute))


async def seen(conn: Connection, actor: str, seller_id: int | None = None, limit: int = 10) -> list[str]:
    return [found.code for found in await list_recently_viewed(conn, actor, seller_id, limit=limit)]


async def make(conn: Connection, *codes: str) -> None:
    new = [NewCustomer(code=code, currency="EUR") for code in codes]
    await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=True)


async def test_each_person_sees_what_they_looked_at_last_first(conn: Connection) -> None:
    await make(conn, "A", "B", "C")
    for minute, (actor, code) in enumerate([("anna", "C"), ("anna", "A"), ("otto", "B"), ("anna", "C")]):
        await look(conn, actor, code, minute)
    assert (await seen(conn, "anna"), await seen(conn, "otto"), await seen(conn, "ida")) == (["C", "A"], ["B"], [])
    assert await seen(conn, "anna", limit=1) == ["C"]
    assert (await list_recently_viewed(conn, "otto"))[0].accounts[0].code == "B"


async def test_what_another_seller_has_is_not_shown(conn: Connection) -> None:
    await make(conn, "A")
    await look(conn, "anna", "A", 1)
    assert (await seen(conn, "anna", seller_id=1), await seen(conn, "anna", seller_id=2)) == (["A"], [])


async def test_only_the_newest_are_kept(conn: Connection) -> None:
    codes = [f"C{n:02}" for n in range(KEPT + 5)]
    await make(conn, *codes)
    for minute, code in enumerate([*codes, codes[6]]):
        await look(conn, "anna", code, minute)
    cursor = await conn.execute("select count(*) from recently_viewed where actor = 'anna'")
    assert await cursor.fetchone() == (KEPT,)
    assert (await seen(conn, "anna", limit=100))[:3] == ["C06", "C54", "C53"]
    assert (await seen(conn, "anna", limit=100))[-1] == "C05"
