"""A large file of a list while it is written: how far it is, stopping it, and the file. It is only for who asked."""

from __future__ import annotations

from decimal import Decimal

from litestar import Response
from litestar.response import Redirect, Stream

from solde.app.jobs import Job, cancel_job, get_list_file, is_kept, read_list_file
from solde.db import Connection

from ...spooled import open_spool
from .. import formats
from ..i18n import t
from ..list_files import send_file
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .jobs import LARGEST, shown_job


@web_page("/files/{number:int}", name="written")
async def written_page(page: Page, number: int) -> Response[str]:
    """How far the file is, or the way to it."""
    async with page.services.pool.connection() as conn:
        job = await _find(conn, number, page.visitor)
        kept = await is_kept(conn, job)
    return page.show(
        "jobs/file.html",
        title=t(str(job.arguments["title"])),
        job=shown_job(job, page.now()),
        ready=_ready(job) if kept else None,
        back="/jobs",
    )


def _ready(job: Job) -> dict[str, str]:
    size = formats.number(Decimal(max(1, round(job.result["bytes"] / 100_000))) / 10)
    return {"name": job.result["file"], "rows": formats.whole(job.result["written"]), "size": size}


async def _find(conn: Connection, number: int, visitor: Visitor) -> Job:
    return await get_list_file(conn, min(number, LARGEST), actor=visitor.actor, seller=visitor.seller)


@web_page("/files/{number:int}/file", name="written_file")
async def written_file(page: Page, number: int) -> Stream:
    """The file itself.

    Refuses: not_found, file_gone.
    """
    out = open_spool()
    try:
        async with page.services.pool.connection() as conn:
            job = await _find(conn, number, page.visitor)
            await read_list_file(conn, job, out.write)
    except BaseException:
        out.close()
        raise
    return send_file(out, job.result["file"], job.result["media_type"])


@web_form("/files/{number:int}/cancel", everywhere=False)
async def stop_file(page: Page, number: int, data: Form) -> Redirect:
    """Stop writing it.

    Refuses: not_found, job_not_cancellable.
    """
    async with page.reading() as conn:
        await _find(conn, number, page.visitor)

    async def work(conn: Connection) -> Done:
        job = await _find(conn, number, page.visitor)
        await cancel_job(conn, job.job_id, actor=page.visitor.actor, seller=page.visitor.seller)
        return Done(f"/files/{job.job_id}", t("The file is not written any further."))

    return await act_once(page, data, work)


route_handlers = [written_page, written_file, stop_file]
