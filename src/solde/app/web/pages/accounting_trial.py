"""The trial balance of some days, and customers in the books held against the operations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from litestar import Response
from litestar.response import Stream

from solde.access import Permission
from solde.accounting.journal import control_receivables, trial_balance
from solde.accounting.model import Balanced
from solde.extracts import Column, FieldKind, FileFormat, open_writer

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import formats
from ..addresses import Address
from ..days import read_day
from ..i18n import t
from ..page import Page, web_page
from .accounting_head import accounting_tabs

PLACE = "/accounting/trial-balance"
COLUMNS = (
    Column("account", "Account", width=12),
    Column("label", "Label", width=36),
    Column("currency", "Currency", width=10),
    Column("opening", "Opening", FieldKind.MONEY, 18),
    Column("debit", "Debit", FieldKind.MONEY, 18),
    Column("credit", "Credit", FieldKind.MONEY, 18),
    Column("closing", "Closing", FieldKind.MONEY, 18),
)


def _days(page: Page, today: date) -> tuple[date, date]:
    """The days asked for; those of this year until today unless given."""
    given = [read_day(page.query.get(name, "")) for name in ("from", "until")]
    first = given[0] if isinstance(given[0], date) else date(today.year, 1, 1)
    last = given[1] if isinstance(given[1], date) else max(first, today)
    return first, max(first, last)


@web_page(PLACE, name="accounting_trial", permission=Permission.JOURNAL)
async def trial_page(page: Page) -> Response[str]:
    """Each general account: before, what moved, after."""
    async with page.reading() as conn:
        first, last = _days(page, await page.today(conn))
        found = await trial_balance(conn, first, last, page.visitor.seller_id)
        controls = await control_receivables(conn) if page.visitor.seller_id is None else []
    days = [("from", first.isoformat()), ("until", last.isoformat())]
    return page.show(
        "accounting/trial.html",
        title=t("Trial balance"),
        tabs=accounting_tabs(page.visitor, PLACE),
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
        checked=page.visitor.seller_id is None,
    )


def _row(one: Balanced, first: date, last: date) -> dict[str, str]:
    address = Address(
        "/accounting/journal",
        [("date_from", first.isoformat()), ("date_until", last.isoformat()), ("general_account", one.general_account)],
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


@web_page(f"{PLACE}.xlsx", permission=Permission.JOURNAL)
async def trial_file(page: Page) -> Stream:
    """The same for Excel."""
    async with page.reading() as conn:
        first, last = _days(page, await page.today(conn))
        found = await trial_balance(conn, first, last, page.visitor.seller_id)
    out = open_spool()
    columns = [Column(c.name, t(c.header), c.kind, c.width) for c in COLUMNS]
    writer = open_writer(FileFormat.XLSX, out, t("Trial balance"), columns)
    for one in found:
        writer.row([one.general_account, one.label, one.currency, one.opening, one.debit, one.credit, one.closing])
    for one in _sums(found):
        writer.total([t("Total"), None, one.currency, one.opening, one.debit, one.credit, one.closing])
    writer.close()
    name = file_name("trial-balance", first, last, suffix="xlsx")
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=FileFormat.XLSX.media_type, headers=headers)


route_handlers = [trial_page, trial_file]
