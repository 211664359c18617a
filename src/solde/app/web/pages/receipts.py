"""Money that came in and names no account: the list, one receipt with whose it may be; record it, assign it, send it back."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import list_payment_methods, search_customers
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.payments import (
    AccountSuggestion,
    Assignment,
    Receipt,
    ReceiptState,
    assignments_of,
    get_receipt,
    suggest_accounts,
)
from solde.payments.filters import RECEIPT_STATES

from .. import formats
from ..addresses import Address, account_path
from ..i18n import t
from ..page import Page, web_page
from ..texts import sentence
from ..visitors import Visitor

QUERY_MOST = 200
FOUND_MOST = 8
LARGEST = 2**62


def tabs(visitor: Visitor, here: str) -> list[tuple[str, str, bool]]:
    """The pages of payments that this person may open: label, address, whether it is this one."""
    places = [("/payments", t("Unidentified receipts")), ("/payments/registered", t("Registered payments"))]
    if "card_payments" in visitor.features:
        places.append(("/payments/cards", t("Card transactions")))
    if visitor.may(Permission.WRITE_OFFS) and "write_offs" in visitor.features:
        places.append(("/payments/small-balances", t("Small balances")))
    return [(label, place, place == here) for place, label in places]


@web_page("/payments/receipts/{number:int}", name="receipt")
async def receipt_page(page: Page, number: int) -> Response[str]:
    """One receipt: what is known of it, where its parts went, and whose the rest may be."""
    async with page.reading() as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
        parts = await assignments_of(conn, receipt.receipt_id)
        waits = receipt.state is ReceiptState.WAITING
        suggested = await suggest_accounts(conn, receipt) if waits else []
        methods = {one.code: t(one.label) for one in await list_payment_methods(conn)}
    label, tone = RECEIPT_STATES.labels[receipt.state], RECEIPT_STATES.tones[receipt.state]
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


route_handlers = [receipt_page, register_start, found_accounts]
