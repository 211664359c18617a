"""A process that activates instalment plans is killed in the middle: each plan is wholly in force or a draft.

Short by default; SOLDE_TORTURE_KILLS=20 runs what a release is held to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from ledger import invoice, make_account, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.instalments import Drafted, PlanRequest, draft
from solde.operations import load_types
from solde.verification import verify

KILLS = int(os.environ.get("SOLDE_TORTURE_KILLS", "3"))
PLANS = 60
TODAY = date(2026, 11, 22)

HALF = """
select p.account_id, p.plan_number, p.state
from instalment_plan p
join plan_debit d on d.account_id = p.account_id and d.plan_number = p.plan_number
left join open_item i on i.account_id = d.account_id and i.number = d.number
where (p.state = 'DRAFT') <> (i.open is not distinct from d.amount)
    or (p.state = 'DRAFT') <> exists (
        select from instalment x
        where x.account_id = p.account_id and x.plan_number = p.plan_number and x.operation_number is null
    )
"""
STRAY = """
select o.account_id, o.number from operation o
where o.source = 'instalment_plan' and not exists (
    select from instalment_plan p
    left join instalment i on i.account_id = p.account_id and i.plan_number = p.plan_number
    where p.account_id = o.account_id and o.number in (p.creation_number, i.operation_number)
)
"""


async def draft_plans(conn: Connection) -> list[int]:
    """Drafts of plans, each on an account of its own."""
    accounts = [await make_account(conn) for _ in range(PLANS)]
    for account in accounts:
        await post_all(conn, invoice(account, "120", TODAY))
    requests = [PlanRequest(account, (1,), "test") for account in accounts]
    made = await draft(conn, requests, await load_types(conn), today=TODAY)
    assert all(isinstance(one, Drafted) for one in made), made
    return accounts


async def test_a_killed_activation_is_done_wholly_or_not_at_all(pool: Pool, database_url: str) -> None:
    random = Random(20261122)
    begun = 0
    for _ in range(KILLS):
        accounts = await transaction(pool, draft_plans)
        worker = start_worker(database_url, accounts)
        await wait_for_some(pool, accounts, random.randint(1, PLANS // 2), worker)
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        assert worker.returncode == -signal.SIGKILL
        async with pool.connection() as conn:
            assert await rows(conn, HALF) == []
            assert await rows(conn, STRAY) == []
            ((done,),) = await rows(
                conn,
                "select count(*) from instalment_plan where state = 'ACTIVE' and account_id = any(%(accounts)s)",
                accounts=accounts,
            )
        assert isinstance(done, int)
        begun += done < PLANS
        report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=UTC))
        assert [one for one in report.differences if one.check != "directory"] == []
    assert begun, "no worker was killed before it was done"


def start_worker(dsn: str, accounts: list[int]) -> subprocess.Popen[str]:
    """A process that activates the plan of each account, one after the other, over and over in a transaction each."""
    source = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{source / 'src'}:{source / 'tests'}"}
    command = [sys.executable, str(source / "tests" / "torture_plans.py"), dsn, *map(str, accounts)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def wait_for_some(pool: Pool, accounts: list[int], count: int, worker: subprocess.Popen[str]) -> None:
    """Return once so many plans are in force."""
    deadline = time.monotonic() + 60
    query = "select count(*) from instalment_plan where state = 'ACTIVE' and account_id = any(%(accounts)s)"
    while True:
        async with pool.connection() as conn:
            ((done,),) = await rows(conn, query, accounts=accounts)
        assert isinstance(done, int)
        if done >= count:
            return
        assert worker.poll() is None, worker.communicate()[1][-3000:]
        assert time.monotonic() < deadline, "the worker does not get on"
