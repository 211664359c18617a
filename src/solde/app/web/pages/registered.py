"""The payments registered on all accounts, as a list: period, method, whose, how much, what is unallocated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import IO, Any

from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.app.jobs import Pace
from solde.customers import list_payment_methods
from solde.extracts import Field, Kind
from solde.kernel import paging
from solde.kernel.money import exponent, parse_amount
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.payments import ListedPayment, PaymentFilter, list_payments, parse_payment_sort

from .. import formats
from ..addresses import Address, account_path
from ..days import read_day, shown
from ..filters import UNREADABLE, Chip
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..list_files import Listing, answer_with, every_page, write_list
from ..page import Page, web_page
from ..wording import worded
from .receipts import tabs

PLACE = "/payments/registered"
COLUMNS = (
    Column("date", "Date", kind="date", sort="date", descending_first=True, fixed=True),
    Column("customer", "Customer", place="lead", fixed=True),
    Column("account", "Account"),
    Column("method", "Payment method"),
    Column("reference", "Reference"),
    Column("amount", "Amount", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("unallocated", "Unallocated", kind="money"),
    Column("currency", "Currency"),
    Column("by", "Registered by"),
)
FILTERS: Mapping[str, str] = {
    "from": "Date from",
    "until": "Date until",
    "method": "Payment method",
    "account": "Account",
    "amount_from": "Amount from",
    "amount_until": "Amount up to",
    "unallocated": "Unallocated",
}
KEPT = ("q", "sort", *FILTERS)
VALUE_MOST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; `wrong` says by field what of it cannot be read."""

    chosen: PaymentFilter
    sort: str
    wrong: Mapping[str, str]


def read_asked(given: Mapping[str, str], seller_id: int | None) -> Asked:
    """Read an address; what cannot be read is left out and told."""
    texts = {name: (given.get(name) or "").replace("\0", "").strip()[:VALUE_MOST] or None for name in KEPT}
    wrong: dict[str, str] = {}

    def of(name: str, value: date | Decimal | Refusal | None) -> Any:
        if isinstance(value, Refusal):
            wrong[name] = worded(value.message)
            return None
        return value

    days = {name: of(name, read_day(text)) for name in ("from", "until") if (text := texts[name]) is not None}
    amounts = {
        name: of(name, parse_amount(text))
        for name in ("amount_from", "amount_until")
        if (text := texts[name]) is not None
    }
    try:
        parse_payment_sort(texts["sort"])
    except Refused as bad:
        wrong["sort"] = worded(bad.refusals[0].message)
    chosen = PaymentFilter(
        seller_id=seller_id,
        account=texts["account"],
        text=texts["q"],
        method=texts["method"],
        from_on=days.get("from"),
        until_on=days.get("until"),
        amount_from=amounts.get("amount_from"),
        amount_until=amounts.get("amount_until"),
        unallocated=texts["unallocated"] == "true",
    )
    return Asked(chosen, "-date" if "sort" in wrong else texts["sort"] or "-date", wrong)


@web_page(PLACE, name="registered_payments")
async def registered_page(page: Page) -> Response[str]:
    """The payments that the address asks for, newest first."""
    given = dict(page.query)
    asked, cursor = read_asked(given, page.visitor.seller_id), given.get("cursor") or None
    rows = page.preferences.rows
    async with page.reading() as conn:
        found = await list_payments(conn, asked.chosen, sort=asked.sort, limit=rows, cursor=cursor)
        methods = {one.code: t(one.label) for one in await list_payment_methods(conn)}
    address = Address(PLACE, [(name, given[name]) for name in KEPT if given.get(name)])
    return page.show(
        "payments/registered.html",
        title=t("Payments"),
        tabs=tabs(page.visitor, PLACE),
        may_pay=page.visitor.may(Permission.PAYMENTS),
        q=asked.chosen.text or "",
        wrong=dict(asked.wrong),
        values={name: given.get(name, "") for name in FILTERS},
        methods=sorted(methods.items(), key=lambda one: one[1].casefold()),
        only=[("true", t("Only what is unallocated"))],
        action=PLACE,
        search_hidden=address.hidden("q"),
        hidden=address.hidden(*FILTERS),
        count=sum(1 for name in FILTERS if given.get(name) and name not in asked.wrong),
        on=_chips(address, asked, methods),
        clear=str(address.only("sort")),
        grid=_grid(found, address, asked, cursor, methods),
    )


