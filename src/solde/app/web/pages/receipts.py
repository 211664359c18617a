"""Money that came in and names no account: the list, one receipt with whose it may be; record it, assign it, send it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import list_payment_methods, list_sellers, search_customers
from solde.db import Connection
from solde.kernel import paging
from solde.kernel.refusals import Refused
from solde.payments import (
    AccountSuggestion,
    Assignment,
    Receipt,
    ReceiptFilter,
    ReceiptState,
    assignments_of,
    get_receipt,
    list_receipts,
    suggest_accounts,
)

from .. import formats
from ..addresses import Address, account_path
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..page import Page, web_page
from ..refused import sentence
from ..visitors import Visitor

STATES = {
    ReceiptState.WAITING: ("Waiting", "amber"),
    ReceiptState.ASSIGNED: ("Assigned", "green"),
    ReceiptState.RETURNED: ("Returned", "grey"),
}
SHOWS = {"waiting": "Waiting", "assigned": "Assigned", "returned": "Returned", "all": "All"}
COLUMNS = (
    Column("payer", "Payer", place="lead", fixed=True),
    Column("date", "Received", kind="date"),
    Column("reference", "Reference"),
    Column("amount", "Amount", kind="money"),
    Column("rest", "Left to assign", kind="money", place="value", fixed=True),
    Column("currency", "Currency"),
    Column("method", "Payment method"),
    Column("seller", "Seller"),
    Column("state", "State", kind="mark"),
)
QUERY_MOST = 200
FOUND_MOST = 8
LARGEST = 2**62


@web_page("/payments", name="payments")
async def receipts_page(page: Page) -> Response[str]:
    """What waits to be assigned; or what was, or all of it."""
    show, q, chosen = asked_receipts(page)
    cursor = page.query.get("cursor")
    async with page.reading() as conn:
        found = await list_receipts(conn, chosen, limit=page.preferences.rows, cursor=cursor)
        methods = {one.code: t(one.label) for one in await list_payment_methods(conn)}
        has_several = await has_several_sellers(conn, page.visitor)
    address = Address("/payments", [("show", show), ("q", q)])
    return page.show(
        "payments/list.html",
        title=t("Payments"),
        tabs=tabs(page.visitor, "/payments"),
        may_record=page.visitor.may(Permission.PAYMENTS),
        may_import=page.visitor.may(Permission.IMPORTS),
        q=q,
        show=show,
        shows=[(t(label), None, str(address.with_(show=key)), key == show) for key, label in SHOWS.items()],
        grid=_grid(found, address, cursor, methods, show, with_seller=has_several),
    )


def asked_receipts(page: Page) -> tuple[str, str, ReceiptFilter]:
    """What an address asks for: which standing, what text, and both as a filter."""
    asked = page.query
    show = asked.get("show", "") if asked.get("show") in SHOWS else "waiting"
    q = asked.get("q", "").replace("\0", "").strip()[:QUERY_MOST]
    state = None if show == "all" else ReceiptState(show.upper())
    return show, q, ReceiptFilter(state, seller_id=page.visitor.seller_id, text=q or None)


async def has_several_sellers(conn: Connection, visitor: Visitor) -> bool:
    """Does this person see receipts of more than one seller?"""
    return visitor.seller_id is None and len(await list_sellers(conn)) > 1


def receipt_columns(show: str, *, with_seller: bool) -> list[Column]:
    """The columns of the list; what would be the same in every row is left out."""
    left_out = {*(() if with_seller else ("seller",)), *(() if show == "all" else ("state",))}
    return [column for column in COLUMNS if column.key not in left_out]


def tabs(visitor: Visitor, here: str) -> list[tuple[str, str, bool]]:
    """The pages of payments that this person may open: label, address, whether it is this one."""
    places = [("/payments", t("Unidentified receipts")), ("/payments/registered", t("Registered payments"))]
    if "card_payments" in visitor.features:
        places.append(("/payments/cards", t("Card transactions")))
    if visitor.may(Permission.WRITE_OFFS) and "write_offs" in visitor.features:
        places.append(("/payments/small-balances", t("Small balances")))
    return [(label, place, place == here) for place, label in places]


def _grid(
    found: paging.Page[Receipt],
    address: Address,
    cursor: str | None,
    methods: Mapping[str, str],
    show: str,
    *,
    with_seller: bool,
) -> Grid:
    columns = receipt_columns(show, with_seller=with_seller)
    first, following = pages(address, cursor, found.next)
    return Grid(
        name="receipts",
        caption=t("Money that came in and names no account"),
        heads=heads(
            [replace(column, label=t(column.label)) for column in columns],
            address,
            "",
            descending=True,
        ),
        rows=tuple(_row(one, methods, [c.key for c in columns]) for one in found.items),
        empty=_empty(show, is_searched="q=" in str(address)),
        sums=(("amount", t("amount"), False), ("rest", t("left to assign"), False)),
        first=first,
        next=following,
        files=files(address, "/payments/receipts"),
    )


def _row(one: Receipt, methods: Mapping[str, str], shown: Sequence[str]) -> Row:
    label, tone = STATES[one.state]
    cells = {
        "payer": Cell(one.payer_text or t("Receipt {n}", n=one.receipt_id), "link", href=f"/payments/receipts/{one.receipt_id}"),
        "date": Cell(formats.day(one.received_on)),
        "reference": Cell(one.reference or "", tone="quiet", title=one.reference or ""),
        "amount": Cell(formats.money(one.amount, one.currency), "money", "quiet"),
        "rest": Cell(formats.money(one.rest, one.currency), "money", "credit" if one.state is ReceiptState.WAITING else "quiet"),
        "currency": Cell(one.currency, tone="quiet"),
        "method": Cell(methods.get(one.payment_method or "", one.payment_method or ""), tone="quiet"),
        "seller": Cell(one.seller, tone="quiet"),
        "state": Cell(t(label), "dot", tone),
    }  # fmt: skip
    return Row(
        key=str(one.receipt_id),
        label=f"{one.payer_text or one.receipt_id}, {formats.day(one.received_on)}",
        cells=tuple(cell for key, cell in cells.items() if key in shown),
        unit=one.currency,
        sums={"amount": formats.micros(one.amount), "rest": formats.micros(one.rest)},
    )


def _empty(show: str, *, is_searched: bool) -> Empty:
    if is_searched:
        return Empty(
            t("No receipt fits"), t("The reference, the payer’s text and the line of the statement are searched."),
            href="/payments?show=all", action=t("Show all receipts"),
        )  # fmt: skip
    if show == "waiting":
        return Empty(
            t("No money waits"),
            t("Money that names no account is kept here until you know whose it is. It is in no balance before."),
        )
    return Empty(t("Nothing here"), t("Receipts that were assigned or returned are listed here."))


@web_page("/payments/receipts/{number:int}", name="receipt")
async def receipt_page(page: Page, number: int) -> Response[str]:
    """One receipt: what is known of it, where its parts went, and whose the rest may be."""
    async with page.reading() as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
        parts = await assignments_of(conn, receipt.receipt_id)
        waits = receipt.state is ReceiptState.WAITING
        suggested = await suggest_accounts(conn, receipt) if waits else []
        methods = {one.code: t(one.label) for one in await list_payment_methods(conn)}
    label, tone = STATES[receipt.state]
    closed = "" if waits else t("Nothing of it is left.")
    return page.show(
        "payments/receipt.html",
        title=receipt.payer_text or t("Receipt {n}", n=receipt.receipt_id),
        receipt=shown_receipt(receipt, methods),
        state=(t(label), tone),
        parts=[_part(part, receipt) for part in parts],
        suggested=[_suggestion(one, receipt) for one in suggested],
        waits=waits,
        may_assign=page.visitor.may(Permission.PAYMENTS),
        may_return=page.visitor.may(Permission.REFUNDS),
        closed=closed,
    )


def shown_receipt(receipt: Receipt, methods: Mapping[str, str] | None = None) -> dict[str, object]:
    """A receipt as its page and the dialogs on it show it."""
    method = receipt.payment_method or ""
    return {
        "id": receipt.receipt_id,
        "amount": formats.money(receipt.amount, receipt.currency),
        "rest": formats.money(receipt.rest, receipt.currency),
        "assigned": formats.money(receipt.assigned, receipt.currency),
        "is_part": 0 < receipt.assigned < receipt.amount,
        "currency": receipt.currency,
        "date": formats.day(receipt.received_on),
        "payer": receipt.payer_text or "",
        "reference": receipt.reference or "",
        "entry_key": receipt.entry_key or "",
        "method": (methods or {}).get(method, method),
        "seller": receipt.seller,
        "recorded": formats.instant(receipt.recorded_at),
        "returned_on": formats.day(receipt.returned_on),
        "return_reason": receipt.return_reason or "",
    }


def _part(part: Assignment, receipt: Receipt) -> dict[str, object]:
    return {
        "account": part.account,
        "href": account_path(part.account),
        "number": part.number,
        "operation": account_path(part.account, "operations", str(part.number)),
        "amount": formats.money(part.amount, receipt.currency),
        "at": formats.instant(part.recorded_at),
    }


def _suggestion(one: AccountSuggestion, receipt: Receipt) -> dict[str, object]:
    numbers = ",".join(str(n) for n in one.numbers[:20])
    assign = Address(
        f"/payments/receipts/{receipt.receipt_id}/assign", [("account", one.account), ("invoices", numbers)]
    )
    return {
        "account": one.account,
        "href": account_path(one.account),
        "name": one.name,
        "open": formats.money(one.open_debit, receipt.currency),
        "why": sentence(one.reason),
        "assign": str(assign),
    }


async def accounts_offered(
    conn: Connection, visitor: Visitor, text: str, currency: str | None = None
) -> list[tuple[str, str]]:
    """The accounts that a text finds: code, and whose it is."""
    q = text.replace("\0", "").strip()[:QUERY_MOST]
    try:
        found = (await search_customers(conn, q, seller_id=visitor.seller_id, limit=FOUND_MOST)).items if q else []
    except Refused:
        found = []
    return [
        (account.code, f"{one.name or one.code} · {account.currency}")
        for one in found
        for account in one.accounts
        if not currency or account.currency == currency
    ]


@web_page("/payments/register", name="register_payment", permission=Permission.PAYMENTS)
async def register_start(page: Page) -> Response[str] | Redirect:
    """Whose payment it is; an account that is named, or the only one found, leads to its form."""
    asked = page.query.get("account", "").replace("\0", "").strip()[:QUERY_MOST]
    named = await page.services.directory.find([asked], page.visitor.seller) if asked else {}
    async with page.reading() as conn:
        offered = [] if named else await accounts_offered(conn, page.visitor, asked)
    code = next(iter(named), offered[0][0] if len(offered) == 1 else None)
    if code is not None:
        return Redirect(account_path(code, "actions", "pay"), status_code=303)
    wrong = "" if not asked else t("Several accounts fit; choose one of them") if offered else t("No account fits")
    return page.show(
        "payments/register.html", status=422 if wrong else 200, title=t("Register payment"),
        back="/payments/registered", href="/payments/register", account=asked, offered=offered, wrong=wrong,
    )  # fmt: skip


@web_page("/payments/accounts", name="found_accounts")
async def found_accounts(page: Page) -> Response[str]:
    """Accounts that a search finds, to be offered while one is typed."""
    currency = page.query.get("currency")
    async with page.reading() as conn:
        offered = await accounts_offered(conn, page.visitor, page.query.get("q", ""), currency)
    return page.show("payments/found.html", title=t("Search"), offered=offered)


route_handlers = [receipts_page, receipt_page, register_start, found_accounts]
