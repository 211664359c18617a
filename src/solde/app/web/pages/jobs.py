"""Long work: the list, one job with its progress, what it refused, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.app.jobs import LIST_FILE, Job, JobError, JobState, cancel_job, get_job, list_errors
from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from .. import formats
from .. import job_words as words
from ..addresses import Address
from ..form_errors import by_field
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from ..visitors import Visitor

ERROR_COLUMNS = (
    Column("line", "Line", kind="money", place="value", fixed=True),
    Column("column", "Column"),
    Column("reason", "Reason", place="lead", fixed=True),
    Column("code", "Code"),
)
LARGEST = 2**62


def _place(cursor: str, parts: int) -> list[int]:
    found = [part for part in decode_cursor(cursor, parts) if isinstance(part, int)]
    if len(found) < parts:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return found


def translated(columns: Sequence[Column]) -> list[Column]:
    """Columns with their labels in the reader's language."""
    return [replace(column, label=t(column.label)) for column in columns]


@web_page("/jobs/{number:int}", name="job")
async def job_page(page: Page, number: int) -> Response[str]:
    """One job: how far it is, what came of it, and what it refused."""
    cursor, limit = page.query.get("cursor"), page.preferences.rows
    async with page.reading() as conn:
        job = await get_job(conn, min(number, LARGEST), seller=page.visitor.seller)
        grid = await errors_grid(conn, job, Address(f"/jobs/{job.job_id}"), cursor, limit)
    return page.show(
        "jobs/detail.html",
        title=words.kind_words(job),
        job=shown_job(job, page.now()),
        results=words.result_of(job),
        ways=_ways(job, page.visitor),
        may_cancel=may_cancel(page.visitor, job),
        grid=grid,
    )


def may_cancel(visitor: Visitor, job: Job) -> bool:
    """May this person stop the job? One who began it may."""
    allowed = visitor.may(Permission.JOBS) or visitor.actor == job.created_by
    return (
        (job.queued or job.kind == LIST_FILE)
        and not job.is_over
        and not job.cancel_asked
        and allowed
        and not visitor.guest
    )


def shown_job(job: Job, now: Any) -> dict[str, object]:
    """A job as its page shows it."""
    label, tone = words.state_of(job)
    progress = words.progress_of(job)
    return {
        "id": job.job_id,
        "label": label,
        "tone": tone,
        "over": job.is_over,
        "step": progress.step,
        "done": progress.done,
        "percent": progress.percent,
        "raw_done": job.done,
        "raw_total": job.total or 0,
        "lasted": words.lasted(job, now),
        "rate": words.rate_of(job),
        "verdict": words.verdict_of(job),
        "file": words.file_of(job),
        "seller": job.seller or "",
        "by": job.created_by,
        "created": formats.instant_with_zone(job.created_at),
        "errors": formats.whole(job.error_count),
        "error_count": job.error_count,
    }


def _ways(job: Job, visitor: Visitor) -> list[tuple[str, str]]:
    """Where what came of it is seen."""
    if job.state is not JobState.DONE or job.arguments.get("dry_run"):
        return []
    if job.kind == LIST_FILE:
        return [(t("The file"), f"/files/{job.job_id}")] if job.created_by == visitor.actor else []
    ways = {
        "import_receivables": [(t("Customers"), "/")],
        "import_customers": [(t("Customers"), "/")],
        "import_payments": [(t("Customers"), "/"), (t("Unidentified receipts"), "/payments")],
        "write_off_small_balances": [(t("Small balances"), "/payments/small-balances")],
    }
    return ways.get(job.kind, [])


async def errors_grid(conn: Connection, job: Job, address: Address, cursor: str | None, limit: int) -> Grid:
    """What the job refused, in order of line, a page of it."""
    after = _place(cursor, 2) if cursor else None
    found = await list_errors(conn, job.job_id, after=None if after is None else (after[0], after[1]), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    first, following = pages(address, cursor, None if last is None else encode_cursor([last.line or 0, last.position]))
    return Grid(
        name="job-errors",
        caption=t("What was refused, and why"),
        heads=heads(translated(ERROR_COLUMNS), address, "", descending=False, sortable=False),
        rows=tuple(_error(one) for one in found[:limit]),
        empty=Empty(t("Nothing was refused"), ""),
        first=first,
        next=following,
        files=files(address, f"/jobs/{job.job_id}/errors") if found else (),
    )


def _error(one: JobError) -> Row:
    line = "" if one.line is None else formats.whole(one.line)
    return Row(
        key=str(one.position),
        label=t("line {n}", n=line),
        cells=(
            Cell(line, "money"),
            Cell(one.column or "", tone="quiet"),
            Cell(written(one.text)),
            Cell(one.code, tone="quiet"),
        ),
    )


@web_page("/jobs/{number:int}/progress", name="job_progress")
async def job_progress(page: Page, number: int) -> Response[str]:
    """The part of a job's page that tells how far it is, alone."""
    async with page.services.pool.connection() as conn:
        job = await get_job(conn, min(number, LARGEST), seller=page.visitor.seller)
    return page.show("jobs/progress.html", title="", job=shown_job(job, page.now()))


@web_page("/jobs/{number:int}/cancel", name="job_cancel")
async def cancel_form(page: Page, number: int) -> Response[str]:
    """Ask whether the job is really to stop."""
    return await _cancel_dialog(page, number, "")


@web_form("/jobs/{number:int}/cancel", everywhere=False)
async def cancel(page: Page, number: int, data: Form) -> Response[str] | Redirect:
    """Stop it."""
    async with page.reading() as conn:
        job = await get_job(conn, min(number, LARGEST), seller=page.visitor.seller)
    if page.visitor.actor != job.created_by or page.visitor.guest:
        page.visitor.require(Permission.JOBS)

    async def work(conn: Connection) -> Done:
        stopped = await cancel_job(conn, job.job_id, actor=page.visitor.actor, seller=page.visitor.seller)
        said = t("The job was cancelled.") if stopped.is_over else t("The job stops at its next step.")
        return Done(f"/jobs/{job.job_id}", said)

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _cancel_dialog(page, number, data.get("key", ""), refused)


async def _cancel_dialog(page: Page, number: int, key: str, refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        job = await get_job(conn, min(number, LARGEST), seller=page.visitor.seller)
    if page.visitor.actor != job.created_by or page.visitor.guest:
        page.visitor.require(Permission.JOBS)
    return page.show(
        "jobs/cancel.html",
        status=422 if refused else 200,
        title=t("Stop the job"),
        back=f"/jobs/{job.job_id}",
        key=key,
        job=shown_job(job, page.now()),
        kind=words.kind_words(job),
        keeps_good=bool(job.arguments.get("keep_good")),
        rest=by_field(refused.refusals, ())[1] if refused else [],
    )


route_handlers = [job_page, job_progress, cancel_form, cancel]
