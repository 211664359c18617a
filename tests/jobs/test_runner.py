"""Long work is done by workers, taken up again after a crash, cancelled at a step, and tells how far it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ledger import rows

from solde.app.jobs import (
    Ending,
    ImportRequest,
    Job,
    JobFilter,
    JobState,
    Progress,
    Runner,
    cancel_job,
    get_job,
    list_errors,
    list_jobs,
    make_queue,
    start_import,
    store,
    take_up,
)
from solde.app.jobs.kinds import KINDS
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEADER = "customer_code,currency,invoice_number,invoice_date,due_date,amount\n"
GOOD = HEADER + "K1,EUR,F-1,2026-10-01,2026-10-31,100.00\n"
AGE = "update job set heartbeat_at = heartbeat_at - interval '1 hour', created_at = created_at - interval '1 hour'"

Start = Callable[..., Awaitable[Job]]


@pytest.fixture
def start(pool: Pool, tmp_path: Path) -> Start:
    """Put the import of a text into the queue."""

    async def begin(text: str = GOOD, **more: Any) -> Job:
        file = tmp_path / "receivables.csv"
        file.write_text(text)
        chosen: dict[str, Any] = {
            "kind": "import_receivables",
            "actor": "test",
            "now": NOW,
            "today": date(2026, 11, 22),
        } | more
        return await transaction(pool, lambda conn: start_import(conn, ImportRequest(file=file, **chosen)))

    return begin


class Gate:
    """Work that waits at its first step until it is let on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    async def work(self, pool: Pool, arguments: Mapping[str, Any], file: Path, told: Progress) -> Ending:
        told.progress("wait", 1, 2)
        self.reached.set()
        while not self.opened.wait(0.01):
            told.progress("wait", 1, 2)
        kept = await asyncio.to_thread(file.read_bytes)
        return Ending(JobState.DONE, {"size": len(kept), "of": arguments["file"]})


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Imports of customers that wait."""
    made = Gate()
    monkeypatch.setitem(KINDS, "import_customers", made.work)
    yield made
    made.opened.set()


async def seen(pool: Pool, job: Job) -> Job:
    async with pool.connection() as conn:
        return await get_job(conn, job.job_id)


async def run_queue(database_url: str, pool: Pool) -> None:
    queue = make_queue(database_url, pool)
    async with queue.open_async():
        await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


async def mark_begun(conn: Connection) -> None:
    """Let every entry of the queue be one that a worker began which is gone."""
    async with conn.transaction():
        await conn.execute("set local search_path to procrastinate, public")
        await conn.execute("update procrastinate_jobs set status = 'doing'")


async def forget_entries(conn: Connection) -> None:
    await mark_begun(conn)
    await conn.execute("select drop_dead_entries('1 minute')")


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 20), "the work did not begin"


async def test_a_file_is_kept_and_imported_by_a_worker(pool: Pool, database_url: str, start: Start) -> None:
    job = await start(keep_good=True, text=GOOD + "K1,EUR,F-2,x,2026-10-31,1\n")
    assert (job.state, job.arguments["file"]) == ("WAITING", "receivables.csv")
    await run_queue(database_url, pool)
    done = await seen(pool, job)
    assert (done.state, done.result["added"], done.error_count, done.step) == ("DONE", 1, 1, None)
    assert done.is_over
    async with pool.connection() as conn:
        assert await rows(conn, "select count(*) from job_file") == [(0,)]
        (error,) = await list_errors(conn, job.job_id)
        assert (error.line, error.column, error.code) == (3, "invoice_date", "date_not_readable")
        assert [one.job_id for one in await list_jobs(conn, JobFilter(state="DONE"))] == [job.job_id]
        assert await list_jobs(conn, JobFilter(seller="MAIN")) == []


async def test_a_large_file_comes_out_as_it_went_in(pool: Pool, database_url: str, start: Start, gate: Gate) -> None:
    gate.opened.set()
    job = await start(text="x" * 3_500_000, kind="import_customers", file_name="../../etc/passwd")
    await run_queue(database_url, pool)
    assert (await seen(pool, job)).result == {"size": 3_500_000, "of": "passwd"}


async def test_a_job_whose_start_is_rolled_back_is_not_there(pool: Pool, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(GOOD)

    async def work(conn: Connection) -> Job:
        return await start_import(conn, ImportRequest("import_receivables", file, "test", NOW, date(2026, 11, 22)))

    await transaction(pool, work, dry_run=True)
    async with pool.connection() as conn:
        assert await list_jobs(conn, JobFilter()) == []
        assert await rows(conn, "select count(*) from procrastinate.procrastinate_jobs") == [(0,)]


async def test_a_mapping_that_cannot_be_read_is_refused_at_once(start: Start) -> None:
    with pytest.raises(Refused) as caught:
        await start(mapping="[columns]\nnonsense = 'x'\n")
    assert caught.value.refusals[0].code == "mapping_invalid"


async def test_a_job_is_done_once_however_many_workers_see_it(pool: Pool, database_url: str, start: Start) -> None:
    job = await start()
    runners = [Runner(database_url, pool) for _ in range(3)]
    await asyncio.gather(*(runner.run(job.job_id) for runner in runners))
    assert (await seen(pool, job)).result["added"] == 1
    async with pool.connection() as conn:
        assert await rows(conn, "select attempt from job") == [(1,)]


async def test_a_waiting_job_is_cancelled_at_once(pool: Pool, database_url: str, start: Start) -> None:
    job = await start()
    async with pool.connection() as conn:
        assert (await cancel_job(conn, job.job_id, actor="test")).state == "CANCELLED"
        assert await rows(conn, "select count(*) from job_file") == [(0,)]
        with pytest.raises(Refused):
            await cancel_job(conn, job.job_id, actor="test")
    await run_queue(database_url, pool)
    assert (await seen(pool, job)).state == "CANCELLED"


async def test_a_running_job_is_cancelled_at_its_next_step(
    pool: Pool, database_url: str, start: Start, gate: Gate
) -> None:
    job = await start(kind="import_customers")
    running = asyncio.create_task(Runner(database_url, pool, told_every=0.01).run(job.job_id))
    await until(gate.reached)
    async with pool.connection() as conn:
        assert (await cancel_job(conn, job.job_id, actor="test")).cancel_asked
    await running
    found = await seen(pool, job)
    assert (found.state, found.done, found.total) == ("CANCELLED", 1, 2)


async def test_a_server_that_stops_gives_its_job_back(pool: Pool, database_url: str, start: Start, gate: Gate) -> None:
    job = await start(kind="import_customers")
    runner = Runner(database_url, pool, told_every=0.01)
    running = asyncio.create_task(runner.run(job.job_id))
    await until(gate.reached)
    runner.stop()
    await running
    assert (await seen(pool, job)).state == "WAITING"
    await runner.run(job.job_id)
    assert (await seen(pool, job)).state == "WAITING"
    gate.opened.set()
    await run_queue(database_url, pool)
    assert (await seen(pool, job)).state == "DONE"


async def test_a_job_of_a_server_that_died_is_taken_up_again(pool: Pool, database_url: str, start: Start) -> None:
    job = await start()
    async with pool.connection() as conn:
        assert await store.claim_job(conn, job.job_id) is not None
        await forget_entries(conn)
    assert await take_up(pool) == 0
    async with pool.connection() as conn:
        await conn.execute(AGE.encode())
    assert await take_up(pool) == 1
    await run_queue(database_url, pool)
    assert ((await seen(pool, job)).state, (await seen(pool, job)).result["added"]) == ("DONE", 1)


async def test_a_job_lost_from_the_queue_is_put_there_again(pool: Pool, database_url: str, start: Start) -> None:
    job = await start()
    async with pool.connection() as conn:
        await forget_entries(conn)
        await conn.execute(AGE.encode())
    await take_up(pool)
    await take_up(pool)
    async with pool.connection() as conn:
        assert await rows(conn, "select count(*) from procrastinate.procrastinate_jobs") == [(1,)]
    await run_queue(database_url, pool)
    assert (await seen(pool, job)).state == "DONE"


async def test_a_job_that_kills_its_server_again_and_again_is_given_up(pool: Pool, start: Start) -> None:
    job = await start()
    for _ in range(4):
        async with pool.connection() as conn:
            assert await store.claim_job(conn, job.job_id) is not None
            await conn.execute(AGE.encode())
        assert await take_up(pool) == 1
    found = await seen(pool, job)
    assert (found.state, found.is_over) == ("FAILED", True)
    async with pool.connection() as conn:
        assert [error.code for error in await list_errors(conn, job.job_id)] == ["job_given_up"]


async def test_a_worker_that_was_taken_for_dead_stops(pool: Pool, database_url: str, start: Start, gate: Gate) -> None:
    job = await start(kind="import_customers")
    running = asyncio.create_task(Runner(database_url, pool, told_every=0.01).run(job.job_id))
    await until(gate.reached)
    async with pool.connection() as conn:
        await rows(conn, "update job set attempt = attempt + 1 returning 1")
    await running
    assert (await seen(pool, job)).state == "RUNNING"


async def test_a_fault_ends_the_job_and_says_so(
    pool: Pool, database_url: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Ending:
        raise ZeroDivisionError

    monkeypatch.setitem(KINDS, "import_payments", fail)
    job = await start(kind="import_payments")
    await Runner(database_url, pool).run(job.job_id)
    assert (await seen(pool, job)).state == "FAILED"
    async with pool.connection() as conn:
        assert [error.code for error in await list_errors(conn, job.job_id)] == ["job_fault"]


async def test_a_dead_entry_of_the_queue_blocks_no_other(pool: Pool, database_url: str) -> None:
    queue = make_queue(database_url, pool)
    async with queue.open_async():
        await queue.configure_task("seal_audit").defer_async(timestamp=0)
    async with pool.connection() as conn:
        await mark_begun(conn)
    await take_up(pool)
    async with pool.connection() as conn:
        assert await rows(conn, "select count(*) from procrastinate.procrastinate_jobs") == [(0,)]
