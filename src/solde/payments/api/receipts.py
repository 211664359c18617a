"""JSON routes of unidentified receipts: record, list, assign, return, and whose they may be."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.customers import Seller, list_sellers
from solde.customers.rules.creation import UNKNOWN_SELLER
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.matching.api import numbers_of
from solde.operations.bodies import AmountIn

from .. import rules
from ..model import Allocate, AssignRequest, Receipt, ReceiptRequest, ReturnRequest
from ..receipts import (
    assignments_of,
    get_receipt,
    record_unidentified,
    return_receipts,
    suggest_accounts,
)
from ..shapes import AssignedShape, ReceiptShape, SuggestedShape, receipt_shape, suggested_shape
from ..store import LARGEST_ID
from .paying import amounts_of
from .proposing import propose


class ReceiptBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money that came in and names no account."""

    amount: AmountIn
    currency: Annotated[str, Meta(examples=["EUR"])]
    seller: Annotated[
        str | None, Meta(description="Whose bank account it came to; the caller's own, or the first, unless given.")
    ] = None
    date: Annotated[datetime.date | None, Meta(description="Today, where the seller is, unless given.")] = None
    method: Annotated[str, Meta(description="Code of a payment method.")] = "WIRETRANSFER"
    reference: str | None = None
    payer_text: Annotated[str | None, Meta(description="What the bank says of the payer.")] = None
    entry_key: Annotated[
        str | None, Meta(description="The sender's own name for it; sent twice it is recorded once.")
    ] = None


class AssignmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which account a receipt, or a part of it, belongs to, and what it pays there."""

    account: str
    amount: Annotated[Decimal | None, Meta(description="All that is left unless given.")] = None
    allocate_to: list[int | str] | Literal["oldest", "none"] = "oldest"
    amounts: Annotated[dict[str, Decimal], Meta(description="How much of a named debit it pays.")] = {}
    reason: str | None = None


class ReturnBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the rest of a receipt is sent back."""

    reason: str
    date: datetime.date | None = None


class SuggestedList(msgspec.Struct, frozen=True):
    """Accounts a receipt may belong to, best reason first."""

    items: list[SuggestedShape]
    next: str | None = None


_RECEIPT = msgspec.json.Decoder(ReceiptBody)
_ASSIGNMENT = msgspec.json.Decoder(AssignmentBody)
_RETURN = msgspec.json.Decoder(ReturnBody)
PLACE = "/unidentified-receipts"


@route(
    "POST", PLACE, location=PLACE + "/{id}", everywhere=False, permission=Permission.PAYMENTS, tag="Payments", query=DryRun, keyed=True, status=201,
    body=ReceiptBody, gives=ReceiptShape, problems=(403,),
    example={"amount": "250.00", "currency": "EUR", "reference": "INV 2026-17", "payer_text": "ACME SARL"},
)  # fmt: skip
async def post_receipt(ask: Ask) -> Answer:
    """Record money that names no account. It is in no balance until it is assigned."""
    body, dry_run = await ask.body(_RECEIPT), ask.query(DryRun).dry_run
    catalogue = ask.services.types
    types = await catalogue.get()

    async def work(conn: Connection) -> Answer:
        seller = await _seller(ask, conn, body.seller or ask.caller.seller)
        today = ask.today(seller.time_zone)
        request = ReceiptRequest(
            seller.seller_id, body.currency, body.amount, body.date or today, ask.actor,
            body.method, body.reference, body.payer_text, body.entry_key,
        )  # fmt: skip
        (made,) = await record_unidentified(conn, [request], types, today=today)
        if isinstance(made, tuple):
            raise Refused(made)
        return ok(receipt_shape(await get_receipt(conn, made.receipt_id), [], dry_run=dry_run), 201)

    return await ask.act(work, dry_run=dry_run)


@route("GET", PLACE + "/{id}", tag="Payments", gives=ReceiptShape, problems=(404,))
async def get_unidentified(ask: Ask) -> Answer:
    """Read a receipt, and where its parts went."""
    async with ask.pool.connection() as conn:
        receipt = await _receipt(ask, conn)
        return ok(receipt_shape(receipt, await assignments_of(conn, receipt.receipt_id)))


