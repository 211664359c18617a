"""The periodic jobs run in the queue of our own database."""

from __future__ import annotations

import asyncio

from ledger import invoice, make_account, post_all, rows

from solde.app.jobs import TASKS, make_queue
from solde.app.jobs.workers import end_all
from solde.db import Pool, transaction


async def test_a_queued_job_does_its_work_once(pool: Pool, database_url: str) -> None:
    async def post(conn):  # type: ignore[no-untyped-def]
        account = await make_account(conn)
        await post_all(conn, *(invoice(account, "1") for _ in range(3)))

    await transaction(pool, post)
    queue = make_queue(database_url, pool)
    async with queue.open_async():
        for name in TASKS:
            await queue.configure_task(name).defer_async(timestamp=0)
        await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    async with pool.connection() as conn:
        # Another job may draw an action's number, before the seal or after it; every record is sealed once at the most.
        sealed_once = "select sum(records) between 1 and (select count(*) from audit_record) from audit_block"
        assert await rows(conn, sealed_once) == [(True,)]
        # Those put here: while the worker is at it, it may put one that is due by the clock of the machine.
        put = "(args ->> 'timestamp')::bigint = 0"
        ended = f"select status::text, count(*) from procrastinate.procrastinate_jobs where {put} group by 1"
        assert await rows(conn, ended) == [("succeeded", len(TASKS))]


async def test_every_periodic_job_is_registered_with_its_time(pool: Pool, database_url: str) -> None:
    queue = make_queue(database_url, pool)
    assert {(p.task.name, p.cron) for p in queue.periodic_registry.periodic_tasks.values()} == {
        (n, w) for n, (w, _) in TASKS.items()
    }


async def test_a_worker_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end_all([task], again=0.001)
    assert (task.cancelled(), lost) == (True, 2)
