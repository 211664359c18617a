"""The operations of all accounts as a list: what is overdue, what is open, who paid; found by number, filtered, sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO

from litestar import Response
from litestar.response import Redirect, Stream

from solde.app.jobs import Pace
from solde.customers import list_sellers
from solde.db import Connection
from solde.extracts import Field, Kind
from solde.kernel import paging
from solde.kernel.money import exponent
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.refusals import Refused, refuse
from solde.operations import Side
from solde.operations.across import SORT_TOO_WIDE, ListedOperation, list_across, parse_across_sort

from .. import formats
from ..addresses import Address, account_path
from ..filters import UNREADABLE
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..list_files import Listing, answer_with, every_page, write_list
from ..page import Page, web_page
from ..wording import worded
from .operations_asked import FILTERS, KEPT, PLACE, SHOWS, Asked, chips_of, options_of, read_asked

COLUMNS = (
    Column("date", "Date", kind="date", sort="date", descending_first=True, fixed=True),
    Column("customer", "Customer", fixed=True),
    Column("account", "Account", spare=3),
    Column("type", "Type", spare=1),
    Column("reference", "Reference", sort="reference", place="lead", fixed=True),
    Column("due", "Due", kind="date", sort="due"),
    Column("debit", "Debit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("credit", "Credit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("open", "Open", kind="money", sort="open", descending_first=True),
    Column("currency", "Currency", fixed=True),
    Column("matching", "Matching", kind="mark", spare=2),
    Column("posting", "Posting", kind="mark", aside=True),
    Column("recorded", "Recorded", sort="recorded", descending_first=True, aside=True),
    Column("seller", "Seller", aside=True),
)


@web_page(PLACE, name="all_operations")
async def operations_page(page: Page) -> Response[str]:
    """The operations that the address asks for, newest first unless the filters have an order of their own."""
    given, cursor = dict(page.query), page.query.get("cursor") or None
    types = await page.services.types.get()
    async with page.reading() as conn:
        today = await page.today(conn)
        asked = read_asked(given, page.visitor.seller_id, today)
        sellers = await list_sellers(conn) if page.visitor.seller_id is None else []
        found, asked = await _page(conn, asked, page.preferences.rows, cursor)
    address = Address(PLACE, [(name, given[name]) for name in KEPT if given.get(name)])
    offered = options_of(types, list(sellers))
    return page.show(
        "operations/list.html",
        title=t("Operations"),
        q=asked.chosen.q or "",
        wrong=dict(asked.wrong),
        values={name: given.get(name, "") for name in FILTERS},
        options=offered,
        action=PLACE,
        search_hidden=address.hidden("q"),
        hidden=address.hidden(*FILTERS),
        count=sum(1 for name in FILTERS if given.get(name) and name not in asked.wrong),
        on=chips_of(address, asked, offered),
        clear=str(address.only("q", "show", "sort")),
        shows=[
            (t(label), None, str(address.with_(show=None if key == "all" else key, sort=None)), key == asked.show)
            for key, (label, _) in SHOWS.items()
        ],
        grid=_grid(found, address, asked, cursor),
    )


async def _page(
    conn: Connection, asked: Asked, rows: int, cursor: str | None
) -> tuple[paging.Page[ListedOperation], Asked]:
    """A page; one that is too wide for its order is in the usual order, and says so."""
    try:
        return await list_across(conn, asked.chosen, sort=asked.sort, limit=rows, cursor=cursor), asked
    except Refused as bad:
        if bad.refusals[0].code != SORT_TOO_WIDE.code:
            raise
        asked = replace(asked, sort=None, wrong={**asked.wrong, "sort": worded(bad.refusals[0].message)})
        return await list_across(conn, asked.chosen, limit=rows), asked


def _grid(found: paging.Page[ListedOperation], address: Address, asked: Asked, cursor: str | None) -> Grid:
    first, following = pages(address, cursor, found.next)
    order = parse_across_sort(asked.sort, asked.chosen)
    columns = [replace(one, label=t(one.label), sort=one.sort if one.sort in asked.sorts else None) for one in COLUMNS]
    return Grid(
        name="all-operations",
        caption=t("Operations of all accounts"),
        heads=heads(columns, address, order.column, descending=order.descending),
        rows=tuple(_row(one, asked) for one in found.items),
        empty=_empty(address, asked, goes_on=found.next is not None),
        sums=(("debit", t("debit"), False), ("credit", t("credit"), False), ("open", t("open"), True)),
        first=first,
        next=following,
        files=files(address, PLACE),
    )


def _row(listed: ListedOperation, asked: Asked) -> Row:
    o, is_debit = listed.operation, listed.operation.side is Side.DEBIT
    amount, reference = formats.money(o.amount, o.currency), o.reference or t("No. {n}", n=o.number)
    matching, tone = formats.MATCHING[o.matching_status]
    posting, posting_tone = formats.POSTING[o.posting_status]
    detail = account_path(listed.account, "operations", str(o.number))
    late = asked.chosen.overdue_on is not None
    return Row(
        key=f"{o.account_id}-{o.number}",
        label=f"{listed.name}, {reference}",
        cells=(
            Cell(formats.day(o.operation_on), "date"),
            Cell(listed.name, "link", href=account_path(listed.account)),
            Cell(listed.account, tone="quiet"),
            Cell(t(o.label), title=f"{o.code} · {t(formats.class_label(o.class_))}"),
            Cell(reference, "link", href=detail, opens=True, title=o.description or ""),
            Cell(formats.day(o.due_on) if is_debit else "", "date", "debit" if late else ""),
            Cell(amount if is_debit else "", "money"),
            Cell("" if is_debit else amount, "money", "credit"),
            Cell(formats.money(o.open, o.currency), "money", "strong" if o.open else "quiet"),
            Cell(o.currency, tone="quiet"),
            Cell(t(matching), "badge", tone),
            Cell(t(posting), "dot", posting_tone),
            Cell(formats.instant(o.recorded_at), tone="quiet"),
            Cell(listed.seller, tone="quiet"),
        ),
        unit=o.currency,
        decimals=exponent(o.currency),
        sums={
            "debit": formats.micros(o.amount) if is_debit else "0",
            "credit": "0" if is_debit else formats.micros(o.amount),
            "open": formats.micros(o.open * o.side.value),
        },
    )  # fmt: skip


def _empty(address: Address, asked: Asked, *, goes_on: bool) -> Empty:
    if goes_on:
        return Empty(
            t("Nothing so far"),
            t("None of the operations looked at fits. Go on to the next page, or narrow the list by dates."),
        )
    if asked.chosen.q is not None:
        return Empty(
            t("No operation fits “{q}”", q=asked.chosen.q),
            t("Write a whole reference, its beginning, or the number at its end."),
            href=str(address.with_(q=None)),
            action=t("Show all operations"),
        )
    if asked.show == "overdue" and not address.only(*FILTERS).parameters:
        return Empty(t("Nothing is overdue"), t("No invoice is past its due date with something open."))
    if asked.narrowed:
        return Empty(
            t("No operation fits these filters"),
            t("Take some of them off to see more."),
            href=str(address.only("sort")),
            action=t("Clear the filters"),
        )
    return Empty(
        t("No operations yet"),
        t("Invoices and payments appear here once they are posted: by billing, an import, by hand, or the HTTP API."),
        commands=("solde import receivables FILE.csv",),
    )


FIELDS: Mapping[str, Sequence[Field[ListedOperation]]] = {
    "date": (Field("date", "Date", Kind.DAY, 12, of=lambda x: x.operation.operation_on),),
    "customer": (Field("customer", "Customer", width=36, of=lambda x: x.name),),
    "account": (Field("account", "Account", width=20, of=lambda x: x.account),),
    "type": (Field("type", "Type", width=28, of=lambda x: t(x.operation.label)),),
    "reference": (
        Field("reference", "Reference", width=24, of=lambda x: x.operation.reference or t("No. {n}", n=x.operation.number)),
    ),
    "due": (Field("due", "Due", Kind.DAY, 12, of=lambda x: x.operation.due_on),),
    "debit": (
        Field("debit", "Debit", Kind.MONEY, 16, of=lambda x: x.operation.amount if x.operation.side is Side.DEBIT else None),
    ),
    "credit": (
        Field("credit", "Credit", Kind.MONEY, 16, of=lambda x: None if x.operation.side is Side.DEBIT else x.operation.amount),
    ),
    "open": (Field("open", "Open", Kind.MONEY, 16, of=lambda x: x.operation.open),),
    "currency": (Field("currency", "Currency", width=10, of=lambda x: x.operation.currency),),
    "matching": (Field("matching", "Matching", width=14, of=lambda x: t(formats.MATCHING[x.operation.matching_status][0])),),
    "posting": (Field("posting", "Posting", width=14, of=lambda x: t(formats.POSTING[x.operation.posting_status][0])),),
    "recorded": (Field("recorded", "Recorded", width=24, of=lambda x: formats.instant(x.operation.recorded_at)),),
    "seller": (Field("seller", "Seller", width=10, of=lambda x: x.seller),),
}  # fmt: skip


@web_page([f"{PLACE}.xlsx", f"{PLACE}.csv"], name="all_operations_file")
async def operations_file(page: Page) -> Stream | Redirect:
    """The operations that the address asks for, all pages, as a file.

    Refuses: unreadable_filter, sort_too_wide.
    """

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            today = await page.today(conn)
            asked = read_asked(dict(page.query), page.visitor.seller_id, today)
            if asked.wrong:
                raise Refused([refuse(UNREADABLE, text, field=name) for name, text in asked.wrong.items()])
            found = every_page(
                lambda cursor: list_across(conn, asked.chosen, sort=asked.sort, limit=LIMIT_MOST, cursor=cursor)
            )
            listing = Listing(
                "all-operations", "Operations", COLUMNS, FIELDS, lambda x: x.operation.currency, ("debit", "credit")
            )
            await write_list(page, out, listing, found, pace)
            return f"operations-{today}"

    return await answer_with(page, "Operations", write)


route_handlers = [operations_page, operations_file]
