"""JSON route of payments: register one, and match it with what it pays."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.model import Role
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.customers import AccountRef
from solde.db import Connection, transaction
from solde.kernel.refusals import BAD_SHAPE, Refused, refuse
from solde.kernel.texts import say
from solde.matching.api import numbers_of
from solde.operations import NewOperation
from solde.operations.bodies import AmountIn

from .. import rules, store
from ..actions import register
from ..model import Allocate, PaymentRequest, Registered
from ..shapes import RegisteredShape, registered_shape
from .proposing import propose


class PaymentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment, and what it pays."""

    amount: AmountIn
    type: Annotated[
        str | None, Meta(description="Code of a payment type; that of the method unless given.", examples=["PAY_WIRE"])
    ] = None
    payment_method: Annotated[
        str | None, Meta(description="Code of a payment method; needed without a type.", examples=["WIRETRANSFER"])
    ] = None
    date: Annotated[datetime.date | None, Meta(description="Today, where the seller is, unless given.")] = None
    collection_date: datetime.date | None = None
    currency: str | None = None
    reference: str | None = None
    description: str | None = None
    comment: str | None = None
    reason: str | None = None
    allocate_to: Annotated[
        list[int | str] | Literal["oldest", "none"],
        Meta(description="Numbers of the debits it pays, `oldest` due first, or `none`: left unallocated."),
    ] = "oldest"
    amounts: Annotated[
        dict[str, Decimal], Meta(description="How much of a named debit it pays.", examples=[{"12": "40.00"}])
    ] = {}


_BODY = msgspec.json.Decoder(PaymentBody)


@route(
    "POST",
    "/accounts/{account}/payments",
    location="/accounts/{account}/operations/{number}",
    permission=Permission.PAYMENTS,
    tag="Payments",
    query=DryRun,
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

    With the debits named, the oldest due first, or with none: then it stays unallocated. 202 where the caller's role
    needs a second person.
    """
    directory = ask.services.directory
    account, body = await directory.get(ask.path("account"), ask.caller.seller), await ask.body(_BODY)
    dry_run = ask.query(DryRun).dry_run
    today = ask.today(account.time_zone)
    request = PaymentRequest(
        _operation(body, await _type(ask, body), account, body.date or today), ask.actor,
        _pays(account, body), body.reason, amounts=amounts_of(account, body.amounts), late=ask.caller.posts_late,
    )  # fmt: skip
    if dry_run:
        return await _try(ask, request, account, today)
    if ask.caller.role is not Role.PROGRAM:

        async def work(conn: Connection) -> Answer:
            return await propose(ask, conn, "payment", account, body.amount, request, dry_run=False)

        return await ask.act(work, account_id=account.account_id)
    # No limits are kept for programs: their payments are merged with those of others.
    cashier = ask.services.cashier
    made = await cashier.register(replace(request, key=ask.key(), fingerprint=await ask.fingerprint()), today=today)
    return _answer(made, request.payment, account, dry_run=False)


async def _try(ask: Ask, request: PaymentRequest, account: AccountRef, today: datetime.date) -> Answer:
    catalogue = ask.services.types
    types = await catalogue.get([request.payment.type_code])
    (made,) = await transaction(ask.pool, lambda conn: register(conn, [request], types, today=today), dry_run=True)
    if isinstance(made, tuple):
        raise Refused(made)
    return _answer(made, request.payment, account, dry_run=True)


def _answer(made: Registered, new: NewOperation, account: AccountRef, *, dry_run: bool) -> Answer:
    shape = registered_shape(made, new.type_code, new.amount, account.code, account.currency, dry_run=dry_run)
    return ok(shape, 201, **({"idempotency_replayed": "true"} if made.replayed else {}))


def _operation(body: PaymentBody, type_code: str, account: AccountRef, day: datetime.date) -> NewOperation:
    return NewOperation(
        account.account_id,
        type_code,
        body.amount,
        day,
        None,
        body.currency or account.currency,
        collected_on=body.collection_date,
        reference=body.reference,
        description=body.description,
        payment_method=body.payment_method,
        comment=body.comment,
        source="payment",
    )


async def _type(ask: Ask, body: PaymentBody) -> str:
    """The operation type of a payment: the named one, or that of its method.

    Refuses: bad_shape, payment_method_unknown.
    """
    if body.type is not None:
        return body.type
    if body.payment_method is None:
        raise Refused(refuse(BAD_SHAPE, "a payment needs its type, or its payment method", field="type"))
    async with ask.pool.connection() as conn:
        routes = await store.load_routes(conn)
    found = routes.payment_types.get(body.payment_method)
    if found is None:
        said = say("{payment_method!r} is no payment method", payment_method=body.payment_method)
        raise Refused(refuse(rules.NO_METHOD, said, field="payment_method"))
    return found


def _pays(account: AccountRef, body: PaymentBody) -> Allocate | tuple[int, ...]:
    named = body.allocate_to
    return Allocate(named) if isinstance(named, str) else numbers_of(account, named, "allocate_to")


def amounts_of(account: AccountRef, amounts: Mapping[str, Decimal]) -> dict[int, Decimal]:
    """Amounts by operation number; refuses foreign_account, bad_shape."""
    return dict(zip(numbers_of(account, list(amounts), "amounts"), amounts.values(), strict=True))


route_handlers: list[HTTPRouteHandler] = [post_payment]
__all__ = ["amounts_of", "route_handlers"]
