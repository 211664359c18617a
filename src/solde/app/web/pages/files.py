"""What a list shows, as a file: Excel, with the same balance, day and filters, and totals equal to the screen's."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from solde.customers import AccountRef
from solde.extracts import Form, export_operations
from solde.kernel.refusals import Refused, refuse

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import filters
from ..reading import reading
from ..visitors import Visitor
from .accounts import given_in, see


@get("/accounts/{code:str}/operations.xlsx", name="operations_file", include_in_schema=False)
async def operations_file(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Stream:
    """The operations that the picked balance holds, as the address filters them.

    Refuses: unreadable_filter where a filter of the address cannot be read.
    """
    read = filters.read(given_in(request))
    if read.wrong:
        raise Refused([refuse(filters.UNREADABLE, text, field=name) for name, text in read.wrong.items()])
    out = open_spool()
    async with reading(request) as conn:
        seen = await see(request, conn, visitor, code)
        account = AccountRef(
            seen.account.account_id, seen.account.code, seen.customer.customer_id, seen.customer.seller_id,
            seen.account.currency, seen.account.state, seen.customer.time_zone,
        )  # fmt: skip
        await export_operations(
            conn, out, Form.XLSX, account, moment=seen.moment, definition=seen.definition, chosen=read.chosen
        )
    name = file_name(code, seen.definition.code, seen.moment.current_date, suffix="xlsx")
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=Form.XLSX.media_type, headers=headers)
