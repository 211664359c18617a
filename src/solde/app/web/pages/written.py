"""A large file of a list while it is written: how far it is, stopping it, and the file. It is only for who asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Stream

from solde.app.jobs import Job, cancel_job, get_list_file, is_kept, read_list_file
from solde.db import Connection

from ...spooled import open_spool
from .. import formats
from ..acting import Done, act_once
from ..i18n import t
from ..list_files import send_file
from ..reading import reading
from ..render import page
from ..visitors import Visitor
from .jobs import LARGEST, shown_job

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/files/{number:int}", name="written", include_in_schema=False)
async def written_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """How far the file is, or the way to it."""
    async with request.app.state.pool.connection() as conn:
        job = await _find(conn, number, visitor)
        kept = await is_kept(conn, job)
    return page(
        "jobs/file.html",
        request,
        visitor=visitor,
        title=t(str(job.arguments["title"])),
        job=shown_job(job, request.app.state.clock()),
        ready=_ready(job) if kept else None,
        back="/jobs",
    )


def _ready(job: Job) -> dict[str, str]:
    size = formats.number(Decimal(max(1, round(job.result["bytes"] / 100_000))) / 10)
    return {"name": job.result["file"], "rows": formats.whole(job.result["written"]), "size": size}


async def _find(conn: Connection, number: int, visitor: Visitor) -> Job:
    return await get_list_file(conn, min(number, LARGEST), actor=visitor.actor, seller=visitor.seller)


@get("/files/{number:int}/file", name="written_file", include_in_schema=False)
async def written_file(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Stream:
    """The file itself.

    Refuses: not_found, file_gone.
    """
    out = open_spool()
    try:
        async with request.app.state.pool.connection() as conn:
            job = await _find(conn, number, visitor)
            await read_list_file(conn, job, out.write)
    except BaseException:
        out.close()
        raise
    return send_file(out, job.result["file"], job.result["media_type"])


@post("/files/{number:int}/cancel", status_code=303, include_in_schema=False, everywhere=False)
async def stop_file(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int], data: Form
) -> Redirect:
    """Stop writing it.

    Refuses: not_found, job_not_cancellable.
    """
    async with reading(request) as conn:
        await _find(conn, number, visitor)

    async def work(conn: Connection) -> Done:
        job = await _find(conn, number, visitor)
        await cancel_job(conn, job.job_id, actor=visitor.actor, seller=visitor.seller)
        return Done(f"/files/{job.job_id}", t("The file is not written any further."))

    return await act_once(request, visitor, data, work)


route_handlers = [written_page, written_file, stop_file]
