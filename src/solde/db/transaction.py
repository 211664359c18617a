"""One transaction: begun and ended here, repeated here, nowhere else."""

from __future__ import annotations

import asyncio
import random as stdlib_random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from psycopg import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from psycopg_pool import PoolTimeout

from solde.kernel.refusals import Kind, Refused, declare, refuse

from .pool import DATABASE_UNREACHABLE, Connection, Pool

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

BUSY = declare("busy", Kind.CONFLICT, "Somebody else is changing the same account; try again in a moment.")

FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.5
LOST_STATES = {"57P", "080"}
"""How the error numbers begin of a server that stops or starts, and of a connection that broke."""


class CommitUnknown(Exception):
    """The connection broke while the commit was on its way: it may have happened or not.

    Repeat the request with the same idempotency key to learn which.
    """


def is_lost(fault: BaseException) -> bool:
    """Does this fault say that the database is away, starting or stopping, rather than that it refuses something?"""
    if isinstance(fault, Refused):
        return any(refusal.code == DATABASE_UNREACHABLE.code for refusal in fault.refusals)
    if isinstance(fault, CommitUnknown | PoolTimeout):
        return True
    return isinstance(fault, OperationalError) and (fault.sqlstate is None or fault.sqlstate[:3] in LOST_STATES)


async def transaction(
    pool: Pool,
    work: Work[T],
    *,
    dry_run: bool = False,
    retries: int = 5,
    random: Callable[[], float] = stdlib_random.random,
) -> T:
    """Run `work(conn)` between BEGIN and COMMIT and give its value; an exception rolls back.

    A deadlock or a serialization failure repeats the whole work after a short random pause, so the work
    must have no effect outside the database. A dry run rolls back and still gives the value.
    Refuses: busy (a lock was not free in time, or every try failed), and what the pool refuses before writing.
    """
    if not dry_run and (check := getattr(pool, "before_writing", None)) is not None:
        check()
    for tried in range(retries + 1):
        try:
            async with pool.connection() as conn:
                return await _run_once(conn, work, dry_run=dry_run)
        except LockNotAvailable as error:
            raise Refused(refuse(BUSY, "a row needed here is locked by another transaction")) from error
        except (DeadlockDetected, SerializationFailure) as error:
            if tried == retries:
                raise Refused(
                    refuse(BUSY, "the transaction met others {retries} times", retries=retries + 1)
                ) from error
        await asyncio.sleep(pause_seconds(tried, random()))
    raise AssertionError("unreachable: the last try returns or raises")


def pause_seconds(tried: int, chance: float) -> float:
    """How long to wait before the next try: doubling, and spread so that two rivals do not meet again."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**tried) * (0.5 + chance)


async def _run_once(conn: Connection, work: Work[T], *, dry_run: bool) -> T:
    committing = False
    try:
        async with conn.transaction(force_rollback=dry_run):
            value = await work(conn)
            committing = not dry_run
        return value
    except OperationalError as error:
        if committing and conn.closed:
            raise CommitUnknown("the connection broke during the commit") from error
        raise
