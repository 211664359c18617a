"""The trial balance of some days, and customers in the books held against the operations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Stream

from solde.access import Permission
from solde.accounting.journal import control_receivables, trial_balance
from solde.accounting.model import Balanced
from solde.extracts import Column, Form, Kind, open_writer

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import formats
from ..addresses import Address
from ..days import read_day
from ..i18n import t
from ..reading import reading, today_of
from ..render import page
from ..visitors import Visitor
from .accounting_head import accounting_tabs

PLACE = "/accounting/trial-balance"
COLUMNS = (
    Column("account", "Account", width=12),
    Column("label", "Label", width=36),
    Column("currency", "Currency", width=10),
    Column("opening", "Opening", Kind.MONEY, 18),
    Column("debit", "Debit", Kind.MONEY, 18),
    Column("credit", "Credit", Kind.MONEY, 18),
    Column("closing", "Closing", Kind.MONEY, 18),
)


def _days(request: Request[Any, Any, State], today: date) -> tuple[date, date]:
    """The days asked for; those of this year until today unless given."""
    given = [read_day(request.query_params.get(name, "")) for name in ("from", "until")]
    first = given[0] if isinstance(given[0], date) else date(today.year, 1, 1)
    last = given[1] if isinstance(given[1], date) else max(first, today)
    return first, max(first, last)


@get(PLACE, name="accounting_trial", include_in_schema=False)
async def trial_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Each general account: before, what moved, after."""
    visitor.require(Permission.JOURNAL)
    async with reading(request) as conn:
        first, last = _days(request, await today_of(request, conn, visitor.seller_id))
        found = await trial_balance(conn, first, last, visitor.seller_id)
        controls = await control_receivables(conn) if visitor.seller_id is None else []
    days = [("from", first.isoformat()), ("until", last.isoformat())]
    return page(
        "accounting/trial.html",
        request,
        visitor=visitor,
        title=t("Trial balance"),
        tabs=accounting_tabs(visitor, PLACE),
        first=first.isoformat(),
        last=last.isoformat(),
        file=str(Address(f"{PLACE}.xlsx", days)),
        rows=[_row(one, first, last) for one in found],
        sums=[_row(one, first, last) for one in _sums(found)],
        controls=[
            {
                "type": one.code,
                "label": t(one.label),
                "currency": one.currency,
                "operations": formats.size(one.operations, one.currency),
                "operations_word": formats.direction_word(one.operations),
                "entries": formats.size(one.entries, one.currency),
                "entries_word": formats.direction_word(one.entries),
                "even": one.is_even,
            }
            for one in controls
        ],
        even=all(one.is_even for one in controls),
        checked=visitor.seller_id is None,
    )


def _row(one: Balanced, first: date, last: date) -> dict[str, str]:
    address = Address(
        "/accounting/journal",
        [("from", first.isoformat()), ("until", last.isoformat()), ("general_account", one.general_account)],
    )
    return {
        "account": one.general_account,
        "href": str(address),
        "label": t(one.label),
        "currency": one.currency,
        "opening": _size(one.opening, one.currency),
        "opening_word": formats.direction_word(one.opening),
        "debit": formats.money(one.debit, one.currency),
        "credit": formats.money(one.credit, one.currency),
        "closing": _size(one.closing, one.currency),
        "closing_word": formats.direction_word(one.closing),
    }


def _size(amount: Decimal, currency: str) -> str:
    return formats.size(amount, currency)


def _sums(found: list[Balanced]) -> list[Balanced]:
    """What all accounts of a currency come to; opening and closing are zero where the books balance."""
    made: dict[str, Balanced] = {}
    for one in found:
        before = made.get(one.currency, Balanced("", "", one.currency, Decimal(0), Decimal(0), Decimal(0)))
        made[one.currency] = Balanced(
            "", "", one.currency, before.opening + one.opening, before.debit + one.debit, before.credit + one.credit
        )
    return list(made.values())


@get(f"{PLACE}.xlsx", include_in_schema=False)
async def trial_file(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Stream:
    """The same for Excel."""
    visitor.require(Permission.JOURNAL)
    async with reading(request) as conn:
        first, last = _days(request, await today_of(request, conn, visitor.seller_id))
        found = await trial_balance(conn, first, last, visitor.seller_id)
    out = open_spool()
    columns = [Column(c.name, t(c.header), c.kind, c.width) for c in COLUMNS]
    writer = open_writer(Form.XLSX, out, t("Trial balance"), columns)
    for one in found:
        writer.row([one.general_account, one.label, one.currency, one.opening, one.debit, one.credit, one.closing])
    for one in _sums(found):
        writer.total([t("Total"), None, one.currency, one.opening, one.debit, one.credit, one.closing])
    writer.close()
    name = file_name("trial-balance", first, last, suffix="xlsx")
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=Form.XLSX.media_type, headers=headers)


route_handlers = [trial_page, trial_file]
