"""One transaction: repeated, rolled back, refused."""

import asyncio

import psycopg
import pytest

from solde.db import CommitUnknown, Connection, Pool, Work, open_pool, transaction
from solde.db.transaction import pause_seconds
from solde.kernel.refusals import Refused


@pytest.fixture
async def counters(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("create table counter (id int primary key, value int not null)")
        await owner.execute("insert into counter values (1, 0), (2, 0)")
        await owner.execute("grant update on counter to solde_app")


async def values(pool: Pool) -> list[int]:
    async with pool.connection() as conn:
        return [value for (value,) in await (await conn.execute("select value from counter order by id")).fetchall()]


async def add(conn: Connection, counter: int) -> None:
    await conn.execute("update counter set value = value + 1 where id = %s", (counter,))


async def test_work_is_committed_and_its_value_returned(pool: Pool, counters: None) -> None:
    async def work(conn: Connection) -> str:
        await add(conn, 1)
        return "done"

    assert await transaction(pool, work) == "done"
    assert await values(pool) == [1, 0]


async def test_dry_run_gives_the_value_and_writes_nothing(pool: Pool, counters: None) -> None:
    async def work(conn: Connection) -> object:
        await add(conn, 1)
        return (await (await conn.execute("select value from counter order by id")).fetchall())[0][0]

    assert await transaction(pool, work, dry_run=True) == 1
    assert await values(pool) == [0, 0]


async def test_an_exception_rolls_back(pool: Pool, counters: None) -> None:
    async def work(conn: Connection) -> None:
        await add(conn, 1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await transaction(pool, work)
    assert await values(pool) == [0, 0]


async def test_a_constraint_checked_at_commit_is_raised(database_url: str, pool: Pool) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("create table late (id int unique deferrable initially deferred)")

    async def work(conn: Connection) -> None:
        await conn.execute("insert into late values (1), (1)")

    with pytest.raises(psycopg.errors.UniqueViolation):
        await transaction(pool, work)


async def test_a_deadlock_is_repeated_until_both_are_done(pool: Pool, counters: None) -> None:
    both_hold_one = asyncio.Barrier(2)
    tries = 0

    def crossing(first: int, second: int) -> Work[None]:
        met = False

        async def work(conn: Connection) -> None:
            nonlocal met, tries
            tries += 1
            await add(conn, first)
            if not met:
                met = True
                await both_hold_one.wait()
            await add(conn, second)

        return work

    await asyncio.gather(transaction(pool, crossing(1, 2)), transaction(pool, crossing(2, 1)))
    assert await values(pool) == [2, 2]
    assert tries == 3


async def test_a_serialization_failure_is_repeated(pool: Pool, counters: None) -> None:
    tries = 0

    async def work(conn: Connection) -> None:
        nonlocal tries
        tries += 1
        await conn.execute("set transaction isolation level repeatable read")
        await conn.execute("select from counter")
        if tries == 1:
            async with pool.connection() as rival:
                await add(rival, 1)
        await add(conn, 1)

    await transaction(pool, work)
    assert (tries, await values(pool)) == (2, [2, 0])


async def test_a_transaction_that_never_gets_through_is_refused_as_busy(pool: Pool) -> None:
    tries = 0

    async def work(conn: Connection) -> None:
        nonlocal tries
        tries += 1
        raise psycopg.errors.SerializationFailure("always")

    with pytest.raises(Refused) as refused:
        await transaction(pool, work, retries=2, random=lambda: 0.0)
    assert (tries, refused.value.refusals[0].code) == (3, "busy")


async def test_a_lock_that_is_not_freed_in_time_is_refused_as_busy(
    database_url: str, pool: Pool, counters: None
) -> None:
    async with pool.connection() as rival, rival.transaction(), open_pool(database_url, lock_timeout_ms=20) as hasty:
        await add(rival, 1)
        with pytest.raises(Refused) as refused:
            await transaction(hasty, lambda conn: add(conn, 1))
    assert refused.value.refusals[0].code == "busy"


async def test_a_connection_lost_during_commit_is_not_repeated(pool: Pool, counters: None, database_url: str) -> None:
    tries = 0

    async def work(conn: Connection) -> None:
        nonlocal tries
        tries += 1
        await add(conn, 1)
        await cut_at_next_statement(conn, database_url)

    with pytest.raises(CommitUnknown):
        await transaction(pool, work)
    assert tries == 1


async def test_a_connection_lost_during_the_work_is_a_connection_error(
    pool: Pool, counters: None, database_url: str
) -> None:
    async def work(conn: Connection) -> None:
        await cut_at_next_statement(conn, database_url)
        await add(conn, 1)

    with pytest.raises(psycopg.OperationalError):
        await transaction(pool, work)


async def cut_at_next_statement(conn: Connection, database_url: str) -> None:
    """End the server's side of a connection; its client learns it with the next statement."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("select pg_terminate_backend(%s, 5000)", (conn.info.backend_pid,))


def test_pauses_double_up_to_a_bound_and_are_spread() -> None:
    assert [pause_seconds(tried, 0.5) for tried in (0, 1, 2)] == [0.005, 0.01, 0.02]
    assert pause_seconds(20, 0.5) == 0.5
    assert pause_seconds(0, 0.0) < pause_seconds(0, 0.99)
