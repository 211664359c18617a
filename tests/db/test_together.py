"""Several statements in one round trip."""

from __future__ import annotations

import psycopg
import pytest

from solde.db import Connection, Pool, together, transaction


async def ask(conn: Connection, query: str) -> object:
    row = await (await conn.execute(query.encode())).fetchone()
    return None if row is None else row[0]


async def test_answers_come_in_the_order_of_the_questions(conn: Connection) -> None:
    assert await together(conn, ask(conn, "select 1"), ask(conn, "select 'two'"), ask(conn, "select 3")) == [
        1,
        "two",
        3,
    ]


async def test_what_one_writes_the_next_sees(conn: Connection) -> None:
    make = conn.execute("insert into account (account_id, currency) values (5, 'EUR')")
    assert (await together(conn, make, ask(conn, "select currency from account where account_id = 5")))[1] == "EUR"


@pytest.mark.parametrize("pipeline", [False, True])
async def test_the_failure_itself_is_raised_not_what_it_called_off(pool: Pool, *, pipeline: bool) -> None:
    async def work(conn: Connection) -> None:
        await together(conn, ask(conn, "select 1"), ask(conn, "select 1 / 0"), ask(conn, "select 2"))

    with pytest.raises(psycopg.errors.DivisionByZero):
        await transaction(pool, work, pipeline=pipeline)