def _chips(address: Address, asked: Asked, methods: Mapping[str, str]) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    said = {"method": methods, "unallocated": {"true": t("only")}}
    return [
        Chip(
            t("{name}: {value}", name=t(FILTERS[name]), value=said.get(name, {}).get(value, shown(value))),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in FILTERS and name not in asked.wrong
    ]


def _grid(
    found: paging.Page[ListedPayment], address: Address, asked: Asked, cursor: str | None, methods: Mapping[str, str]
) -> Grid:
    first, following = pages(address, cursor, found.next)
    column, descending = parse_payment_sort(asked.sort)
    return Grid(
        name="payments",
        caption=t("Payments registered on all accounts"),
        heads=heads([replace(one, label=t(one.label)) for one in COLUMNS], address, column, descending=descending),
        rows=tuple(_row(one, methods) for one in found.items),
        empty=_empty(address),
        sums=(("amount", t("amount"), False), ("unallocated", t("unallocated"), False)),
        first=first,
        next=following,
        files=files(address, PLACE),
    )


def _row(one: ListedPayment, methods: Mapping[str, str]) -> Row:
    reference = one.reference or t("No. {n}", n=one.number)
    detail = account_path(one.account, "operations", str(one.number))
    return Row(
        key=f"{one.account_id}-{one.number}",
        label=f"{one.name or one.customer}, {reference}",
        cells=(
            Cell(formats.day(one.paid_on), "date"),
            Cell(one.name or one.customer, "link", href=account_path(one.account)),
            Cell(one.account, tone="quiet"),
            Cell(method_of(one, methods), tone="quiet", title=t(one.label)),
            Cell(reference, "link", href=detail, opens=True, title=one.description or ""),
            Cell(formats.money(one.amount, one.currency), "money", "credit"),
            Cell(formats.money(one.unallocated, one.currency), "money", "strong" if one.unallocated else "quiet"),
            Cell(one.currency, tone="quiet"),
            Cell(one.actor or "", tone="quiet"),
        ),
        unit=one.currency,
        decimals=exponent(one.currency),
        sums={"amount": formats.micros(one.amount), "unallocated": formats.micros(one.unallocated)},
    )


def method_of(one: ListedPayment, methods: Mapping[str, str]) -> str:
    """How it was paid: its method, or the name of its type where no method is noted."""
    return t(one.label) if one.method is None else methods.get(one.method, one.method)


def _empty(address: Address) -> Empty:
    if address.only(*(name for name in KEPT if name != "sort")).parameters:
        return Empty(
            t("No payment fits these filters"),
            t("Take some of them off to see more."),
            href=str(address.only("sort")),
            action=t("Clear the filters"),
        )
    return Empty(
        t("No payments yet"),
        t("Payments appear here once they are registered: on an account, by an import, or through the HTTP API."),
        commands=("solde import payments FILE.csv",),
    )


def fields(methods: Mapping[str, str]) -> Mapping[str, Sequence[Field[ListedPayment]]]:
    """What the file of payments says."""
    return {
        "date": (Field("date", "Date", Kind.DAY, 12, of=lambda p: p.paid_on),),
        "customer": (Field("customer", "Customer", width=36, of=lambda p: p.name or p.customer),),
        "account": (Field("account", "Account", width=20, of=lambda p: p.account),),
        "method": (Field("method", "Payment method", width=20, of=lambda p: method_of(p, methods)),),
        "reference": (
            Field("reference", "Reference", width=24, of=lambda p: p.reference or t("No. {n}", n=p.number)),
        ),
        "amount": (Field("amount", "Amount", Kind.MONEY, 16, of=lambda p: p.amount),),
        "unallocated": (Field("unallocated", "Unallocated", Kind.MONEY, 16, of=lambda p: p.unallocated),),
        "currency": (Field("currency", "Currency", width=10, of=lambda p: p.currency),),
        "by": (Field("by", "Registered by", width=20, of=lambda p: p.actor),),
    }  # fmt: skip


@web_page([f"{PLACE}.xlsx", f"{PLACE}.csv"], name="registered_file")
async def registered_file(page: Page) -> Stream | Redirect:
    """The payments that the address asks for, all pages, as a file.

    Refuses: unreadable_filter.
    """
    asked = read_asked(dict(page.query), page.visitor.seller_id)
    if asked.wrong:
        raise Refused([refuse(UNREADABLE, text, field=name) for name, text in asked.wrong.items()])

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            methods = {one.code: t(one.label) for one in await list_payment_methods(conn)}
            found = every_page(
                lambda cursor: list_payments(conn, asked.chosen, sort=asked.sort, limit=LIMIT_MOST, cursor=cursor)
            )
            listing = Listing(
                "payments", "Payments", COLUMNS, fields(methods), lambda p: p.currency, ("amount", "unallocated")
            )
            await write_list(page, out, listing, found, pace)
            return f"payments-{await page.today(conn)}"

    return await answer_with(page, "Payments", write)


route_handlers = [registered_page, registered_file]