@route("GET", PLACE + "/{id}/suggestions", tag="Payments", gives=SuggestedList, problems=(404,))
async def list_suggested_accounts(ask: Ask) -> Answer:
    """List the accounts a receipt may belong to: by the invoices, codes and names in its texts."""
    async with ask.pool.connection() as conn:
        found = await suggest_accounts(conn, await _receipt(ask, conn))
    return ok(SuggestedList([suggested_shape(one) for one in found]))


@route(
    "POST", PLACE + "/{id}/assignments", everywhere=False, permission=Permission.PAYMENTS, tag="Payments", query=DryRun, keyed=True,
    status=201, body=AssignmentBody, gives=AssignedShape, problems=(403, 404, 409),
    example={"account": "EX-001", "amount": "250.00", "allocate_to": "oldest"},
)  # fmt: skip
async def post_assignment(ask: Ask) -> Answer:
    """Register a receipt, or a part of it, as a payment of an account, dated as the money came in.

    Never more than is left of it. 202 where the caller's role needs a second person.
    """
    body, dry_run = await ask.body(_ASSIGNMENT), ask.query(DryRun).dry_run
    directory = ask.services.directory
    account = await directory.get(body.account, ask.caller.seller)
    named = body.allocate_to
    pays = Allocate(named) if isinstance(named, str) else numbers_of(account, named, "allocate_to")
    amounts = amounts_of(account, body.amounts)

    async def work(conn: Connection) -> Answer:
        receipt = await _receipt(ask, conn)
        amount = receipt.rest if body.amount is None else body.amount
        if (bad := rules.check_assignment(receipt, receipt.rest, amount, account.seller_id)) is not None:
            raise Refused(bad)
        request = AssignRequest(receipt.receipt_id, account.account_id, ask.actor, amount, pays, amounts, body.reason)
        return await propose(ask, conn, "receipt_assignment", account, amount, request, dry_run=dry_run)

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", PLACE + "/{id}/return", everywhere=False, permission=Permission.REFUNDS, tag="Payments", query=DryRun, keyed=True,
    body=ReturnBody, gives=ReceiptShape, problems=(403, 404, 409), example={"reason": "sent to us by mistake"},
)  # fmt: skip
async def post_return(ask: Ask) -> Answer:
    """Send back what is left of a receipt; nothing of it is assigned afterwards."""
    body, dry_run = await ask.body(_RETURN), ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        receipt = await _receipt(ask, conn)
        seller = await _seller(ask, conn, receipt.seller)
        request = ReturnRequest(receipt.receipt_id, ask.actor, body.reason, body.date)
        (made,) = await return_receipts(conn, [request], today=ask.today(seller.time_zone))
        if isinstance(made, tuple):
            raise Refused(made)
        parts = await assignments_of(conn, receipt.receipt_id)
        return ok(receipt_shape(await get_receipt(conn, receipt.receipt_id), parts, dry_run=dry_run))

    return await ask.act(work, dry_run=dry_run)


def _storable(text: str | None) -> str | None:
    """A text to look for, without what no stored text holds."""
    return None if text is None else text.replace("\0", "\ufffd")


async def _seller_id(ask: Ask, code: str | None) -> int | None:
    directory = ask.services.directory
    return None if code is None else await directory.seller_id(code)


async def _seller(ask: Ask, conn: Connection, code: str | None) -> Seller:
    """The seller of a code, or the first one; refuses unknown_seller, also where the caller is not of it."""
    mine = [one for one in await list_sellers(conn) if ask.caller.seller in (None, one.code)]
    found = next((one for one in mine if code in (None, one.code)), None)
    if found is None:
        raise Refused(refuse(UNKNOWN_SELLER, "there is no seller {code!r}", code=code, field="seller"))
    return found


async def _receipt(ask: Ask, conn: Connection) -> Receipt:
    text = ask.path("id")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_ID:
        raise Refused(refuse(rules.UNKNOWN_RECEIPT, "{text!r} is no id of a receipt", text=text))
    return await get_receipt(conn, int(text), await _seller_id(ask, ask.caller.seller))


route_handlers: list[HTTPRouteHandler] = [
    post_receipt,
    get_unidentified,
    list_suggested_accounts,
    post_assignment,
    post_return,
]
__all__ = ["route_handlers"]
