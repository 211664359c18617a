"""Customers that may be there already are pointed out, and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solde.customers import CreatedCustomer, NewCustomer, create_customers, find_likes
from solde.customers.model import Like
from solde.customers.store import sql
from solde.db import Connection, Pool, transaction

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ACME = {"name": "Acmé SAS", "country": "FR", "vat_number": "FR44732829320", "registration_number": "732829320"}


async def made(pool: Pool, *requests: dict[str, str]) -> list[Like]:
    async def work(conn: Connection) -> list[Like]:
        new = [NewCustomer(kind="COMPANY", **{"seller": "MAIN", "currency": "EUR", **one}) for one in requests]
        answers = await create_customers(conn, new, actor="test", now=NOW, allow_incomplete=True)
        ids = [one.customer_id for one in answers if isinstance(one, CreatedCustomer)]
        assert len(ids) == len(requests), answers
        return await find_likes(conn, ids)

    return await transaction(pool, work)


@pytest.mark.parametrize(
    ("new", "same"),
    [
        ({"vat_number": "FR44732829320", "country": "FR"}, ("vat_number",)),
        ({"registration_number": "732829320", "country": "FR"}, ("registration_number",)),
        ({"name": "ACME sas", "country": "FR"}, ("name",)),
        (ACME, ("vat_number", "registration_number", "name")),
        ({"name": "Acme SAS", "country": "DE"}, None),
        ({"name": "Acme", "country": "FR"}, None),
        ({"name": "Another"}, None),
    ],
)
async def test_a_customer_that_may_be_there_already_is_named(
    pool: Pool, new: dict[str, str], same: tuple[str, ...] | None
) -> None:
    assert await made(pool, {"code": "ACME", **ACME}) == []
    expected = [] if same is None else [Like("NEW", "ACME", "Acmé SAS", same)]
    assert await made(pool, {"code": "NEW", **new}) == expected


async def test_of_a_batch_the_later_is_like_the_earlier(pool: Pool) -> None:
    likes = await made(
        pool, {"code": "A", **ACME}, {"code": "B", **ACME}, {"code": "C", "name": "Acme SAS", "country": "FR"}
    )
    assert [(one.code, one.like) for one in likes] == [("B", "A"), ("C", "A"), ("C", "B")]


async def test_a_customer_of_another_seller_is_no_double(pool: Pool) -> None:
    async def another(conn: Connection) -> None:
        await conn.execute(
            "insert into seller (code, name, country, currency, time_zone, language) values ('ELSE', 'Else', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )

    await transaction(pool, another)
    await made(pool, {"code": "A", **ACME})
    assert await made(pool, {"code": "B", **ACME, "seller": "ELSE"}) == []


async def test_likes_are_found_by_indexes(pool: Pool) -> None:
    await made(pool, {"code": "A", **ACME})
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        await conn.execute("set local enable_seqscan = off")
        answer = await conn.execute(b"explain " + sql.find_likes, {"customer_ids": [1]})
        plan = "\n".join(row[0] for row in await answer.fetchall())
    for index in ("customer_vat_number", "customer_registration_number", "customer_seller_name"):
        assert index in plan, plan
    assert "Seq Scan" not in plan
