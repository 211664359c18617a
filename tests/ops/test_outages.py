"""A server of one's own that is away for a second, and for longer: nothing has to be started again."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ops.served import QUICK, data_folder
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from solde.app.jobs import WorkerLoop, work
from solde.db import Pool, Settings, ensure_database, open_pool, stop, upgrade
from solde.db.embedded import start

LONGER = 12.0
"""More than twice the longest pause of a worker."""


@pytest.fixture(scope="module")
def own_server(quick_root: Path) -> Iterator[Settings]:
    """A server that nobody but the test starts again."""
    folder = Path(tempfile.mkdtemp(prefix="solde-s-", dir=quick_root))
    folder.chmod(0o711)
    options = dict(line.replace("'", "").split(" = ") for line in QUICK.splitlines())
    settings = Settings(home=folder / "home", server_options=options)
    upgrade(ensure_database(settings))
    assert data_folder(settings).is_dir()
    yield settings
    stop(settings)
    shutil.rmtree(folder)


async def answered(pool: Pool, ask: str, value: object, patience: float = 40.0) -> None:
    """Ask until the answer is this."""
    async with asyncio.timeout(patience):
        while True:
            try:
                async with pool.connection(timeout=1) as conn:
                    if await (await conn.execute(ask.encode())).fetchone() == (value,):
                        return
            except (OperationalError, PoolTimeout):
                pass
            await asyncio.sleep(0.1)


PUT = (
    "insert into job (kind, arguments, queued, created_by) values ('no_such_kind', '{}', true, 'test') returning job_id"
)


async def job_is_taken(pool: Pool) -> None:
    """A job put into the queue is taken by a worker; that it fails, for want of a kind, is all the same here."""
    async with pool.connection() as conn:
        row = await (await conn.execute(PUT.encode())).fetchone()
        assert row is not None
        await conn.execute("select enqueue_job(%s)", row)
    await answered(pool, f"select state <> 'WAITING' from job where job_id = {row[0]}", value=True)


@pytest.mark.parametrize("seconds", [1.0, LONGER])
async def test_after_an_outage_jobs_are_taken_and_periodic_ones_put(own_server: Settings, seconds: float) -> None:
    dsn = ensure_database(own_server)
    async with open_pool(dsn, wait_seconds=3.0) as pool, work(dsn, pool) as hands:
        await job_is_taken(pool)
        await asyncio.to_thread(stop, own_server)
        await asyncio.sleep(seconds)
        assert all(isinstance(hand, WorkerLoop) for hand in hands)
        await asyncio.to_thread(start, own_server)
        await answered(pool, "select 1", 1)
        await job_is_taken(pool)
        newest = "select coalesce(max(id), 0) from procrastinate.procrastinate_periodic_defers"
        async with pool.connection() as conn:
            row = await (await conn.execute(newest.encode())).fetchone()
            assert row is not None
        await answered(pool, f"select ({newest}) > {row[0]}", value=True)
