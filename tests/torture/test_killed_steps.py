"""A process is killed in the very middle of a step: it has posted and matched, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ledger import D, invoice, make_account, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.deposits import DepositRequest, FundRequest, fund_deposits, request_deposits
from solde.instalments import PlanRequest, draft
from solde.operations import load_types
from solde.verification import verify

TODAY = date(2026, 11, 22)
TABLES = {"activate": "instalment_plan", "pay": "deposit"}
"""The row a step writes last: whoever holds it stops the step there."""
FACTS = ("operation", "open_item", "match_line", "deposit_entry", "instalment", "audit_record")


async def prepare(conn: Connection, step: str) -> int:
    """An account with a draft of a plan, or with a funded deposit and an invoice."""
    account, types = await make_account(conn), await load_types(conn)
    if step == "pay":
        wish = DepositRequest(account, "STANDARD", D(100), "test")
        (asked,) = await request_deposits(conn, [wish], types, today=TODAY)
        money = FundRequest(account, 1, D(100), "test", "WIRETRANSFER")
        (funded,) = await fund_deposits(conn, [money], types, today=TODAY)
        assert not isinstance(asked, tuple)
        assert not isinstance(funded, tuple)
    (number,) = await post_all(conn, invoice(account, "120", TODAY))
    if step == "activate":
        (drafted,) = await draft(conn, [PlanRequest(account, (number,), "test")], types, today=TODAY)
        assert not isinstance(drafted, tuple), drafted
    return account


def start(dsn: str, step: str, account: int) -> subprocess.Popen[str]:
    source = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{source / 'src'}:{source / 'tests'}"}
    command = [sys.executable, str(source / "tests" / "torture_step.py"), dsn, step, str(account)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def facts_of(pool: Pool, account: int) -> list[object]:
    """Everything that is known of an account, as the database keeps it."""
    async with pool.connection() as conn:
        return [
            await rows(conn, f"select * from {table} where account_id = %(account)s order by 1, 2, 3", account=account)
            for table in (*FACTS, *TABLES.values())
        ]


WRITING = "select pid from pg_locks where relation = 'operation'::regclass and mode = 'RowExclusiveLock' and granted"
WAITING = f"select pid from pg_locks where not granted and pid in ({WRITING})"


async def until(pool: Pool, query: str, count: int, worker: subprocess.Popen[str] | None = None) -> None:
    """Return once so many backends are found."""
    deadline = time.monotonic() + 60
    while True:
        async with pool.connection() as conn:
            if len(await rows(conn, query)) == count:
                return
        assert worker is None or worker.poll() is None, worker.communicate()
        assert time.monotonic() < deadline, query
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("step", TABLES)
async def test_of_a_step_killed_after_it_has_posted_nothing_is_left_and_it_is_done_anew(
    pool: Pool, database_url: str, step: str
) -> None:
    account = await transaction(pool, lambda conn: prepare(conn, step))
    before = await facts_of(pool, account)
    async with pool.connection() as holder, holder.transaction():
        await rows(holder, f"select from {TABLES[step]} where account_id = %(account)s for update", account=account)
        worker = start(database_url, step, account)
        await until(pool, WAITING, 1, worker)
        os.kill(worker.pid, signal.SIGKILL)
        said, _ = worker.communicate()
        assert (worker.returncode, said) == (-signal.SIGKILL, "")
    await until(pool, WRITING, 0)
    assert await facts_of(pool, account) == before
    again = start(database_url, step, account)
    said, wrong = await asyncio.to_thread(again.communicate)
    assert (again.returncode, said.strip()) == (0, "committed"), wrong
    assert await facts_of(pool, account) != before
    report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert [one for one in report.differences if one.check != "directory"] == []
