"""The customer list as a file: the accounts it shows, in its order, all pages, with the totals of each currency."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import IO, Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Stream

from solde.balances.ranking import RankedAccount
from solde.extracts import Column, Form, Kind, open_writer
from solde.kernel.money import ZERO
from solde.kernel.paging import LIMIT_MOST

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import formats
from ..i18n import t
from ..visitors import Visitor
from .customers_asked import Asked, read_asked
from .customers_found import Whole, every_page, whole_of

COLUMNS = (
    Column("customer", "Customer"),
    Column("name", "Name", width=36),
    Column("account", "Account"),
    Column("country", "Country", width=9),
    Column("currency", "Currency", width=10),
    Column("balance", "Balance", Kind.MONEY, 18),
    Column("direction", "DR/CR", width=8),
    Column("overdue", "Overdue", Kind.MONEY, 18),
    Column("state", "State", width=12),
    Column("incomplete", "Missing", width=40),
)


@get("/customers.xlsx", name="customers_file", include_in_schema=False)
async def customers_file(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Stream:
    """The list as the address asks for it, for Excel."""
    return await _file(request, visitor, Form.XLSX)


@get("/customers.csv", include_in_schema=False)
async def customers_text(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Stream:
    """The same as text, values separated by commas."""
    return await _file(request, visitor, Form.CSV)


async def _file(request: Request[Any, Any, State], visitor: Visitor, form: Form) -> Stream:
    asked = replace(read_asked(dict(request.query_params)), cursor=None)
    with ExitStack() as until_written:
        out = until_written.enter_context(open_spool())
        async with whole_of(request, visitor) as whole:
            await _write(out, form, whole, asked)
        until_written.pop_all()
    name = file_name("customers", whole.moment.current_date, suffix=form.value)
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=form.media_type, headers=headers)


async def _write(out: IO[bytes], form: Form, whole: Whole, asked: Asked) -> None:
    """Every account of the list; balances are positive where the customer owes."""
    columns = tuple(replace(column, header=t(column.header)) for column in COLUMNS)
    writer = open_writer(form, out, t("Customers"), columns)
    totals: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    async for accounts in every_page(whole, asked, LIMIT_MOST):
        for a in accounts:
            writer.row(_row(a))
            balance, overdue = totals[a.currency]
            totals[a.currency] = [balance + a.balance, overdue + a.overdue]
    for currency, (balance, overdue) in sorted(totals.items()):
        word = formats.direction_word(balance)
        writer.total([t("Total"), None, None, None, currency, balance, word, overdue, None, None])
    writer.close()


def _row(a: RankedAccount) -> list[str | int | Decimal | None]:
    missing = ", ".join(path.rpartition(".")[2] for path in a.incomplete) or None
    word = formats.direction_word(a.balance)
    return [a.customer, a.name, a.account, a.country, a.currency, a.balance, word, a.overdue, a.state, missing]


route_handlers = [customers_file, customers_text]
