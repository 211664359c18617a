"""What a job refused as a file, with the columns its reader sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import IO

from litestar.response import Redirect, Stream

from solde.app.jobs import JobError, Pace, get_job, list_errors
from solde.extracts import Field, FieldKind
from solde.kernel.paging import LIMIT_MOST

from ..list_files import Listing, answer_with, write_list
from ..page import Page, web_page
from ..texts import written
from .jobs import ERROR_COLUMNS, LARGEST

ERROR_FIELDS: Mapping[str, Sequence[Field[JobError]]] = {
    "line": (Field("line", "Line", FieldKind.COUNT, 8, of=lambda e: e.line),),
    "column": (Field("column", "Column", width=20, of=lambda e: e.column),),
    "reason": (Field("reason", "Reason", width=60, of=lambda e: written(e.text)),),
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


route_handlers = [errors_file]
