"""Record money that names no account, and send back what is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
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
from ..acting import Done, act_once
from ..i18n import t
from ..reading import reading
from ..refused import by_field
from ..render import page
from ..visitors import Visitor
from .actions.typed import Given, Typed
from .receipts import LARGEST, shown_receipt

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/payments/receipts/new", name="new_receipt", include_in_schema=False)
async def new_receipt(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form that records money of nobody."""
    visitor.require(Permission.PAYMENTS)
    return await _record_dialog(request, visitor, {})


@post("/payments/receipts/new", status_code=303, include_in_schema=False, everywhere=False)
async def record_receipt(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Response[str] | Redirect:
    """Record it."""
    visitor.require(Permission.PAYMENTS)
    try:
        return await act_once(request, visitor, data, lambda conn: _recorded(request, visitor, conn, data))
    except Refused as refused:
        return await _record_dialog(request, visitor, data, refused)


async def _recorded(request: Request[Any, Any, State], visitor: Visitor, conn: Connection, data: Form) -> Done:
    state, typed = request.app.state, Typed(Given(data.items()))
    seller = await _seller(conn, visitor, data.get("seller"))
    methods = [one.code for one in await list_payment_methods(conn)]
    amount = typed.amount("amount")
    today = today_in(seller.time_zone, state.clock())
    on = typed.day("date", today)
    method = typed.among("method", methods, NO_METHOD, needed=True)
    currency = (typed.text("currency", needed=True) or "").upper()
    reference, payer = typed.text("reference"), typed.text("payer_text")
    if typed.refusals or amount is None or on is None or method is None:
        raise Refused(typed.refusals)
    wish = ReceiptRequest(
        seller.seller_id, currency, amount, on, visitor.actor, method, _one_line(reference), _one_line(payer)
    )
    (made,) = await record_unidentified(conn, [wish], await state.types.get(), today=today)
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


async def _record_dialog(
    request: Request[Any, Any, State], visitor: Visitor, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    async with reading(request) as conn:
        seller = await _seller(conn, visitor, data.get("seller"))
        sellers = [one for one in await list_sellers(conn) if visitor.seller_id in {None, one.seller_id}]
        methods = await list_payment_methods(conn)
    today = today_in(seller.time_zone, request.app.state.clock())
    fields = {
        "seller": seller.code, "amount": "", "currency": seller.currency, "date": today.isoformat(),
        "method": "WIRETRANSFER", "reference": "", "payer_text": "",
    }  # fmt: skip
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page(
        "payments/record.html",
        request,
        visitor=visitor,
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


@get("/payments/receipts/{number:int}/return", name="return_receipt", include_in_schema=False)
async def return_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """Ask why the rest is sent back."""
    visitor.require(Permission.REFUNDS)
    return await _return_dialog(request, visitor, number, {})


@post("/payments/receipts/{number:int}/return", status_code=303, include_in_schema=False, everywhere=False)
async def return_receipt(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int], data: Form
) -> Response[str] | Redirect:
    """Send the rest back."""
    visitor.require(Permission.REFUNDS)
    try:
        return await act_once(request, visitor, data, lambda conn: _returned(request, visitor, conn, number, data))
    except Refused as refused:
        return await _return_dialog(request, visitor, number, data, refused)


async def _returned(
    request: Request[Any, Any, State], visitor: Visitor, conn: Connection, number: int, data: Form
) -> Done:
    receipt = await get_receipt(conn, min(number, LARGEST), visitor.seller_id)
    typed = Typed(Given(data.items()))
    on, reason = typed.day("date"), typed.text("reason") or ""
    if typed.refusals:
        raise Refused(typed.refusals)
    seller = next(one for one in await list_sellers(conn) if one.seller_id == receipt.seller_id)
    today = today_in(seller.time_zone, request.app.state.clock())
    wish = ReturnRequest(receipt.receipt_id, visitor.actor, reason, on)
    (made,) = await return_receipts(conn, [wish], today=today)
    if isinstance(made, tuple):
        raise Refused(made)
    said = t("{amount} sent back", amount=f"{formats.money(receipt.rest, receipt.currency)} {receipt.currency}")
    return Done(f"/payments/receipts/{receipt.receipt_id}", said)


async def _return_dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    number: int,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), visitor.seller_id)
    wrong, rest = by_field(refused.refusals, {"date", "reason"}) if refused else ({}, [])
    return page(
        "payments/return.html",
        request,
        visitor=visitor,
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
