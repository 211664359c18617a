"""The lists of everyday work as files: receipts, approvals, jobs, what a job refused; with the columns their reader sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import IO, Any

from litestar.response import Redirect, Stream

from solde.app.jobs import Job, JobError, Pace, get_job, list_errors, list_jobs
from solde.approvals import Approval
from solde.extracts import Field, Kind
from solde.kernel.paging import LIMIT_MOST

from .. import approval_words, job_words
from ..days import instant_in_file
from ..i18n import t
from ..list_files import Listing, answer_with, every_page, write_list
from ..page import Page, web_page
from ..wording import worded
from .approvals import COLUMNS as APPROVAL_COLUMNS
from .approvals import STATES as APPROVAL_STATES
from .approvals import asked_approvals, columns_of
from .jobs import COLUMNS as JOB_COLUMNS
from .jobs import ERROR_COLUMNS, LARGEST, asked_jobs

APPROVAL_FIELDS: Mapping[str, Sequence[Field[Approval]]] = {
    "what": (Field("what", "What", width=32, of=lambda a: approval_words.kind_words(a.kind)),),
    "amount": (Field("amount", "Amount", Kind.MONEY, 16, of=lambda a: a.amount),),
    "currency": (Field("currency", "Currency", width=10, of=lambda a: a.currency),),
    "account": (Field("account", "Account", of=lambda a: a.account),),
    "proposed_by": (Field("proposed_by", "Proposed by", width=20, of=lambda a: a.proposed_by),),
    "reason": (Field("reason", "Reason", width=32, of=lambda a: a.reason),),
    "created": (Field("created", "Proposed", Kind.DAY, 12, of=lambda a: a.created_at.date()),),
    "expires": (Field("expires", "Until", Kind.DAY, 12, of=lambda a: a.expires_at.date()),),
    "state": (Field("state", "State", width=12, of=lambda a: t(APPROVAL_STATES[a.state][0])),),
}


@web_page(["/approvals.xlsx", "/approvals.csv"], name="approvals_file")
async def approvals_file(page: Page) -> Stream | Redirect:
    """Actions above somebody's limit, as the address asks for them."""
    show, ask = asked_approvals(page)
    listing = Listing(
        "approvals", "Approvals", columns_of(APPROVAL_COLUMNS, show), APPROVAL_FIELDS, lambda a: a.currency, ("amount",)
    )

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            today = await page.today(conn)
            await write_list(page, out, listing, every_page(lambda at: ask(conn, at, LIMIT_MOST)), pace)
            return f"approvals-{today}"

    return await answer_with(page, "Approvals", write)


def job_fields(now: Any) -> Mapping[str, Sequence[Field[Job]]]:
    """What the file of jobs says, at a moment."""
    return {
        "job": (
            Field("job", "Job", width=32, of=job_words.kind_words),
            Field("number", "No.", Kind.COUNT, 8, of=lambda j: j.job_id),
            Field("file", "File", width=24, of=lambda j: job_words.file_of(j) or None),
        ),
        "state": (Field("state", "State", width=12, of=lambda j: job_words.state_of(j)[0]),),
        "progress": (Field("progress", "Progress", width=14, of=job_words.share_of),),
        "refused": (Field("refused", "Refusals", Kind.COUNT, 10, of=lambda j: j.error_count or None),),
        "by": (Field("by", "Started by", width=20, of=lambda j: j.created_by),),
        "created": (Field("created", "Started", width=18, of=lambda j: instant_in_file(j.created_at)),),
        "lasted": (Field("lasted", "Took", of=lambda j: job_words.lasted(j, now)),),
    }


@web_page(["/jobs.xlsx", "/jobs.csv"], name="jobs_file")
async def jobs_file(page: Page) -> Stream | Redirect:
    """Long work, as the address asks for it."""
    chosen = asked_jobs(page)
    listing = Listing("jobs", "Jobs", JOB_COLUMNS, job_fields(page.now()))

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:

            async def pages() -> AsyncIterator[Sequence[Job]]:
                before: int | None = None
                while found := await list_jobs(conn, chosen, before=before, limit=LIMIT_MOST):
                    yield found
                    before = found[-1].job_id

            await write_list(page, out, listing, pages(), pace)
            return f"jobs-{await page.today(conn)}"

    return await answer_with(page, "Jobs", write)


ERROR_FIELDS: Mapping[str, Sequence[Field[JobError]]] = {
    "line": (Field("line", "Line", Kind.COUNT, 8, of=lambda e: e.line),),
    "column": (Field("column", "Column", width=20, of=lambda e: e.column),),
    "reason": (Field("reason", "Reason", width=60, of=lambda e: worded(e.message)),),
    "code": (Field("code", "Code", width=28, of=lambda e: e.code),),
}


@web_page(["/jobs/{number:int}/errors.xlsx", "/jobs/{number:int}/errors.csv"], name="job_errors_file")
async def errors_file(page: Page, number: int) -> Stream | Redirect:
    """Every refusal of a job."""

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            job = await get_job(conn, min(number, LARGEST), seller=page.visitor.seller)

            async def pages() -> AsyncIterator[Sequence[JobError]]:
                after: tuple[int, int] = (0, -1)
                while found := await list_errors(conn, job.job_id, after=after, limit=LIMIT_MOST):
                    yield found
                    after = (found[-1].line or 0, found[-1].position)

            listing = Listing("job-errors", "Refusals", ERROR_COLUMNS, ERROR_FIELDS)
            await write_list(page, out, listing, pages(), pace)
            return f"job-{job.job_id}-refusals"

    return await answer_with(page, "Refusals", write)


route_handlers = [approvals_file, jobs_file, errors_file]
