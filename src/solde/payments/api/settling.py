"""JSON routes of refunds, rejections, write-offs, credit notes and transfers."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask
from solde.access.reading import Trial
from solde.access.routing import route
from solde.customers import AccountRef
from solde.customers.directory import Directory
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refused
from solde.litigation.api import operation_number
from solde.matching.api import numbers_of
from solde.operations import Side

from ..credit_model import CreditNoteRequest
from ..credit_parts import wished_amount
from ..model import RefundRequest, TakeBackRequest, TransferRequest, WriteOffRequest
from ..shapes import EffectShape
from .proposing import available_of, creditable_of, find_item, propose

AmountOrAll = Annotated[Decimal | None, Meta(description="All that is available unless given.", examples=["40.00"])]
Reason = Annotated[str, Meta(description="Why; kept in the audit trail.")]
Today = Annotated[datetime.date | None, Meta(description="Today, where the seller is, unless given.")]


class RefundBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money to give back, of which credit."""

    credit: Annotated[int | str, Meta(description="Number of the credit: a payment or a credit note.")]
    amount: AmountOrAll = None
    method: Annotated[
        str | None, Meta(description="Payment method by which it goes back; the way it came unless given.")
    ] = None
    type: Annotated[str | None, Meta(description="Code of a refund type, in place of the method's.")] = None
    date: Today = None
    reference: str | None = None
    comment: str | None = None
    reason: str | None = None


class WriteOffBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a debit to give up, and why."""

    reason: Reason
    amount: AmountOrAll = None
    date: Today = None
    comment: str | None = None


class CreditNoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of an invoice to credit, and why."""

    reason: Reason
    amount: Annotated[
        Decimal | None, Meta(description="All that may still be credited unless given.", examples=["40.00"])
    ] = None
    net: Annotated[
        Decimal | None, Meta(description="What of it is net; the invoice's proportion unless net or tax is given.")
    ] = None
    tax: Annotated[Decimal | None, Meta(description="What of it is tax.")] = None
    date: Today = None
    reference: Annotated[str | None, Meta(description="Number of the credit note as a document.")] = None
    comment: str | None = None


class TransferBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of an operation to bring to which account, and why."""

    to: Annotated[str, Meta(description="Code of the other account.", examples=["EX-002"])]
    reason: Reason
    amount: AmountOrAll = None
    date: Today = None
    comment: str | None = None


class TakeBackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is taken back, and from which day."""

    reason: Reason
    date: Today = None
    reference: str | None = None


_REFUND = msgspec.json.Decoder(RefundBody)
_WRITE_OFF = msgspec.json.Decoder(WriteOffBody)
_CREDIT_NOTE = msgspec.json.Decoder(CreditNoteBody)
_TRANSFER = msgspec.json.Decoder(TransferBody)
_TAKE_BACK = msgspec.json.Decoder(TakeBackBody)


async def account_of(ask: Ask) -> AccountRef:
    """The account of the address; refuses unknown_account."""
    directory: Directory = ask.state.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


@route(
    "POST", "/accounts/{account}/refunds", permission=Permission.REFUNDS, tag="Payments", query=Trial, keyed=True,
    status=201, body=RefundBody, gives=EffectShape, problems=(403, 404, 409),
    example={"credit": 7, "amount": "40.00", "method": "WIRETRANSFER", "reason": "paid twice"},
)  # fmt: skip
async def post_refund(ask: Ask) -> Answer:
    """Refund a credit, up to what is unallocated of it.

    Posts a refund and matches it with the credit. 202 where the caller's role needs a second person.
    """
    account, body = await account_of(ask), await ask.body(_REFUND)
    (number,) = numbers_of(account, [body.credit], "credit")

    async def work(conn: Connection) -> Answer:
        amount = body.amount
        if amount is None:
            amount = await available_of(ask, conn, account, number, Side.CREDIT)
        request = RefundRequest(
            account.account_id, number, ask.actor, amount, body.method, body.type, body.date, body.reference,
            body.comment, body.reason,
        )  # fmt: skip
        return await propose(ask, conn, "refund", account, amount, request, dry_run=dry_run)

    dry_run = ask.query(Trial).dry_run
    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", "/accounts/{account}/operations/{number}/rejection", permission=Permission.PAYMENTS, tag="Payments",
    query=Trial, keyed=True, status=201, body=TakeBackBody, gives=EffectShape, problems=(403, 404, 409),
    example={"reason": "insufficient funds", "date": "2026-04-08", "reference": "R-4711"},
)  # fmt: skip
async def post_rejection(ask: Ask) -> Answer:
    """Book that the bank gave a payment, or a refund, back.

    Reverses what it paid, posts a rejection and matches it with the payment. Whole or not at all, and once.
    """
    return await _take_back(ask, "rejection")


