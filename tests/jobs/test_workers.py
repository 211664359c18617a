"""Workers begin again after whatever ended them, and it is known how long one is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from ledger import rows
from psycopg import OperationalError

from solde.app.jobs import ImportRequest, JobState, Runner, get_job, start_import, take_up, work
from solde.app.jobs.workers import SURE_SECONDS, WorkerLoop
from solde.db import Pool, open_pool, transaction

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEADER = "customer_code,currency,invoice_number,invoice_date,due_date,amount\n"
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


class Ticks:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def end_at_once(monkeypatch: pytest.MonkeyPatch, hand: WorkerLoop, times: int) -> list[float]:
    """Let a hand work that ends at once, so many times; gives its pauses."""
    pauses: list[float] = []
    over = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == times:
            over.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "sleep", pause)
    task = asyncio.create_task(hand.work_for_ever())
    await over.wait()
    task.cancel()
    return pauses


async def broken() -> None:
    raise OperationalError("the server is gone")


async def test_work_that_ends_is_begun_again_after_growing_pauses_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = await end_at_once(monkeypatch, WorkerLoop("test", broken), 40)
    assert pauses[:5] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert set(pauses[5:]) == {5.0}


@pytest.mark.parametrize("fault", [None, OperationalError("gone"), RuntimeError("a bug"), ValueError()])
async def test_it_is_begun_again_whatever_ended_it(monkeypatch: pytest.MonkeyPatch, fault: Exception | None) -> None:
    async def ends() -> None:
        if fault is not None:
            raise fault

    assert len(await end_at_once(monkeypatch, WorkerLoop("test", ends), 3)) == 3


async def test_how_long_it_is_away_counts_from_its_loss_until_it_has_run_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = Ticks()
    hand = WorkerLoop("test", broken, clock=ticks)
    await end_at_once(monkeypatch, hand, 3)
    ticks.now += 30
    assert hand.away_seconds() == 30
    begun = asyncio.Event()

    async def lasting() -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.undo()
    hand._work = lasting
    task = asyncio.create_task(hand.work_for_ever())
    await begun.wait()
    assert hand.away_seconds() == 30
    ticks.now += SURE_SECONDS
    assert hand.away_seconds() == 0
    task.cancel()


@pytest.fixture
def imported(database_url: str, tmp_path: Path) -> Callable[[str], Awaitable[JobState]]:
    """Import a file of one invoice and wait until its job has ended."""

    async def run(number: str) -> JobState:
        file = tmp_path / f"{number}.csv"
        file.write_text(f"{HEADER}K1,EUR,{number},2026-10-01,2026-10-31,100.00\n")
        request = ImportRequest("import_receivables", file, "test", NOW, date(2026, 11, 22))
        async with open_pool(database_url) as asking:
            job = await transaction(asking, lambda conn: start_import(conn, request))
            while not job.is_over:
                await asyncio.sleep(0.05)
                async with asking.connection() as conn:
                    job = await get_job(conn, job.job_id)
        return job.state

    return run


async def test_after_every_connection_was_cut_jobs_are_done_also_the_periodic_ones(
    pool: Pool, database_url: str, imported: Callable[[str], Awaitable[JobState]]
) -> None:
    async with asyncio.timeout(60), work(database_url, pool):
        assert await imported("F-1") is JobState.DONE
        for number in ("F-2", "F-3"):
            with psycopg.connect(database_url) as owner:
                owner.execute(OTHERS)
            await asyncio.sleep(0.1)
            assert await imported(number) is JobState.DONE
        await another_delivery(pool)


async def test_a_job_begins_although_the_connections_it_begins_with_were_cut(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "F-1.csv"
    file.write_text(f"{HEADER}K1,EUR,F-1,2026-10-01,2026-10-31,100.00\n")
    request = ImportRequest("import_receivables", file, "test", NOW, date(2026, 11, 22))
    job = await transaction(pool, lambda conn: start_import(conn, request))
    with psycopg.connect(database_url) as owner:
        owner.execute(OTHERS)
    await Runner(database_url, pool).run(job.job_id)
    async with pool.connection() as conn:
        assert (await get_job(conn, job.job_id)).state is JobState.DONE


async def test_a_waiting_job_whose_entry_was_lost_is_put_into_the_queue_after_seconds(
    pool: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "F-1.csv"
    file.write_text(f"{HEADER}K1,EUR,F-1,2026-10-01,2026-10-31,100.00\n")
    request = ImportRequest("import_receivables", file, "test", NOW, date(2026, 11, 22))
    await transaction(pool, lambda conn: start_import(conn, request))
    entries = "select count(*) from procrastinate.procrastinate_jobs where task_name = 'run_job'"
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("set local search_path to procrastinate, public")
        await conn.execute("delete from procrastinate_jobs")
        await conn.execute("update job set created_at = created_at - interval '6 seconds'")
    await take_up(pool)
    async with pool.connection() as conn:
        assert await rows(conn, entries) == [(1,)]


async def another_delivery(pool: Pool) -> None:
    """Wait until a periodic job was put into the queue and done since now."""
    done = "select count(*) from procrastinate.procrastinate_periodic_defers where task_name = 'deliver' and job_id is null"
    async with pool.connection() as conn:
        before = await rows(conn, done)
        while await rows(conn, done) == before:
            await asyncio.sleep(0.1)


async def sealed(pool: Pool) -> None:
    """Wait until something is sealed."""
    while True:
        async with pool.connection() as conn:
            if await rows(conn, "select 1 from audit_block limit 1"):
                return
        await asyncio.sleep(0.1)


async def test_what_a_worker_that_lost_its_database_had_at_hand_keeps_nobody_waiting(
    pool: Pool, database_url: str, imported: Callable[[str], Awaitable[JobState]]
) -> None:
    held = """
    with gone as (insert into procrastinate.procrastinate_workers default values returning id)
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, lock, status, worker_id)
    select 'default', 'seal_audit', 'seal_audit', 'doing', null from gone
    """
    async with pool.connection() as conn:
        await conn.execute(held)
    async with asyncio.timeout(60), work(database_url, pool):
        assert await imported("F-1") is JobState.DONE
        await sealed(pool)
