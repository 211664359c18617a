"""Runs and files that are killed in the middle leave nothing missing and nothing twice.

Short by default; SOLDE_TORTURE_KILLS=20 runs what a release is held to.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from ledger import rows

from solde.accounting import generate
from solde.accounting.export_model import ExportRequest
from solde.accounting.exports import begin_export, read_parts
from solde.db import Connection, Pool, transaction
from solde.extracts.journal import make_file
from solde.verification import verify

KILLS = int(os.environ.get("SOLDE_TORTURE_KILLS", "3"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MOMENT_SECONDS = 0.1
LEDGER = """
with made as (
    insert into account (currency) select 'EUR' from generate_series(1, 60) returning account_id
),
numbered as (select account_id, n from made cross join generate_series(1, 200) n)
insert into operation (account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, source, action_id)
select m.account_id, m.n, t.type_id, t.class, t.side, 'EUR', m.n, date '2026-01-01' + m.n::int, date '2026-12-01', now(), 'test', 0
from numbered m join operation_type t on t.code = case when m.n % 3 = 0 then 'PAY_WIRE' else 'INV_STD' end
"""
RUN = """
import asyncio, sys
from solde.accounting import generate
from solde.db import open_pool
async def run():
    async with open_pool(sys.argv[1], max_size=2) as pool:
        await generate(pool, actor="killed", most=100, progress=lambda done: print(done, flush=True))
asyncio.run(run())
"""
FILE = """
import asyncio, io, sys
from solde.db import open_pool
from solde.extracts import journal
journal.TOLD_EVERY = 200
async def run():
    async with open_pool(sys.argv[1], max_size=2) as pool:
        await journal.make_file(pool, int(sys.argv[2]), io.BytesIO(), lambda rows: print(rows, flush=True))
asyncio.run(run())
"""


async def fill(owner: Connection) -> None:
    await owner.execute(LEDGER)
    await owner.execute("update account set last_number = 200")


def killed_after(chosen: Random, program: str, arguments: Sequence[str], steps: int) -> None:
    """Start a program and kill it at some step, or a moment later."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=environment, stdout=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        for _ in range(chosen.randint(1, steps)):
            started.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(chosen.random() * MOMENT_SECONDS)
        os.kill(started.pid, signal.SIGKILL)


async def test_a_killed_run_is_finished_by_the_next(pool: Pool, owner: Connection, database_url: str) -> None:
    await fill(owner)
    chosen = Random(7)
    for _ in range(KILLS):
        killed_after(chosen, RUN, [database_url], 4)
    await generate(pool, actor="test")
    counts = "select (select count(*) from operation), (select count(*) from journal_piece), (select count(*) from journal_entry)"
    assert await rows(owner, counts) == [(12000, 12000, 24000)]
    report = await verify(pool, now=NOW)
    checks = {d.check for d in report.differences}
    assert not checks & {"pieces", "entries", "sequences", "marks"}, report.differences


async def test_a_killed_file_is_written_by_the_next_try(pool: Pool, owner: Connection, database_url: str) -> None:
    await fill(owner)
    await generate(pool, actor="test")
    asked = ExportRequest(form="csv", from_on=date(2026, 1, 1), until_on=date(2026, 12, 31))
    export = await transaction(pool, lambda conn: begin_export(conn, asked, actor="ann"))
    chosen = Random(8)
    for _ in range(KILLS):
        killed_after(chosen, FILE, [database_url, str(export.export_id)], 125)
    done = await make_file(pool, export.export_id, io.BytesIO())
    async with pool.connection() as conn:
        kept = b"".join([part async for part in read_parts(conn, done)])
    assert done.sha256 == hashlib.sha256(kept).hexdigest()
    assert done.rows == 24000
    assert kept.count(b"\r\n") == 24002
