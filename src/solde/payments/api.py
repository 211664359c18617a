"""JSON routes of payments."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, Money, ok
from solde.access.reading import Trial
from solde.access.routing import route
from solde.customers.directory import Directory
from solde.db import transaction
from solde.kernel.money import plain
from solde.kernel.refusals import Refused
from solde.matching.api import LineShape, numbers_of
from solde.matching.rules import lettering
from solde.operations import NewOperation, TypeCatalogue
from solde.operations.api import AmountIn

from .actions import Cashier, register
from .model import Allocate, PaymentRequest, Registered


class PaymentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment, and what it pays."""

    type: Annotated[str, Meta(description="Code of a payment type.", examples=["PAY_WIRE"])]
    amount: AmountIn
    date: Annotated[datetime.date | None, Meta(description="Today, where the seller is, unless given.")] = None
    collection_date: datetime.date | None = None
    currency: str | None = None
    reference: str | None = None
    description: str | None = None
    payment_method: str | None = None
    comment: str | None = None
    reason: str | None = None
    allocate_to: Annotated[
        list[int | str] | Literal["oldest", "none"],
        Meta(description="Numbers of the debits it pays, `oldest` due first, or `none`: left unallocated."),
    ] = "oldest"


class RegisteredShape(msgspec.Struct, frozen=True):
    """A registered payment, and the match it made, if any."""

    number: int
    account: str
    type: str
    amount: Money
    currency: str
    matched: Money
    unallocated: Money
    match: str | None
    lines: list[LineShape]
    dry_run: bool | UnsetType = UNSET


_BODY = msgspec.json.Decoder(PaymentBody)


@route(
    "POST",
    "/accounts/{account}/payments",
    permission=Permission.PAYMENTS,
    tag="Payments",
    query=Trial,
    keyed=True,
    status=201,
    body=PaymentBody,
    gives=RegisteredShape,
    problems=(403, 404, 409),
    example={
        "type": "PAY_WIRE",
        "amount": "120.00",
        "date": "2026-04-01",
        "reference": "TRANSFER-88",
        "allocate_to": "oldest",
    },
)
async def post_payment(ask: Ask) -> Answer:
    """Register a payment, and match it with what it pays.

    With the debits named, the oldest due first, or with none: then it stays unallocated.
    """
    directory: Directory = ask.state.directory
    catalogue: TypeCatalogue = ask.state.types
    account, body, dry_run = (
        await directory.get(ask.path("account"), ask.caller.seller),
        await ask.body(_BODY),
        ask.query(Trial).dry_run,
    )
    today = ask.today(account.time_zone)
    paid = NewOperation(
        account.account_id,
        body.type,
        body.amount,
        body.date or today,
        None,
        body.currency,
        collected_on=body.collection_date,
        reference=body.reference,
        description=body.description,
        payment_method=body.payment_method,
        comment=body.comment,
        source="payment",
    )
    named = body.allocate_to
    pays = Allocate(named) if isinstance(named, str) else numbers_of(account, named, "allocate_to")
    if dry_run:
        types = await catalogue.get([body.type])
        trial = PaymentRequest(paid, ask.actor, pays, body.reason)
        (answer,) = await transaction(ask.pool, lambda conn: register(conn, [trial], types, today=today), dry_run=True)
        if isinstance(answer, tuple):
            raise Refused(answer)
        return _answer(answer, body, account.code, account.currency, dry_run=True)
    cashier: Cashier = ask.state.cashier
    request = PaymentRequest(paid, ask.actor, pays, body.reason, ask.key(), await ask.fingerprint())
    return _answer(await cashier.register(request, today=today), body, account.code, account.currency, dry_run=False)


def _answer(made: Registered, body: PaymentBody, account: str, currency: str, *, dry_run: bool) -> Answer:
    matched = made.matched
    lines = (
        [] if matched is None else [LineShape(a.debit_number, a.credit_number, plain(a.amount)) for a in matched.lines]
    )
    paid = (
        sum((a.amount for a in matched.lines if a.credit_number == made.number), body.amount * 0)
        if matched
        else body.amount * 0
    )
    shape = RegisteredShape(
        made.number,
        account,
        body.type,
        plain(body.amount),
        currency,
        plain(paid),
        plain(body.amount - paid),
        None if matched is None else lettering(matched.group_number),
        lines,
        dry_run or UNSET,
    )
    headers = {"idempotency_replayed": "true"} if made.replayed else {}
    return ok(shape, 201, **headers)


route_handlers: list[HTTPRouteHandler] = [post_payment]
__all__ = ["route_handlers"]
