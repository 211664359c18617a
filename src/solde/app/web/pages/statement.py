"""The statement of account: a dialog that shows its figures for a period, and the statement as a file."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

from litestar import Response
from litestar.response import Stream

from solde.balances.statement import (
    PDF_ROWS_MOST,
    Statement,
    make_statement,
    render_statement,
    stream_movements,
    write_statement,
)
from solde.customers import get_account
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal, Refused

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import formats
from ..addresses import Address, account_path
from ..days import read_day
from ..form_errors import by_field
from ..i18n import t
from ..page import Page, web_form, web_page
from .actions.typed import FormFields

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@web_page("/accounts/{code:str}/statement", name="statement")
async def statement_dialog(page: Page, code: str) -> Response[str]:
    """Choose the period; this year so far unless another is asked for."""
    return await _answer(page, code, FormFields(page.query.multi_items()))


@web_form("/accounts/{code:str}/statement")
async def statement_preview(page: Page, code: str) -> Response[str]:
    """The figures of the statement for the period that is typed."""
    return await _answer(page, code, FormFields(await page.typed()))


async def _answer(page: Page, code: str, given: FormFields) -> Response[str]:
    wrong: dict[str, str] = {}
    rest: list[str] = []
    made: Statement | None = None
    async with page.reading() as conn:
        found = await get_account(conn, code, page.visitor.seller_id)
        today = today_in(found.customer.time_zone, page.now())
        fields = {
            "from": given.one("from") or today.replace(month=1, day=1).isoformat(),
            "until": given.one("until") or today.isoformat(),
        }
        try:
            from_on, until_on = _period(fields)
            made = await make_statement(conn, found.account.account_id, from_on, until_on, today=today)
        except Refused as refused:
            wrong, rest = by_field(refused.refusals, {"from", "until"})
    return page.show(
        "balance/statement.html",
        title=t("Statement of account"),
        back=account_path(code),
        href=account_path(code, "statement"),
        of=f"{found.customer.name} · {code}",
        fields=fields,
        wrong=wrong,
        rest=rest,
        made=None if made is None else _shown(made, code),
    )


def _period(fields: dict[str, str]) -> tuple[date, date]:
    """The first and the last day; refuses what is no day."""
    read = {name: read_day(text) for name, text in fields.items()}
    if bad := [value.at(field=name) for name, value in read.items() if isinstance(value, Refusal)]:
        raise Refused(bad)
    from_on, until_on = read["from"], read["until"]
    assert isinstance(from_on, date), "a refusal is raised before"
    assert isinstance(until_on, date), "a refusal is raised before"
    return from_on, until_on


def _shown(made: Statement, code: str) -> dict[str, object]:
    period = [("from", made.from_on.isoformat()), ("until", made.until_on.isoformat())]

    def balance(amount: Decimal) -> tuple[str, str]:
        return formats.size(amount, made.currency), formats.direction_word(amount)

    too_long = ""
    if made.count > PDF_ROWS_MOST:
        too_long = t("A PDF holds {n} movements at most; take Excel", n=formats.whole(PDF_ROWS_MOST))
    return {
        "rows": [
            (t("Opening balance"), *balance(made.opening.balance)),
            (t("Debits"), formats.money(made.debit, made.currency), ""),
            (t("Credits"), formats.money(made.credit, made.currency), ""),
            (t("Closing balance"), *balance(made.closing.balance)),
            (t("Movements"), formats.whole(made.count), ""),
        ],
        "currency": made.currency,
        "pdf": str(Address(account_path(code, "statement.pdf"), period)),
        "xlsx": str(Address(account_path(code, "statement.xlsx"), period)),
        "too_long": too_long,
    }


@web_page("/accounts/{code:str}/statement.pdf")
async def statement_pdf(page: Page, code: str) -> Response[bytes]:
    """The statement as a letter.

    Refuses: statement_too_long_for_pdf, what the statement refuses.
    """
    async with page.reading() as conn:
        made = await _asked(page, code, conn)
        movements = [m async for m in stream_movements(conn, made)] if made.count <= PDF_ROWS_MOST else []
    body = await asyncio.to_thread(render_statement, made, movements)
    return Response(body, media_type=MEDIA["pdf"], headers=_headers(made, "pdf"))


@web_page("/accounts/{code:str}/statement.xlsx")
async def statement_xlsx(page: Page, code: str) -> Stream:
    """The statement for Excel."""
    with ExitStack() as until_written:
        out = until_written.enter_context(open_spool())
        async with page.reading() as conn:
            made = await _asked(page, code, conn)
            await write_statement(out, made, stream_movements(conn, made))
        until_written.pop_all()
    return Stream(chunks_of(out), media_type=MEDIA["xlsx"], headers=_headers(made, "xlsx"))


async def _asked(page: Page, code: str, conn: Connection) -> Statement:
    found = await get_account(conn, code, page.visitor.seller_id)
    today = today_in(found.customer.time_zone, page.now())
    from_on, until_on = _period({name: page.query.get(name) or "" for name in ("from", "until")})
    return await make_statement(conn, found.account.account_id, from_on, until_on, today=today)


def _headers(made: Statement, suffix: str) -> dict[str, str]:
    name = file_name("statement", made.account, made.from_on, made.until_on, suffix=suffix)
    return {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}


route_handlers = [statement_dialog, statement_preview, statement_pdf, statement_xlsx]
