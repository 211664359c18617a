"""Several processes write to the same accounts at once; servers and processes are killed in the middle.

Short by default; SOLDE_TORTURE_SECONDS=60 and SOLDE_TORTURE_KILLS=20 run what a release is held to.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psycopg
import pytest
from ledger import make_account

from solde.db import Pool, Settings, ensure_database, open_pool, stop, upgrade
from solde.verification import seal, verify

SECONDS = float(os.environ.get("SOLDE_TORTURE_SECONDS", "5"))
KILLS = int(os.environ.get("SOLDE_TORTURE_KILLS", "2"))
PROCESSES, CALLERS = 4, 4

CONSERVED = """
select account_id from account_total_by_status join operation_type using (type_id)
group by account_id having sum(side * amount) <> sum(side * open)
"""


def start_workers(
    dsn: str, folder: Path, accounts: list[int], seconds: float, round_: int = 0
) -> list[subprocess.Popen[str]]:
    source = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{source / 'src'}:{source / 'tests'}"}
    return [
        subprocess.Popen(
            [sys.executable, str(source / "tests" / "torture_worker.py"), dsn, str(round_ * 10 + n + 1), str(seconds), str(folder / f"told-{n}"), json.dumps(accounts), str(CALLERS)],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for n in range(PROCESSES)
    ]  # fmt: skip


def acknowledged(folder: Path) -> dict[str, tuple[int, int]]:
    told: dict[str, tuple[int, int]] = {}
    for file in folder.glob("told-*"):
        for line in file.read_text().splitlines():
            key, account, number = json.loads(line)
            assert key not in told, f"{key} acknowledged twice"
            told[key] = (account, number)
    return told


async def check_books(pool: Pool, folder: Path) -> int:
    """Every acknowledged posting is there once, under its key; the books verify."""
    told = acknowledged(folder)
    async with pool.connection() as conn:
        kept = {
            key: (account, number)
            for key, account, number in await (
                await conn.execute("select key, account_id, (response ->> 0)::bigint from idempotency")
            ).fetchall()
        }
        assert {k: kept.get(k) for k in told} == told
        row = await (
            await conn.execute(
                "select count(*), (select count(*) from idempotency) from operation where source = 'torture'"
            )
        ).fetchone()
        assert row is not None
        assert row[0] == row[1], "an operation without its key, or twice"
    await seal(pool)
    report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert report.differences == ()
    return len(told)


async def test_many_writers_lose_nothing_and_keep_the_books(pool: Pool, database_url: str, tmp_path: Path) -> None:
    async with pool.connection() as conn:
        accounts = [await make_account(conn) for _ in range(20)]
    workers = start_workers(database_url, tmp_path, accounts, SECONDS)
    while any(w.poll() is None for w in workers):
        async with pool.connection() as conn:
            assert await (await conn.execute(CONSERVED)).fetchall() == []
    done = [
        json.loads(w.communicate()[0]) if w.wait() == 0 else pytest.fail(w.communicate()[1][-3000:]) for w in workers
    ]
    assert all(count.get("unmatch") and count.get("match") for count in done), done
    assert await check_books(pool, tmp_path) > 50


async def test_killed_servers_and_processes_lose_nothing_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, quick_root: Path
) -> None:
    folder = tmp_path_factory.mktemp("told")
    settings = Settings(home=quick_root / f"torture-{os.getpid()}", server_options={"shared_buffers": "64MB"})
    random = Random(20261122)
    try:
        dsn = ensure_database(settings)
        upgrade(dsn)
        async with open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
            accounts = [await make_account(conn) for _ in range(20)]
        for round_ in range(KILLS):
            workers = start_workers(dsn, folder, accounts, 30, round_)
            wait_for_acknowledgements(folder, workers, random.randint(20, 200))
            victims = [server_pid(dsn)] if round_ % 2 == 0 else [w.pid for w in workers[:2]]
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            if round_ % 2:
                for worker in workers[2:]:
                    worker.terminate()
            endings = [(worker.communicate()[1], worker.returncode) for worker in workers]
            expected = (3, -signal.SIGKILL, -signal.SIGTERM)
            for said, code in endings:
                if code not in expected:
                    pytest.fail(f"a worker ended with {code}:\n{said[-8000:]}")
            ensure_database(settings)
            async with open_pool(dsn, min_size=1, max_size=2) as pool:
                await check_books(pool, folder)
    finally:
        stop(settings)


def wait_for_acknowledgements(folder: Path, workers: list[subprocess.Popen[str]], more: int) -> None:
    """Return once the workers have told of `more` further postings."""
    wanted = len(acknowledged_lines(folder)) + more
    deadline = time.monotonic() + 60
    while len(acknowledged_lines(folder)) < wanted:
        if any(w.poll() is not None for w in workers):
            pytest.fail(next(w for w in workers if w.poll() is not None).communicate()[1][-3000:])
        assert time.monotonic() < deadline, "the workers do not get on"
        workers_turn()


def workers_turn() -> None:
    """Give the processor to others for a moment."""
    os.sched_yield()


def acknowledged_lines(folder: Path) -> list[str]:
    return [line for file in folder.glob("told-*") for line in file.read_text().splitlines()]


def server_pid(dsn: str) -> int:
    """The process that is the server."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int").fetchone()
    assert row is not None
    return int(row[0])
