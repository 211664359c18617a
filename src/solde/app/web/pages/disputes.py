"""What is in litigation over all accounts: the work list, its totals, its file; actions lead to the account and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import IO

from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.actions.rows import ONE
from solde.app.jobs import Pace
from solde.customers import Seller, list_sellers
from solde.db import Connection
from solde.extracts import Form, export_disputes
from solde.kernel import paging
from solde.kernel.refusals import NOT_FOUND, Refused, refuse
from solde.litigation import (
    DisputeFilter,
    DisputeOrder,
    DisputeTotal,
    OpenDispute,
    Reason,
    list_disputes,
    list_owners,
    list_reasons,
    parse_dispute_sort,
    total_disputes,
)

from .. import formats
from ..addresses import Address, account_path
from ..grid import Action, Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..list_files import answer_with
from ..page import Page, web_page
from ..visitors import Visitor
from .actions.catalogue import BY_CODE
from .actions.dialogs import ROWS_CHOSEN

PLACE = "/litigation"
COLUMNS = (
    Column("customer", "Customer", sort="account", place="lead", fixed=True),
    Column("account", "Account", spare=2),
    Column("invoice", "Invoice", fixed=True),
    Column("disputed", "Disputed", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("amount", "of", kind="money"),
    Column("age", "Days", kind="money", sort="since", turned=True),
    Column("owner", "Owner"),
    Column("review", "Review", kind="mark", sort="review"),
    Column("reason", "Reason"),
    Column("seller", "Seller", spare=1),
)
AGES = (("30", "30 days or more"), ("60", "60 days or more"), ("90", "90 days or more"), ("180", "180 days or more"))
SHOWS = {"all": "All", "mine": "Mine", "overdue": "Review overdue", "unowned": "Without owner"}
KEPT = ("show", "q", "reason", "owner", "age", "seller", "currency", "sort")
NOBODY = "-"
QUERY_MOST, WORDS_MOST = 200, 22


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks the list for."""

    chosen: DisputeFilter
    order: DisputeOrder
    show: str


def _read(given: Mapping[str, str], visitor: Visitor, sellers: Sequence[Seller], today: date) -> Asked:
    """The filter of an address within what the visitor may see; refuses unknown_sort."""
    clean = {name: text.replace("\0", "").strip()[:QUERY_MOST] for name, text in given.items()}
    show = clean["show"] if clean.get("show") in SHOWS else "all"
    owner, age, seller = clean.get("owner"), clean.get("age", ""), clean.get("seller")
    ids = {one.code: one.seller_id for one in sellers}
    owners = [visitor.actor, visitor.name] if show == "mine" else [owner] if owner else None
    chosen = DisputeFilter(
        visitor.seller_id if visitor.seller_id is not None or not seller else ids.get(seller, 0),
        [clean["reason"]] if clean.get("reason") else None,
        owners,
        False if show == "unowned" else None,
        today if show == "overdue" else None,
        DisputeFilter.aged(int(age), today) if age.isascii() and age.isdigit() and len(age) < 6 else None,
        clean.get("currency") or None,
        clean.get("q") or None,
    )
    return Asked(chosen, parse_dispute_sort(clean.get("sort")), show)


@web_page(PLACE, name="litigation", feature="litigation")
async def disputes_page(page: Page) -> Response[str]:
    """What is in litigation, the oldest first; or what the filters choose of it."""
    given, cursor = dict(page.query), page.query.get("cursor") or None
    async with page.reading() as conn:
        today = await page.today(conn)
        sellers = await list_sellers(conn)
        asked = _read(given, page.visitor, sellers, today)
        found = await list_disputes(conn, asked.chosen, order=asked.order, limit=page.preferences.rows, cursor=cursor)
        totals = await total_disputes(conn, asked.chosen)
        counts = await _counts(conn, asked, page.visitor, today)
        reasons, owners = await list_reasons(conn), await list_owners(conn, page.visitor.seller_id)
    address = Address(PLACE, [(name, given.get(name, "")) for name in KEPT])
    with_seller = len(sellers) > 1 and page.visitor.seller_id is None
    fields = _fields(given, reasons, owners, sellers if with_seller else (), totals)
    on = [(name, text) for name, _, options, value in fields for code, text in options if value and code == value]
    return page.show(
        "litigation/list.html",
        title=t("Litigation"),
        q=given.get("q", "")[:QUERY_MOST],
        hidden=address.hidden("q"),
        shows=[
            (t(label), formats.whole(counts[key]), str(address.with_(show=None if key == "all" else key, owner=None)), key == asked.show)
            for key, label in SHOWS.items()
        ],
        form={
            "fields": fields,
            "hidden": address.hidden(*(name for name, *_ in fields)),
            "count": len(on),
            "clear": str(address.only("q", "show", "sort")),
        },
        on=[{"text": text, "href": str(address.with_(**{name: None}))} for name, text in on],
        totals=[
            (formats.money(one.disputed, one.currency), one.currency, t("{n} invoices", n=formats.whole(one.count)))
            for one in totals
        ],
        grid=_grid(found, address, asked, cursor, page.visitor, today, with_seller=with_seller),
    )  # fmt: skip


async def _counts(conn: Connection, asked: Asked, visitor: Visitor, today: date) -> dict[str, int]:
    """How many litigations each of the shows holds, under the other filters."""
    base = replace(asked.chosen, owners=None, is_owned=None, review_before=None)
    narrowed = {
        "all": base,
        "mine": replace(base, owners=[visitor.actor, visitor.name]),
        "overdue": replace(base, review_before=today),
        "unowned": replace(base, is_owned=False),
    }
    return {key: sum(one.count for one in await total_disputes(conn, chosen)) for key, chosen in narrowed.items()}


