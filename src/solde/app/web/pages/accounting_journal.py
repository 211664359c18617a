"""The journal: entries newest first, what a filter chooses of them, and its totals by general account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from litestar import Response

from solde.access import Permission
from solde.accounting.journal import list_entries, list_journals, sum_entries
from solde.accounting.model import Balanced, Entry, EntryFilter
from solde.accounting.schemes import list_general_accounts
from solde.kernel import paging
from solde.kernel.refusals import Refusal, Refused

from .. import formats
from ..addresses import Address, account_path
from ..days import read_day
from ..grid import Cell, Column, Empty, Grid, Row, heads, pages
from ..i18n import t
from ..page import Page, web_page
from .accounting_head import accounting_tabs
from .actions.typed import typed_amount
from .jobs import translated

PLACE = "/accounting/journal"
TEXT_MOST = 100
COLUMNS = (
    Column("date", "Date", kind="date", fixed=True),
    Column("journal", "Journal", spare=2),
    Column("piece", "Entry", spare=5),
    Column("general", "Account", fixed=True),
    Column("label", "Label", place="lead"),
    Column("reference", "Reference", spare=4),
    Column("auxiliary", "Customer account"),
    Column("customer", "Customer", spare=3),
    Column("debit", "Debit", kind="money", place="value", fixed=True),
    Column("credit", "Credit", kind="money", place="value", fixed=True),
    Column("letters", "Letters"),
    Column("currency", "Currency", spare=6),
)
LABELS = {
    "from": "From", "until": "Until", "journal": "Journal", "general_account": "Account", "account": "Customer account",
    "amount_from": "Amount from", "amount_until": "Amount up to", "q": "Search",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    text: str
    href: str


@web_page(PLACE, name="accounting_journal", permission=Permission.JOURNAL)
async def journal_page(page: Page) -> Response[str]:
    """A page of the journal, and the totals of everything the filter chooses."""
    given = {n: page.query.get(n, "").replace("\0", "").strip()[:TEXT_MOST] for n in LABELS}
    chosen, wrong = await _chosen(page, given)
    cursor = page.query.get("cursor")
    address = Address(PLACE, list(given.items()))
    async with page.reading() as conn:
        found: paging.Page[Entry] = paging.Page([], None)
        totals: list[Balanced] = []
        if not wrong:
            found = await list_entries(conn, chosen, limit=page.preferences.rows, cursor=cursor)
            totals = await sum_entries(conn, chosen)
        journals = await list_journals(conn)
        generals = await list_general_accounts(conn)
    return page.show(
        "accounting/journal.html",
        status=422 if wrong else 200,
        title=t("Journal"),
        tabs=accounting_tabs(page.visitor, PLACE),
        may_act=page.visitor.may(Permission.ACCOUNTING) and page.visitor.seller is None,
        given=given,
        wrong=wrong,
        journals=list(journals.items()),
        generals=[(one.code, f"{one.code} {t(one.label)}") for one in generals],
        hidden=[("q", given["q"])] if given["q"] else [],
        search_hidden=[(name, value) for name, value in given.items() if value and name != "q"],
        count=sum(1 for name, value in given.items() if value and name != "q"),
        chips=[Chip(f"{t(LABELS[n])}: {v}", str(address.with_(**{n: None}))) for n, v in given.items() if v],
        totals=[_total(one) for one in totals],
        grid=_grid(found, address, cursor),
    )


async def _chosen(page: Page, given: Mapping[str, str]) -> tuple[EntryFilter, dict[str, str]]:
    """The filter as given, and what is wrong with it by field."""
    wrong: dict[str, str] = {}

    def read(name: str, parse: Any) -> Any:
        value = parse(given[name]) if given[name] else None
        if isinstance(value, Refusal):
            wrong[name] = value.message
            return None
        return value

    account_id = None
    if given["account"]:
        directory = page.services.directory
        try:
            account_id = (await directory.get(given["account"], page.visitor.seller)).account_id
        except Refused as refused:
            wrong["account"] = refused.refusals[0].message
    first: date | None = read("from", read_day)
    last: date | None = read("until", read_day)
    least: Decimal | None = read("amount_from", typed_amount)
    most: Decimal | None = read("amount_until", typed_amount)
    chosen = EntryFilter(
        from_on=first, until_on=last, journal=given["journal"] or None, general_account=given["general_account"] or None,
        account_id=account_id, seller_id=page.visitor.seller_id, text=given["q"] or None, amount_from=least,
        amount_until=most,
    )  # fmt: skip
    return chosen, wrong


def _total(one: Balanced) -> dict[str, str]:
    balance = one.closing
    return {
        "account": one.general_account,
        "label": t(one.label),
        "currency": one.currency,
        "debit": formats.money(one.debit, one.currency),
        "credit": formats.money(one.credit, one.currency),
        "balance": formats.size(balance, one.currency),
        "word": formats.direction_word(balance),
    }


def _grid(found: paging.Page[Entry], address: Address, cursor: str | None) -> Grid:
    first, following = pages(address, cursor, found.next)
    return Grid(
        name="journal",
        caption=t("Entries, newest first"),
        heads=heads(translated(COLUMNS), address, "", descending=True, sortable=False),
        rows=tuple(_row(one) for one in found.items),
        empty=Empty(
            t("No entries"),
            t(
                "Entries are made from operations, each night or when somebody asks for it. Take off filters to see more."
            ),
        ),
        sums=(("debit", t("debit"), False), ("credit", t("credit"), False)),
        first=first,
        next=following,
    )


def _row(entry: Entry) -> Row:
    debit = formats.money(entry.debit, entry.currency) if entry.debit else ""
    credit = formats.money(entry.credit, entry.currency) if entry.credit else ""
    code = entry.auxiliary or ""
    return Row(
        key=f"{entry.account_id}-{entry.number}-{entry.line}",
        label=f"{entry.piece} {entry.general_account}",
        cells=(
            Cell(formats.day(entry.accounting_on)),
            Cell(entry.journal, tone="quiet"),
            Cell(entry.piece, tone="quiet"),
            Cell(entry.general_account, title=entry.general_label),
            Cell(entry.label, title=entry.label),
            Cell(entry.reference or "", tone="quiet", title=entry.reference or ""),
            Cell(code, "link" if code else "text", href=account_path(code) if code else ""),
            Cell(entry.customer or "", tone="quiet", title=entry.customer or ""),
            Cell(debit, "money"),
            Cell(credit, "money"),
            Cell(entry.letters, tone="quiet"),
            Cell(entry.currency, tone="quiet"),
        ),
        unit=entry.currency,
        sums={"debit": formats.micros(entry.debit), "credit": formats.micros(entry.credit)},
    )


route_handlers = [journal_page]
