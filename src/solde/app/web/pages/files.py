"""What a list shows, as a file: Excel or csv, with the same balance, day and filters, and totals equal to the screen's."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from solde.extracts import Form, export_operations
from solde.kernel.refusals import Refused, refuse
from solde.operations.lists import parse_sort

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import filters
from ..reading import reading
from ..visitors import Visitor
from .seen import given_in, see


@get("/accounts/{code:str}/operations.xlsx", name="operations_file", include_in_schema=False)
async def operations_file(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Stream:
    """The operations that the picked balance holds, as the address filters them, for Excel."""
    return await _operations(request, visitor, code, Form.XLSX)


@get("/accounts/{code:str}/operations.csv", include_in_schema=False)
async def operations_text(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Stream:
    """The same as text, values separated by commas."""
    return await _operations(request, visitor, code, Form.CSV)


async def _operations(request: Request[Any, Any, State], visitor: Visitor, code: str, form: Form) -> Stream:
    """The list as a file.

    Refuses: unreadable_filter where a filter of the address cannot be read, unknown_sort.
    """
    read = filters.read(given_in(request))
    if read.wrong:
        raise Refused([refuse(filters.UNREADABLE, text, field=name) for name, text in read.wrong.items()])
    order = parse_sort(request.query_params.get("sort"))
    with ExitStack() as until_written:
        out = until_written.enter_context(open_spool())
        async with reading(request) as conn:
            seen = await see(request, conn, visitor, code)
            await export_operations(
                conn, out, form, seen.reference, moment=seen.moment, definition=seen.definition, chosen=read.chosen,
                order=order,
            )  # fmt: skip
        until_written.pop_all()
    name = file_name(code, seen.definition.code, seen.moment.current_date, suffix=form.value)
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=form.media_type, headers=headers)


route_handlers = [operations_file, operations_text]