def _fields(
    given: Mapping[str, str],
    reasons: Sequence[Reason],
    owners: Sequence[str],
    sellers: Sequence[Seller],
    totals: Sequence[DisputeTotal],
) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """The fields of the filter menu: name, label, what may be chosen, what is."""
    currencies = sorted({one.currency for one in totals} | {given.get("currency", "")} - {""})
    offered = [
        ("reason", t("Reason"), [(one.code, t(one.label)) for one in reasons]),
        ("owner", t("Owner"), [(owner, owner) for owner in owners]),
        ("age", t("Age"), [(days, t(label)) for days, label in AGES]),
        ("currency", t("Currency"), [(one, one) for one in currencies]),
        ("seller", t("Seller"), [(one.code, one.name) for one in sellers]),
    ]
    return [(name, label, options, given.get(name, "")) for name, label, options in offered if options]


def _grid(
    found: paging.Page[OpenDispute],
    address: Address,
    asked: Asked,
    cursor: str | None,
    visitor: Visitor,
    today: date,
    *,
    with_seller: bool,
) -> Grid:
    columns = [column for column in COLUMNS if with_seller or column.key != "seller"]
    first, following = pages(address, cursor, found.next)
    is_all = asked.show == "all" and not any(name != "sort" for name, _ in address.parameters)
    return Grid(
        name="litigation",
        caption=t("Invoices in litigation"),
        heads=heads(
            [replace(column, label=t(column.label)) for column in columns],
            address,
            asked.order.column,
            descending=asked.order.descending,
        ),
        rows=tuple(_row(one, today, with_seller=with_seller) for one in found.items),
        empty=Empty(
            t("Nothing is in litigation"),
            t("Choose an invoice on the balance of an account and enter litigation; it is listed here until it is over."),
        )
        if is_all
        else Empty(
            t("No litigation fits"), t("Nothing in litigation is as the filters say."), href=PLACE,
            action=t("Show all litigations"),
        ),
        sums=(("disputed", t("disputed"), False),),
        first=first,
        next=following,
        actions=_actions() if visitor.may(Permission.LITIGATION) else (),
        files=files(address, PLACE, "xlsx", "csv"),
    )  # fmt: skip


def _actions() -> tuple[Action, ...]:
    entries = [BY_CODE[code] for code in ("update-litigation", "remove-litigation")]
    return tuple(
        Action(
            t(entry.label), f"{PLACE}/actions/{entry.code}", entry.icon, one=True, why_one=t(ONE),
            key=entry.key, variant="primary" if entry.key else "outline",
        )
        for entry in entries
    )  # fmt: skip


def _row(one: OpenDispute, today: date, *, with_seller: bool) -> Row:
    account, overdue = one.account or "", one.is_overdue(today)
    reference = one.reference or t("No. {n}", n=one.number)
    why = t(one.reason_label) if one.reason_label else one.reason or ""
    cells = [
        Cell(one.name or account, "link", href=account_path(account)),
        Cell(account, tone="quiet"),
        Cell(reference, "link", href=account_path(account, "operations", str(one.number)), opens=True),
        Cell(formats.money(one.disputed, one.currency), "money", "debit"),
        Cell(f"{formats.money(one.amount, one.currency)} {one.currency}", "money", "quiet"),
        Cell(formats.whole(one.age(today)), "money", title=t("since {day}", day=formats.day(one.since_on))),
        Cell(one.owner or "", tone="" if one.owner else "quiet"),
        Cell(formats.day(one.review_on), "badge" if overdue else "text", "red" if overdue else "", title=t("overdue") if overdue else ""),
        Cell(why if len(why) <= WORDS_MOST else f"{why[:WORDS_MOST]}…", title=one.reason or ""),
    ]  # fmt: skip
    return Row(
        key=f"{account}/{one.number}",
        label=f"{one.name or account}, {reference}",
        cells=(*cells, Cell(one.seller or "", tone="quiet")) if with_seller else tuple(cells),
        unit=one.currency,
        sums={"disputed": formats.micros(one.disputed)},
    )


@web_page(
    PLACE + "/actions/{action:str}", name="litigation_action", permission=Permission.LITIGATION, feature="litigation"
)
async def lead_to_action(page: Page, action: str) -> Redirect:
    """The dialog of an action on a row of the list: that of its account, which leads back here."""
    if action not in BY_CODE:
        raise Refused(refuse(NOT_FOUND, "there is no action {action!r}", action=action))
    keys = page.query.getall("n", [])
    if len(keys) != 1 or "/" not in keys[0]:
        raise Refused(refuse(ROWS_CHOSEN, "one row is to be chosen, {count} are", count=len(keys)))
    account, _, number = keys[0].rpartition("/")
    return Redirect(str(Address(account_path(account, "actions", action), [("n", number), ("from", "litigation")])))


@web_page(PLACE + ".xlsx", name="litigation_file")
async def disputes_file(page: Page) -> Stream | Redirect:
    """The list as the address asks for it, for Excel."""
    return await _file(page, Form.XLSX)


@web_page(PLACE + ".csv")
async def disputes_text(page: Page) -> Stream | Redirect:
    """The same as text, values separated by commas."""
    return await _file(page, Form.CSV)


async def _file(page: Page, form: Form) -> Stream | Redirect:
    await page.services.features.check("litigation")

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            today = await page.today(conn)
            asked = _read(dict(page.query), page.visitor, await list_sellers(conn), today)
            await export_disputes(
                conn, out, form, today=today, chosen=asked.chosen, order=asked.order, words=t, told=pace.move
            )
        return f"litigation-{today}"

    return await answer_with(page, "Litigation", write)


route_handlers = [disputes_page, lead_to_action, disputes_file, disputes_text]
