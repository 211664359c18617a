"""Record money that names no account, and send back what is nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import Seller, list_payment_methods, list_sellers
from solde.customers.rules.world import currency_names
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refused
from solde.payments import ReceiptRequest, ReturnRequest, get_receipt, record_unidentified, return_receipts
from solde.payments.rules import NO_METHOD

from .. import formats
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .actions.typed import FieldReader, FormFields
from .receipts import LARGEST, shown_receipt


@web_page("/payments/receipts/new", name="new_receipt", permission=Permission.PAYMENTS)
async def new_receipt(page: Page) -> Response[str]:
    """The form that records money of nobody."""
    return await _record_dialog(page, {})


@web_form("/payments/receipts/new", everywhere=False, permission=Permission.PAYMENTS)
async def record_receipt(page: Page, data: Form) -> Response[str] | Redirect:
    """Record it."""
    try:
        return await act_once(page, data, lambda conn: _recorded(page, conn, data))
    except Refused as refused:
        return await _record_dialog(page, data, refused)


async def _recorded(page: Page, conn: Connection, data: Form) -> Done:
    services, typed = page.services, FieldReader(FormFields(data.items()), data.get("currency", "").strip().upper())
    seller = await _seller(conn, page.visitor, data.get("seller"))
    methods = [one.code for one in await list_payment_methods(conn)]
    amount = typed.amount("amount")
    today = today_in(seller.time_zone, page.now())
    on = typed.day("date", today)
    method = typed.among("method", methods, NO_METHOD, needed=True)
    currency = (typed.text("currency", needed=True) or "").upper()
    reference, payer = typed.text("reference"), typed.text("payer_text")
    if typed.refusals or amount is None or on is None or method is None:
        raise Refused(typed.refusals)
    wish = ReceiptRequest(
        seller.seller_id, currency, amount, on, page.visitor.actor, method, _one_line(reference), _one_line(payer)
    )
    (made,) = await record_unidentified(conn, [wish], await services.types.get(), today=today)
    if isinstance(made, tuple):
        raise Refused(made)
    return Done(
        "/payments", t("Receipt recorded"), href=f"/payments/receipts/{made.receipt_id}", label=t("Whose is it?")
    )


def _one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.replace("\0", "\ufffd").split())


async def _seller(conn: Connection, visitor: Visitor, code: str | None) -> Seller:
    """The seller chosen, or the first one this person may act for."""
    own = [one for one in await list_sellers(conn) if visitor.seller_id in {None, one.seller_id}]
    assert own, "somebody who signs in has a seller"
    return next((one for one in own if one.code == code), own[0])


async def _record_dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        seller = await _seller(conn, page.visitor, data.get("seller"))
        sellers = [one for one in await list_sellers(conn) if page.visitor.seller_id in {None, one.seller_id}]
        methods = await list_payment_methods(conn)
    today = today_in(seller.time_zone, page.now())
    fields = {
        "seller": seller.code, "amount": "", "currency": seller.currency, "date": today.isoformat(),
        "method": "WIRETRANSFER", "reference": "", "payer_text": "",
    }  # fmt: skip
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page.show(
        "payments/record.html",
        status=422 if refused else 200,
        title=t("Record a receipt"),
        back="/payments",
        key=data.get("key", ""),
        fields={name: data.get(name, value) for name, value in fields.items()},
        sellers=[(one.code, one.name) for one in sellers],
        methods=[(one.code, t(one.label)) for one in methods],
        currencies=list(currency_names()),
        wrong=wrong,
        rest=rest,
    )


@web_page("/payments/receipts/{number:int}/return", name="return_receipt", permission=Permission.REFUNDS)
async def return_form(page: Page, number: int) -> Response[str]:
    """Ask why the rest is sent back."""
    return await _return_dialog(page, number, {})


@web_form("/payments/receipts/{number:int}/return", everywhere=False, permission=Permission.REFUNDS)
async def return_receipt(page: Page, number: int, data: Form) -> Response[str] | Redirect:
    """Send the rest back."""
    try:
        return await act_once(page, data, lambda conn: _returned(page, conn, number, data))
    except Refused as refused:
        return await _return_dialog(page, number, data, refused)


async def _returned(page: Page, conn: Connection, number: int, data: Form) -> Done:
    receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
    typed = FieldReader(FormFields(data.items()))
    on, reason = typed.day("date"), typed.text("reason") or ""
    if typed.refusals:
        raise Refused(typed.refusals)
    seller = next(one for one in await list_sellers(conn) if one.seller_id == receipt.seller_id)
    today = today_in(seller.time_zone, page.now())
    wish = ReturnRequest(receipt.receipt_id, page.visitor.actor, reason, on)
    (made,) = await return_receipts(conn, [wish], today=today)
    if isinstance(made, tuple):
        raise Refused(made)
    said = t("{amount} sent back", amount=f"{formats.money(receipt.rest, receipt.currency)} {receipt.currency}")
    return Done(f"/payments/receipts/{receipt.receipt_id}", said)


async def _return_dialog(
    page: Page, number: int, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
    wrong, rest = by_field(refused.refusals, {"date", "reason"}) if refused else ({}, [])
    return page.show(
        "payments/return.html",
        status=422 if refused else 200,
        title=t("Send back"),
        back=f"/payments/receipts/{receipt.receipt_id}",
        key=data.get("key", ""),
        receipt=shown_receipt(receipt),
        fields={"date": data.get("date", ""), "reason": data.get("reason", "")},
        wrong=wrong,
        rest=rest,
    )


route_handlers = [new_receipt, record_receipt, return_form, return_receipt]
