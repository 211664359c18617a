"""How long work waits, as the database tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ledger import invoice, make_account, post_all

from solde import audit
from solde.app.health.store import read_ages
from solde.app.jobs import store
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import utc_now
from solde.outbox import EndpointDraft, create_endpoint, send_test
from solde.outbox.relaying import relay

HOUR = 3600.0


async def ages_after(pool: Pool, *statements: str) -> dict[str, float]:
    """What waits for longer than half an hour, after changes made as the application."""
    async with pool.connection() as conn:
        for statement in statements:
            await conn.execute(statement.encode())
        ages = await read_ages(conn, with_mail=True)
    return {name: getattr(ages, name) for name in ages.__slots__ if (getattr(ages, name) or 0) > HOUR / 2}


async def post(pool: Pool) -> None:
    async def work(conn: Connection) -> None:
        await post_all(conn, invoice(await make_account(conn), "1"))

    await transaction(pool, work)


async def test_nothing_waits_in_a_new_database(pool: Pool) -> None:
    assert await ages_after(pool) == {}


async def test_a_job_waits_and_counts_as_touched_while_another_runs(pool: Pool) -> None:
    async with pool.connection() as conn:
        waiting = await store.insert_job(conn, kind="import_receivables", arguments="{}", created_by="t", queued=True)
        running = await store.insert_job(conn, kind="import_receivables", arguments="{}", created_by="t", queued=True)
    old = f"update job set created_at = created_at - interval '1 hour' where job_id = {waiting}"
    assert set(await ages_after(pool, old)) == {"job", "job_untouched"}
    work = f"update job set state = 'RUNNING', heartbeat_at = clock_timestamp() where job_id = {running}"
    assert set(await ages_after(pool, work)) == {"job"}


async def test_a_record_grows_old_only_until_it_is_sealed(pool: Pool, database_url: str) -> None:
    await post(pool)
    await _age_records(database_url)
    assert set(await ages_after(pool)) == {"unsealed"}
    await audit.seal(pool)
    assert await ages_after(pool) == {}


async def _age_records(owner: str) -> None:
    import psycopg

    with psycopg.connect(owner) as connection:
        connection.execute("update audit_record set recorded_at = recorded_at - interval '1 hour'")


@pytest.fixture
async def endpoint(pool: Pool) -> int:
    draft = EndpointDraft("https://receiver.example/")
    made = await transaction(pool, lambda conn: create_endpoint(conn, draft, actor="t", now=utc_now()))
    return made.webhook_id


async def test_an_event_that_is_not_in_the_outbox_grows_old(pool: Pool, database_url: str, endpoint: int) -> None:
    await post(pool)
    await _age_records(database_url)
    assert set(await ages_after(pool)) == {"unsealed", "untold"}
    await relay(pool, clock=utc_now)
    await audit.seal(pool)
    assert await ages_after(pool) == {}
    assert endpoint > 0


async def test_a_message_that_is_tried_now_and_then_is_looked_after_however_old_it_is(
    pool: Pool, endpoint: int
) -> None:
    # By the database's clock, as what is old is told by it.
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    await transaction(pool, lambda conn: send_test(conn, endpoint, seller=None, actor="t", now=long_ago))
    assert set(await ages_after(pool)) == {"undelivered", "untouched_delivery"}
    assert set(await ages_after(pool, "update webhook set tried_at = clock_timestamp()")) == {"undelivered"}
    assert set(await ages_after(pool, "update webhook set active = false")) == {"undelivered"}


async def test_mail_counts_only_where_a_mail_server_is_set(pool: Pool) -> None:
    mail = (
        "insert into outbox_message (name, kind, body, due_at, created_at) "
        "select 'm', 'mail', '{}', clock_timestamp() - interval '1 hour', clock_timestamp() - interval '1 hour'"
    )
    assert set(await ages_after(pool, mail)) == {"undelivered", "untouched_delivery"}
    async with pool.connection() as conn:
        assert (await read_ages(conn, with_mail=False)).undelivered == 0
