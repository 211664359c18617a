"""Long work: the list, one job with its progress, what it refused, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.app.jobs import LIST_FILE, Job, JobError, JobFilter, JobState, cancel_job, get_job, list_errors, list_jobs
from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from .. import formats
from .. import job_words as words
from ..acting import Done, act_once
from ..addresses import Address
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..preferences import of as preferences_of
from ..reading import reading
from ..refused import by_field
from ..render import page
from ..visitors import Visitor
from ..wording import worded

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

COLUMNS = (
    Column("job", "Job", place="lead", fixed=True),
    Column("state", "State", kind="mark", place="value", fixed=True),
    Column("progress", "Progress", kind="money"),
    Column("refused", "Refusals", kind="money"),
    Column("by", "Started by"),
    Column("created", "Started", kind="date"),
    Column("lasted", "Took", kind="money"),
)
ERROR_COLUMNS = (
    Column("line", "Line", kind="money", place="value", fixed=True),
    Column("column", "Column"),
    Column("reason", "Reason", place="lead", fixed=True),
    Column("code", "Code"),
)
LARGEST = 2**62


@get("/jobs", name="jobs", include_in_schema=False)
async def jobs_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Long work, newest first."""
    chosen, limit = asked_jobs(request, visitor), preferences_of(request).rows
    state, cursor = chosen.state, request.query_params.get("cursor")
    async with reading(request) as conn:
        found = await list_jobs(conn, chosen, before=_before(cursor), limit=limit + 1)
    address = Address("/jobs", [("state", state or "")])
    return page(
        "jobs/list.html",
        request,
        visitor=visitor,
        title=t("Jobs"),
        shows=[
            (t("All"), None, str(address.with_(state=None)), state is None),
            *(
                (t(label), None, str(address.with_(state=one.value)), state == one)
                for one, (label, _) in words.STATES.items()
            ),
        ],
        may_import=visitor.may(Permission.IMPORTS),
        grid=_grid(found, limit, address, cursor, request.app.state.clock()),
    )


def asked_jobs(request: Request[Any, Any, State], visitor: Visitor) -> JobFilter:
    """What an address asks for."""
    asked = request.query_params.get("state", "")
    return JobFilter(state=asked if asked in set(JobState) else None, seller=visitor.seller)


def _before(cursor: str | None) -> int | None:
    return None if not cursor else _place(cursor, 1)[0]


def _place(cursor: str, parts: int) -> list[int]:
    found = [part for part in decode_cursor(cursor, parts) if isinstance(part, int)]
    if len(found) < parts:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return found


def _grid(found: Sequence[Job], limit: int, address: Address, cursor: str | None, now: Any) -> Grid:
    following = encode_cursor([found[limit - 1].job_id]) if len(found) > limit else None
    first, after = pages(address, cursor, following)
    return Grid(
        name="jobs",
        caption=t("Long work, newest first"),
        heads=heads(translated(COLUMNS), address, "", descending=True),
        rows=tuple(_row(job, now) for job in found[:limit]),
        empty=Empty(
            t("No jobs"),
            t("Imports and other long work are listed here while they run, and afterwards with what came of them."),
        ),
        first=first,
        next=after,
        files=files(address, "/jobs"),
    )


def translated(columns: Sequence[Column]) -> list[Column]:
    """Columns with their labels in the reader's language."""
    return [replace(column, label=t(column.label)) for column in columns]


def _row(job: Job, now: Any) -> Row:
    label, tone = words.state_of(job)
    file = words.file_of(job)
    return Row(
        key=str(job.job_id),
        label=f"{words.kind_words(job)} {job.job_id}",
        cells=(
            Cell(words.kind_words(job), "link", href=f"/jobs/{job.job_id}", sub=file, title=file),
            Cell(label, "dot", tone),
            Cell(words.share_of(job), "money"),
            Cell(formats.whole(job.error_count) if job.error_count else "", "money", "debit"),
            Cell(job.created_by, tone="quiet"),
            Cell(formats.instant(job.created_at), tone="quiet"),
            Cell(words.lasted(job, now), "money", "quiet"),
        ),
    )


@get("/jobs/{number:int}", name="job", include_in_schema=False)
async def job_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """One job: how far it is, what came of it, and what it refused."""
    cursor, limit = request.query_params.get("cursor"), preferences_of(request).rows
    async with reading(request) as conn:
        job = await get_job(conn, min(number, LARGEST), seller=visitor.seller)
        grid = await errors_grid(conn, job, Address(f"/jobs/{job.job_id}"), cursor, limit)
    return page(
        "jobs/detail.html",
        request,
        visitor=visitor,
        title=words.kind_words(job),
        job=shown_job(job, request.app.state.clock()),
        results=words.result_of(job),
        ways=_ways(job, visitor),
        may_cancel=may_cancel(visitor, job),
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
        "created": formats.instant(job.created_at),
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
            Cell(worded(one.message)),
            Cell(one.code, tone="quiet"),
        ),
    )


@get("/jobs/{number:int}/progress", name="job_progress", include_in_schema=False)
async def job_progress(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """The part of a job's page that tells how far it is, alone."""
    async with request.app.state.pool.connection() as conn:
        job = await get_job(conn, min(number, LARGEST), seller=visitor.seller)
    return page("jobs/progress.html", request, visitor=visitor, title="", job=shown_job(job, request.app.state.clock()))


@get("/jobs/{number:int}/cancel", name="job_cancel", include_in_schema=False)
async def cancel_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """Ask whether the job is really to stop."""
    return await _cancel_dialog(request, visitor, number, "")


@post("/jobs/{number:int}/cancel", status_code=303, include_in_schema=False, everywhere=False)
async def cancel(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int], data: Form
) -> Response[str] | Redirect:
    """Stop it."""
    async with reading(request) as conn:
        job = await get_job(conn, min(number, LARGEST), seller=visitor.seller)
    if visitor.actor != job.created_by or visitor.guest:
        visitor.require(Permission.JOBS)

    async def work(conn: Connection) -> Done:
        stopped = await cancel_job(conn, job.job_id, actor=visitor.actor, seller=visitor.seller)
        said = t("The job was cancelled.") if stopped.is_over else t("The job stops at its next step.")
        return Done(f"/jobs/{job.job_id}", said)

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _cancel_dialog(request, visitor, number, data.get("key", ""), refused)


async def _cancel_dialog(
    request: Request[Any, Any, State], visitor: Visitor, number: int, key: str, refused: Refused | None = None
) -> Response[str]:
    async with reading(request) as conn:
        job = await get_job(conn, min(number, LARGEST), seller=visitor.seller)
    if visitor.actor != job.created_by or visitor.guest:
        visitor.require(Permission.JOBS)
    return page(
        "jobs/cancel.html",
        request,
        visitor=visitor,
        status=422 if refused else 200,
        title=t("Stop the job"),
        back=f"/jobs/{job.job_id}",
        key=key,
        job=shown_job(job, request.app.state.clock()),
        kind=words.kind_words(job),
        keeps_good=bool(job.arguments.get("keep_good")),
        rest=by_field(refused.refusals, ())[1] if refused else [],
    )


route_handlers = [jobs_page, job_page, job_progress, cancel_form, cancel]
