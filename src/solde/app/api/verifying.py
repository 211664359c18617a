"""JSON routes that verify the books: one verification at a time, so that nobody keeps the database from the others by it."""

from __future__ import annotations

import msgspec
from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.access.http import Answer, Ask, Instant, ok
from solde.access.routing import route
from solde.app.jobs import JobState
from solde.db import open_pool
from solde.kernel.dates import format_instant
from solde.verification import Report, verify

from .jobs import Ending, JobShape, Progress, begin


class DifferenceShape(msgspec.Struct, frozen=True):
    """One thing that is not as it must be."""

    check: str
    account_id: int
    place: str
    stored: str
    computed: str


class ReportShape(msgspec.Struct, frozen=True):
    """What a verification found, and how many seconds each check took."""

    clean: bool
    verified_at: Instant
    counts: dict[str, int]
    checks: list[str]
    differences: list[DifferenceShape]
    seconds: dict[str, float]


@route(
    "GET",
    "/verify",
    permission=Permission.VERIFY,
    tag="Administration",
    gives=ReportShape,
    problems=(403, 409),
    everywhere=True,
)
async def run_verification(ask: Ask) -> Answer:
    """Recompute every projection from the facts, and name every difference.

    One verification at a time; for those kept to no seller.
    """
    turn = ask.services.verifying
    turn.take(ask)
    try:
        return ok(_report(await verify(ask.pool, now=ask.now())))
    finally:
        turn.end(ask)


@route(
    "POST",
    "/verify",
    permission=Permission.VERIFY,
    tag="Administration",
    keyed=True,
    status=202,
    gives=JobShape,
    problems=(403, 409),
)
async def begin_verification(ask: Ask) -> Answer:
    """Begin a verification as a job, for a ledger too large to wait for.

    One at a time; for those kept to no seller.
    """
    dsn, now, turn = ask.services.dsn, ask.now(), ask.services.verifying

    async def work(told: Progress) -> Ending:
        async with open_pool(dsn, max_size=1) as pool:
            report = await verify(pool, now=now, progress=told.progress)
        return Ending(JobState.DONE, _report(report))

    task = None
    try:
        answer, task = await begin(ask, "verify", {"seller": ask.caller.seller}, work, check=lambda: turn.take(ask))
    finally:
        if task is None:
            turn.end(ask)
    if task is not None:
        task.add_done_callback(lambda _: turn.end(ask))
    return answer


def _report(report: Report) -> ReportShape:
    differences = [DifferenceShape(d.check, d.account_id, d.place, d.stored, d.computed) for d in report.differences]
    return ReportShape(
        report.clean,
        format_instant(report.verified_at),
        dict(report.counts),
        list(report.checks),
        differences,
        dict(report.seconds),
    )


route_handlers: list[HTTPRouteHandler] = [run_verification, begin_verification]
