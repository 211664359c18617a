"""The write-off of small balances as a job: proposed like every action that moves money, then done slice by slice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection, Pool
from solde.kernel.money import plain
from solde.payments import SmallLimits, SmallRun, write_off_small_balances

from . import store
from .actions import start_job
from .model import Ending, JobState
from .progress import Progress

PROPOSED = "small_write_off"
"""The kind of action it is proposed as."""
JOB = "write_off_small_balances"
"""The kind of job that does it."""


class SmallWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed: accounts of one currency of which at most so much is open, all of it due before a day.

    `accounts` is how many there were when it was proposed. `seller` keeps it to one seller's.
    """

    currency: str
    most: str
    due_before: str
    accounts: int
    reason: str
    seller: str | None = None
    seller_id: int | None = None


async def start_small_write_off(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> dict[str, object]:
    """Put the job into the queue; gives its number."""
    wish = msgspec.convert(content, SmallWish)
    told = {**msgspec.to_builtins(wish), "today": context.today, "actor": context.actor, "approver": context.approver}
    job = await start_job(conn, JOB, told, actor=context.actor, queued=True)
    await store.enqueue_job(conn, job.job_id)
    return {"job": job.job_id}


EXECUTORS: Mapping[str, Executor] = {PROPOSED: start_small_write_off}
"""By kind of action."""


async def do_small_balances(pool: Pool, arguments: Mapping[str, Any], _file: Path, told: Progress) -> Ending:
    """Write the small balances off."""
    limits = limits_of(msgspec.convert(arguments, SmallWish))
    told.progress("write_off", 0, arguments["accounts"])
    run = await write_off_small_balances(
        pool, limits, today=date.fromisoformat(arguments["today"]), actor=arguments["actor"], reason=arguments["reason"],
        progress=lambda accounts: told.progress("write_off", accounts, max(accounts, arguments["accounts"])),
    )  # fmt: skip
    return Ending(JobState.DONE, _told(run))


def limits_of(wish: SmallWish) -> SmallLimits:
    """What counts as small."""
    return SmallLimits({wish.currency: Decimal(wish.most)}, date.fromisoformat(wish.due_before), wish.seller_id)


def _told(run: SmallRun) -> dict[str, object]:
    sums = {side: {code: plain(amount) for code, amount in sorted(by.items())} for side, by in _sides(run).items()}
    return {"accounts": run.accounts, "operations": run.operations, **sums}


def _sides(run: SmallRun) -> Mapping[str, Mapping[str, Decimal]]:
    return {"debit": run.debit, "credit": run.credit}
