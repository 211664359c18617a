"""JSON routes of balance adjustments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, encode, ok
from solde.access.reading import DryRun, Paged
from solde.access.routing import route
from solde.approvals import Executed, Proposal
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.money import ZERO
from solde.kernel.paging import check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import FORBIDDEN, Refused, refuse

from . import rules, store
from .card_adjustments import ask_gateway
from .executors import content_of
from .model import LEDGER_TYPES, AdjustmentRequest, AdjustmentType
from .options import card_subjects, options_of
from .shapes import AdjustmentShape, OptionList, adjustment_shape, option_shape, standing_shape


class AdjustmentList(msgspec.Struct, frozen=True):
    """A page of adjustments, newest first."""

    items: list[AdjustmentShape]
    next: str | None


class Comments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of an adjustment."""

    visible: Annotated[str | None, Meta(description="The customer sees it.")] = None
    internal: Annotated[str | None, Meta(description="Only the staff sees it.")] = None


class AdjustmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One transaction of the wizard."""

    type: Annotated[str, Meta(extra_json_schema={"enum": [kind.value for kind in AdjustmentType]})]
    amount: Annotated[Decimal | None, Meta(description="Gross; the tax of the service is contained in it.")] = None
    service: Annotated[str | None, Meta(description="Code of a service; for charges and credits.")] = None
    method: Annotated[
        str | None, Meta(description="Code of a payment method: CASH unless given; a refund goes back as it came.")
    ] = None
    transaction_id: Annotated[int | None, Meta(description="Number of a card transaction.")] = None
    card: Annotated[int | None, Meta(description="Number of a stored card; the default one unless given.")] = None
    comments: Comments = Comments()
    reference: Annotated[str | None, Meta(description="What a payment is called, such as a cheque's number.")] = None
    date: Annotated[date | None, Meta(description="Today, where the seller is, unless given.")] = None


_BODY = msgspec.json.Decoder(AdjustmentBody)


async def _account(ask: Ask) -> AccountRef:
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


@route(
    "POST", "/accounts/{account}/adjustments", location="/accounts/{account}/adjustments/{number}", permission=Permission.ADJUSTMENTS, tag="Adjustments", query=DryRun,
    keyed=True, status=201, body=AdjustmentBody, gives=AdjustmentShape, problems=(403, 404, 409),
    example={
        "type": "manual_credit", "amount": "5.00", "service": "CALLS",
        "comments": {"visible": "For the outage of March", "internal": "ticket 4711"},
    },
)  # fmt: skip
@needs_feature("adjustments")
async def post_adjustment(ask: Ask) -> Answer:
    """Adjust the balance of an account by one of ten transactions.

    Charges and credits become unbilled items; payments and refunds are operations. 202 where the caller's role needs a
    second person.
    """
    account, body = await _account(ask), await ask.body(_BODY)
    request, dry_run = _request(ask, account, body), ask.query(DryRun).dry_run
    check_permission(request.type, ask.caller.permissions)
    by_card = request.type not in LEDGER_TYPES
    if by_card:
        await ask.services.features.check("card_payments")

    async def work(conn: Connection) -> Answer:
        return await _submit(ask, conn, account, request, dry_run=dry_run)

    answer = await ask.act(work, account_id=account.account_id, dry_run=dry_run)
    if not by_card or dry_run or answer.status != 201:
        return answer
    return await _after_the_gateway(ask, account, answer)


async def _after_the_gateway(ask: Ask, account: AccountRef, answer: Answer) -> Answer:
    """The intent is committed: ask the gateway, and answer with what came of it, also to a repeated request."""
    written = _WRITTEN.decode(answer.body)
    key, services = account.account_id, ask.services
    await ask_gateway(services.gateway, ask.pool, key, written.transaction_id, clock=services.clock)
    async with ask.pool.connection() as conn:
        found = await store.find_adjustment(conn, key, written.number)
    assert found is not None, "just written"
    headers = [one for one in answer.headers if one[0] not in (b"content-type", b"content-length")]
    return Answer(encode(adjustment_shape(found, account.code)), answer.status, tuple(headers))


class _Written(msgspec.Struct, frozen=True):
    """What is needed of an answer to ask the gateway."""

    number: int
    transaction_id: int


_WRITTEN = msgspec.json.Decoder(_Written)


def _request(ask: Ask, account: AccountRef, body: AdjustmentBody) -> AdjustmentRequest:
    return AdjustmentRequest(
        account.account_id, type_of(body.type), ask.actor, body.amount, body.service, body.method,
        body.transaction_id, body.card, body.comments.visible, body.comments.internal, body.date,
        reference=body.reference,
    )  # fmt: skip


def type_of(text: str) -> AdjustmentType:
    """A type by its name, however its letters and words are written; refuses unknown_adjustment_type."""
    name = text.strip().lower().replace("-", "").replace(" ", "_")
    found = next((kind for kind in AdjustmentType if kind.value == name), None)
    if found is None:
        known = ", ".join(kind.value for kind in AdjustmentType)
        raise Refused(refuse(rules.UNKNOWN_TYPE, "{text!r} is none of {known}", text=text, known=known, field="type"))
    return found


def check_permission(kind: AdjustmentType, permissions: frozenset[Permission]) -> None:
    """Refuses forbidden where a role lacks what the transaction needs."""
    if (missing := rules.missing_permission(kind, permissions)) is not None:
        raise Refused(refuse(FORBIDDEN, "the permission {missing} is missing", missing=missing))


async def _submit(
    ask: Ask, conn: Connection, account: AccountRef, request: AdjustmentRequest, *, dry_run: bool
) -> Answer:
    """Carry it out, or keep it for a second person; what waits was tried before."""
    approvals = ask.services.approvals
    now, today = ask.now(), ask.today(account.time_zone)
    amount = await amount_of(conn, request, now)
    request = settled(request, amount)
    kind, content = request.type.kind, content_of(request)
    proposal = Proposal(
        kind, account.account_id, amount, account.currency, content, ask.actor, ask.caller.role,
        request.internal,
    )  # fmt: skip
    done = await approvals.submit(conn, proposal, now=now, today=today)
    if isinstance(done, Executed):
        answer = done.answer
        assert isinstance(answer, AdjustmentShape)
        return ok(msgspec.structs.replace(answer, dry_run=dry_run or UNSET), 201)
    await approvals.rehearse(conn, kind, content, actor=ask.actor, role=ask.caller.role, now=now, today=today)
    return answer_waiting(done, dry_run=dry_run)


async def amount_of(conn: Connection, request: AdjustmentRequest, now: datetime) -> Decimal:
    """How much it is about: of a card transaction all there is, unless said; refuses what names no such."""
    if request.amount is not None or request.transaction is None:
        return request.amount or ZERO
    found = rules.subjects(request.type, await card_subjects(conn, request.account_id), now)
    return next((most for one, most in found if one.number == request.transaction), ONE)


def settled(request: AdjustmentRequest, amount: Decimal) -> AdjustmentRequest:
    """The request with its amount said, so that what a second person approves is exact; a void has none."""
    return request if request.type is AdjustmentType.VOID else replace(request, amount=amount)


ONE = Decimal(1)
"""Of a card transaction that nothing can be done to: it is refused with the reason when it is tried."""


@route("GET", "/accounts/{account}/adjustments", tag="Adjustments", query=Paged, gives=AdjustmentList, problems=(404,))
@needs_feature("adjustments")
async def list_account_adjustments(ask: Ask) -> Answer:
    """List the adjustments of an account, newest first."""
    account, asked = await _account(ask), ask.query(Paged)
    size = check_limit(asked.limit)
    before = store.LARGEST_NUMBER if asked.cursor is None else int(decode_cursor(asked.cursor, 1)[0] or 0)
    async with ask.pool.connection() as conn:
        found = await store.list_adjustments(conn, account.account_id, before=before, limit=size + 1)
    following = encode_cursor([found[size - 1].number]) if len(found) > size else None
    return ok(AdjustmentList([adjustment_shape(one, account.code) for one in found[:size]], following))


@route("GET", "/accounts/{account}/adjustments/{number}", tag="Adjustments", gives=AdjustmentShape, problems=(404,))
@needs_feature("adjustments")
async def get_adjustment(ask: Ask) -> Answer:
    """Read an adjustment."""
    account, text = await _account(ask), ask.path("number")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    async with ask.pool.connection() as conn:
        found = await store.find_adjustment(conn, account.account_id, number)
    if found is None:
        raise Refused(refuse(rules.UNKNOWN_ADJUSTMENT, "the account has no adjustment {text}", text=text))
    return ok(adjustment_shape(found, account.code))


@route("GET", "/accounts/{account}/adjustments:options", tag="Adjustments", gives=OptionList, problems=(404,))
@needs_feature("adjustments")
async def list_options(ask: Ask) -> Answer:
    """Tell how the account stands, which transactions can run now, and why the others cannot."""
    account = await _account(ask)
    async with ask.pool.connection() as conn, conn.transaction():
        standing = (await store.standings_of(conn, [account.account_id]))[account.account_id]
        cards_on = await ask.services.features.is_on("card_payments")
        options = await options_of(conn, standing, ask.caller.permissions, cards_on=cards_on, now=ask.now())
    return ok(OptionList(standing_shape(standing), [option_shape(one) for one in options]))


route_handlers: list[HTTPRouteHandler] = [
    post_adjustment,
    list_account_adjustments,
    list_options,
    get_adjustment,
]
__all__ = ["check_permission", "route_handlers", "type_of"]