@route(
    "POST", "/accounts/{account}/operations/{number}/write-off", permission=Permission.WRITE_OFFS, tag="Payments",
    query=Trial, keyed=True, status=201, body=WriteOffBody, gives=EffectShape, problems=(403, 404, 409),
    example={"reason": "company dissolved", "amount": "40.00"},
)  # fmt: skip
@needs_feature("write_offs")
async def post_write_off(ask: Ask) -> Answer:
    """Write a debit off, whole or part.

    202 where the caller's role needs a second person.
    """
    account, body, number = await account_of(ask), await ask.body(_WRITE_OFF), operation_number(ask.path("number"))

    async def work(conn: Connection) -> Answer:
        amount = body.amount
        if amount is None:
            amount = await available_of(ask, conn, account, number, Side.DEBIT)
        request = WriteOffRequest(account.account_id, number, ask.actor, body.reason, amount, body.date, body.comment)
        return await propose(ask, conn, "write_off", account, amount, request, dry_run=dry_run)

    dry_run = ask.query(Trial).dry_run
    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", "/accounts/{account}/operations/{number}/write-off/reversal", permission=Permission.WRITE_OFFS,
    tag="Payments", query=Trial, keyed=True, status=201, body=TakeBackBody, gives=EffectShape,
    problems=(403, 404, 409), example={"reason": "paid after all"},
)  # fmt: skip
@needs_feature("write_offs")
async def post_write_off_reversal(ask: Ask) -> Answer:
    """Take a write-off back; `number` is the write-off itself. What it gave up is open again."""
    return await _take_back(ask, "write_off_reversal")


@route(
    "POST", "/accounts/{account}/operations/{number}/credit-note", permission=Permission.CREDIT_NOTES,
    tag="Payments", query=Trial, keyed=True, status=201, body=CreditNoteBody, gives=EffectShape,
    problems=(403, 404, 409), example={"reason": "wrong price", "amount": "40.00", "reference": "CN-2026-7"},
)  # fmt: skip
@needs_feature("credit_notes")
async def post_credit_note(ask: Ask) -> Answer:
    """Credit an invoice, whole or part.

    The credit note settles what of the invoice is open; the rest stays unallocated and may be refunded. It takes tax back
    in the invoice's proportion, the last one what is left, unless `net` or `tax` is given. What is in litigation is not credited. 202 where the caller's role needs a second person.
    """
    account, body, number = await account_of(ask), await ask.body(_CREDIT_NOTE), operation_number(ask.path("number"))

    async def work(conn: Connection) -> Answer:
        wished = wished_amount(body.amount, body.net, body.tax)
        amount = await creditable_of(ask, conn, account, number, wished)
        request = CreditNoteRequest(
            account.account_id, number, ask.actor, body.reason, amount, body.date, body.reference, body.comment,
            net=body.net, tax=body.tax,
        )  # fmt: skip
        return await propose(ask, conn, "credit_note", account, amount, request, dry_run=dry_run)

    dry_run = ask.query(Trial).dry_run
    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", "/accounts/{account}/operations/{number}/credit-note/reversal", permission=Permission.CREDIT_NOTES,
    tag="Payments", query=Trial, keyed=True, status=201, body=TakeBackBody, gives=EffectShape,
    problems=(403, 404, 409), example={"reason": "the price was right"},
)  # fmt: skip
@needs_feature("credit_notes")
async def post_credit_note_reversal(ask: Ask) -> Answer:
    """Take a credit note back; `number` is the credit note itself. What it settled is open again."""
    return await _take_back(ask, "credit_note_reversal")


@route(
    "POST", "/accounts/{account}/operations/{number}/transfer", permission=Permission.TRANSFERS, tag="Payments",
    query=Trial, keyed=True, status=201, body=TransferBody, gives=EffectShape, problems=(403, 404, 409),
    example={"to": "EX-002", "reason": "paid to the wrong account", "amount": "40.00"},
)  # fmt: skip
async def post_transfer(ask: Ask) -> Answer:
    """Bring what is available of an operation, or a part, to another account of the same currency and seller.

    It is settled here and stands open there. 202 where the caller's role needs a second person.
    """
    account, body, number = await account_of(ask), await ask.body(_TRANSFER), operation_number(ask.path("number"))
    target = await _target(ask, body.to)

    async def work(conn: Connection) -> Answer:
        amount = body.amount
        if amount is None:
            amount = await available_of(ask, conn, account, number, None)
        request = TransferRequest(
            account.account_id, number, target.account_id, ask.actor, body.reason, amount, body.date, body.comment
        )
        return await propose(ask, conn, "transfer", account, amount, request, dry_run=dry_run)

    dry_run = ask.query(Trial).dry_run
    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


async def _target(ask: Ask, code: str) -> AccountRef:
    directory: Directory = ask.state.directory
    try:
        return await directory.get(code, ask.caller.seller)
    except Refused as refused:
        raise Refused(one.at(field="to") for one in refused.refusals) from None


async def _take_back(ask: Ask, kind: str) -> Answer:
    account, body, number = await account_of(ask), await ask.body(_TAKE_BACK), operation_number(ask.path("number"))
    dry_run = ask.query(Trial).dry_run

    async def work(conn: Connection) -> Answer:
        item = await find_item(conn, account, number)
        request = TakeBackRequest(account.account_id, number, ask.actor, body.reason, body.date, body.reference)
        return await propose(ask, conn, kind, account, item.amount, request, dry_run=dry_run)

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


route_handlers: list[HTTPRouteHandler] = [
    post_refund,
    post_rejection,
    post_write_off,
    post_write_off_reversal,
    post_credit_note,
    post_credit_note_reversal,
    post_transfer,
]
__all__ = ["account_of", "route_handlers"]
