"""JSON routes that move security deposits."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import Trial
from solde.access.routing import route
from solde.customers import AccountRef
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refusal, Refused
from solde.matching.api import numbers_of
from solde.operations import TypeCatalogue
from solde.payments import Allocate
from solde.payments.api.proposing import find_item, propose

from .. import rules
from ..actions import cancel_deposits, request_deposits
from ..executors import EXECUTORS
from ..lists import get_deposit
from ..model import CancelRequest, DepositRequest, FundingRejection, FundRequest, GiveBackRequest, PayRequest
from ..moving import fund_deposits
from ..rejecting import reject_fundings
from ..shapes import DepositEffectShape, deposit_effect_shape
from .reading import place_of
from .settings import FEATURE, TAG

Today = Annotated[datetime.date | None, Meta(description="Today, where the seller is, unless given.")]
Reason = Annotated[str, Meta(description="Why; kept in the audit trail.")]
Amount = Annotated[Decimal, Meta(examples=["100.00"])]
Request = Callable[[AccountRef, int], Any]
Action = Callable[..., Awaitable[Sequence[Any]]]


class RequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deposit to ask for."""

    template: Annotated[str, Meta(description="Code of an active template in the account's currency.")]
    amount: Amount
    name: Annotated[str | None, Meta(description="The template's code and a number unless given.")] = None
    valid_until: Annotated[datetime.date | None, Meta(description="Its last day; by the template unless given.")] = None
    date: Today = None
    reason: str | None = None


class FundBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money that came for a deposit."""

    amount: Amount
    method: Annotated[str, Meta(description="Code of a payment method.", examples=["WIRETRANSFER"])]
    rest_to: Annotated[
        Literal["oldest", "none"],
        Meta(description="What more than the deposit asks for pays: the `oldest` due first, or `none`."),
    ] = "oldest"
    date: Today = None
    reference: str | None = None
    reason: str | None = None


class PayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A debit to pay with a deposit."""

    operation: Annotated[int | str, Meta(description="Number of the debit.")]
    amount: Annotated[Decimal | None, Meta(description="As much as both allow unless given.")] = None
    date: Today = None
    reason: str | None = None


class RefundBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a deposit to give back, and how."""

    amount: Annotated[Decimal | None, Meta(description="All that is held unless given.")] = None
    method: Annotated[str | None, Meta(description="Code of a payment method; the way it came unless given.")] = None
    date: Today = None
    reference: str | None = None
    reason: str | None = None


class CancelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a deposit is asked for no more."""

    reason: Reason
    date: Today = None


class RejectBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payment for a deposit the bank gave back, and why."""

    payment: Annotated[int | str, Meta(description="Number of the payment, as the deposit's history shows it.")]
    reason: Reason
    date: Today = None
    reference: str | None = None


_REQUEST = msgspec.json.Decoder(RequestBody)
_FUND = msgspec.json.Decoder(FundBody)
_PAY = msgspec.json.Decoder(PayBody)
_REFUND = msgspec.json.Decoder(RefundBody)
_CANCEL = msgspec.json.Decoder(CancelBody)
_REJECT = msgspec.json.Decoder(RejectBody)
PLACE = "/accounts/{account}/security-deposits"


@route(
    "POST", PLACE, location=PLACE + "/{deposit}", permission=Permission.DEPOSITS, tag=TAG, query=Trial, keyed=True, status=201, body=RequestBody,
    gives=DepositEffectShape, problems=(403, 404, 409), example={"template": "STANDARD", "amount": "100.00"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_security_deposit(ask: Ask) -> Answer:
    """Ask an account for a security deposit: INV_SD, apart from the default balance."""
    body = await ask.body(_REQUEST)
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    request = DepositRequest(
        account.account_id, body.template.replace("\0", ""), body.amount, ask.actor, body.name, body.valid_until,
        body.date, body.reason, ask.caller.posts_late,
    )  # fmt: skip
    return await _act(ask, account, request_deposits, request)


@route(
    "POST", PLACE + "/{number}/fund", permission=Permission.DEPOSITS, tag=TAG, query=Trial, keyed=True, status=201,
    body=FundBody, gives=DepositEffectShape, problems=(403, 404, 409),
    example={"amount": "100.00", "method": "WIRETRANSFER", "reference": "TRANSFER-88"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_funding(ask: Ask) -> Answer:
    """Register money that came for a deposit, whole or in parts.

    The payment is kept out of the default balance and matched with the request; CRD_SD stands open: the money held.
    What came beyond what is asked is an ordinary payment.
    """
    (account, number), body = await place_of(ask), await ask.body(_FUND)
    request = FundRequest(
        account.account_id, number, body.amount, ask.actor, body.method, Allocate(body.rest_to), body.date,
        body.reference, body.reason, ask.caller.posts_late,
    )  # fmt: skip
    return await _act(ask, account, fund_deposits, request)


@route(
    "POST", PLACE + "/{number}/pay", permission=Permission.DEPOSITS, tag=TAG, query=Trial, keyed=True, status=201,
    body=PayBody, gives=DepositEffectShape, problems=(403, 404, 409), example={"operation": 4, "amount": "80.00"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_payment(ask: Ask) -> Answer:
    """Pay an invoice, or another debit, with money that a deposit holds.

    Never more than is held or available. 202 where the caller's role needs a second person.
    """
    (account, number), body = await place_of(ask), await ask.body(_PAY)
    (operation,) = numbers_of(account, [body.operation], "operation")
    dry_run, catalogue = ask.query(Trial).dry_run, _types(ask)

    async def work(conn: Connection) -> Answer:
        deposit = await get_deposit(conn, account.account_id, number)
        item = await find_item(conn, account, operation)
        amount = rules.amount_to_pay(deposit, operation, item, body.amount, (await catalogue.get()).deposit_ids)
        if isinstance(amount, Refusal):
            raise Refused(amount)
        request = PayRequest(account.account_id, number, operation, ask.actor, amount, body.date, body.reason)
        return await propose(
            ask, conn, "deposit_payment", account, amount, request, dry_run=dry_run, executors=EXECUTORS
        )

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", PLACE + "/{number}/refund", permission=Permission.REFUNDS, tag=TAG, query=Trial, keyed=True, status=201,
    body=RefundBody, gives=DepositEffectShape, problems=(403, 404, 409),
    example={"amount": "20.00", "method": "WIRETRANSFER", "reason": "the contract ended"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_refund(ask: Ask) -> Answer:
    """Give a deposit back, whole or in part; what of the request was not paid is cancelled.

    202 where the caller's role needs a second person.
    """
    (account, number), body = await place_of(ask), await ask.body(_REFUND)
    dry_run = ask.query(Trial).dry_run

    async def work(conn: Connection) -> Answer:
        deposit = await get_deposit(conn, account.account_id, number)
        amount = rules.amount_to_give(deposit, body.amount)
        if isinstance(amount, Refusal):
            raise Refused(amount)
        request = GiveBackRequest(
            account.account_id, number, ask.actor, amount, body.method, body.date, body.reference, body.reason
        )
        return await propose(
            ask, conn, "deposit_refund", account, amount, request, dry_run=dry_run, executors=EXECUTORS
        )

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST", PLACE + "/{number}/cancel", permission=Permission.DEPOSITS, tag=TAG, query=Trial, keyed=True, status=201,
    body=CancelBody, gives=DepositEffectShape, problems=(403, 404, 409), example={"reason": "not needed any more"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_cancellation(ask: Ask) -> Answer:
    """Take back the request of a deposit nobody paid."""
    (account, number), body = await place_of(ask), await ask.body(_CANCEL)
    request = CancelRequest(account.account_id, number, ask.actor, body.reason, body.date, ask.caller.posts_late)
    return await _act(ask, account, cancel_deposits, request)


@route(
    "POST", PLACE + "/{number}/reject-funding", permission=Permission.DEPOSITS, tag=TAG, query=Trial, keyed=True,
    status=201, body=RejectBody, gives=DepositEffectShape, problems=(403, 404, 409),
    example={"payment": 2, "reason": "insufficient funds", "reference": "R-4711"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_rejection(ask: Ask) -> Answer:
    """Book that the bank gave a payment for a deposit back: the request is open again by as much.

    Only where so much is held still.
    """
    (account, number), body = await place_of(ask), await ask.body(_REJECT)
    (payment,) = numbers_of(account, [body.payment], "payment")
    request = FundingRejection(
        account.account_id, number, payment, ask.actor, body.reason, body.date, body.reference, ask.caller.posts_late
    )
    return await _act(ask, account, reject_fundings, request)


async def _act(ask: Ask, account: AccountRef, action: Action, request: object) -> Answer:
    """Carry out what needs no second person."""
    types, dry_run = await _types(ask).get(), ask.query(Trial).dry_run

    async def work(conn: Connection) -> Answer:
        (done,) = await action(conn, [request], types, today=ask.today(account.time_zone))
        if isinstance(done, tuple):
            raise Refused(done)
        return ok(deposit_effect_shape(done, account.code, dry_run=dry_run), 201)

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


def _types(ask: Ask) -> TypeCatalogue:
    return ask.services.types


route_handlers: list[HTTPRouteHandler] = [
    post_security_deposit,
    post_deposit_funding,
    post_deposit_payment,
    post_deposit_refund,
    post_deposit_cancellation,
    post_deposit_rejection,
]
__all__ = ["route_handlers"]
