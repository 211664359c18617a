"""JSON routes of litigation: enter, update and remove it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import Trial, day_of
from solde.access.routing import route
from solde.customers.directory import Directory
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refused, refuse
from solde.kernel.versions import check_version
from solde.operations import store as operation_store

from .. import store
from ..actions import dispute
from ..model import KEPT, DisputeRequest, DisputeVerb, Kept, LitigationEvent
from ..rules import UNKNOWN_OPERATION
from .shapes import LitigationHistory, LitigationShape, event_shape, litigation_shape

LARGEST_NUMBER = 2**62
T = TypeVar("T")


class LitigationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an invoice is disputed, and why."""

    amount: Annotated[Decimal | None, Meta(description="All that is open unless given; on updating, what it was.")] = (
        None
    )
    reason_code: Annotated[
        str | UnsetType | None, Meta(description="Code of a reason; left out it stays as it was.")
    ] = UNSET
    reason: Annotated[str | UnsetType | None, Meta(description="Why, in words; left out it stays as it was.")] = UNSET
    owner: Annotated[str | UnsetType | None, Meta(description="Login or name; left out it stays as it was.")] = UNSET
    review_date: Annotated[
        date | UnsetType | None, Meta(description="When it is looked at again; left out it stays as it was.")
    ] = UNSET
    effective_date: date | None = None


class RemovalQuery(Trial, frozen=True, kw_only=True):
    """From when a litigation is no more, and why."""

    effective_date: Annotated[str | None, Meta(extra_json_schema={"format": "date"})] = None
    reason: str | None = None


_BODY = msgspec.json.Decoder(LitigationBody)


@route(
    "GET", "/accounts/{account}/operations/{number}/litigation", tag="Litigation", gives=LitigationHistory, problems=(404,)
)  # fmt: skip
@needs_feature("litigation")
async def read_litigation(ask: Ask) -> Answer:
    """Tell what was recorded of the litigation of an invoice, oldest first; none where it never was in litigation.

    The ETag is the number of the newest event, `"0"` without one; a change names it as If-Match.
    """
    directory: Directory = ask.state.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    number = operation_number(ask.path("number"))
    async with ask.pool.connection() as conn:
        events = await store.list_events(conn, account.account_id, [number])
    newest = _newest(events)
    return ok(LitigationHistory([event_shape(one) for one in events], newest), etag=f'"{newest}"')


def _newest(events: Sequence[LitigationEvent]) -> int:
    return max((one.event_number for one in events), default=0)


@route(
    "PUT",
    "/accounts/{account}/operations/{number}/litigation",
    permission=Permission.LITIGATION,
    tag="Litigation",
    query=Trial,
    body=LitigationBody,
    gives=LitigationShape,
    versioned=True,
    problems=(403, 404, 409),
    example={
        "amount": "40.00",
        "reason_code": "PRICE",
        "reason": "the old tariff was invoiced",
        "owner": "anna",
        "review_date": "2026-06-01",
    },
)
@needs_feature("litigation")
async def put_litigation(ask: Ask) -> Answer:
    """Put an invoice, or a part of it, in litigation, or update the litigation it is in.

    Disputed amounts leave matching and the dunning balance at once; they stay in the default balance. On entering, a
    reason code or a reason is needed; an update leaves as it was what it does not name. If-Match names the newest event,
    `"0"` where there is none yet.
    """
    body = await ask.body(_BODY)
    return await _dispute(ask, None, body, dry_run=ask.query(Trial).dry_run)


@route(
    "DELETE",
    "/accounts/{account}/operations/{number}/litigation",
    permission=Permission.LITIGATION,
    tag="Litigation",
    query=RemovalQuery,
    gives=LitigationShape,
    versioned=True,
    problems=(403, 404, 409),
)
@needs_feature("litigation")
async def remove_litigation(ask: Ask) -> Answer:
    """Remove the litigation of an invoice."""
    asked = ask.query(RemovalQuery)
    body = LitigationBody(reason=asked.reason, effective_date=day_of(asked.effective_date, "effective_date"))
    return await _dispute(ask, DisputeVerb.REMOVE, body, dry_run=asked.dry_run)


async def _dispute(ask: Ask, verb: DisputeVerb | None, body: LitigationBody, *, dry_run: bool) -> Answer:
    directory: Directory = ask.state.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    number, version = operation_number(ask.path("number")), ask.version()

    async def work(conn: Connection) -> Answer:
        await operation_store.lock_accounts(conn, [account.account_id])
        newest = _newest(await store.list_events(conn, account.account_id, [number]))
        check_version(version, newest, f"the litigation of operation {number}")
        chosen = verb or await _verb(conn, account.account_id, number)
        request = DisputeRequest(
            account.account_id,
            number,
            chosen,
            ask.actor,
            body.amount,
            body.effective_date,
            _or_kept(body.reason),
            _or_kept(body.owner),
            _or_kept(body.review_date),
            _or_kept(body.reason_code),
        )
        (made,) = await dispute(conn, [request], today=ask.today(account.time_zone))
        if isinstance(made, tuple):
            raise Refused(made)
        shown = litigation_shape(made, dry_run=dry_run)
        return ok(shown, etag=f'"{shown.event}"')

    return await ask.change(work, dry_run=dry_run)


def _or_kept(value: T | UnsetType) -> T | Kept:
    return KEPT if isinstance(value, UnsetType) else value


async def _verb(conn: Connection, account_id: int, number: int) -> DisputeVerb:
    """Update a litigation that there is, otherwise enter one."""
    items = await operation_store.open_items_of(conn, [(account_id, number)])
    item = items.get((account_id, number))
    return DisputeVerb.UPDATE if item is not None and item.disputed > 0 else DisputeVerb.ENTER


def operation_number(text: str) -> int:
    """An operation number in an address; refuses unknown_operation."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
        raise Refused(refuse(UNKNOWN_OPERATION, f"{text!r} is no operation number"))
    return int(text)


route_handlers: list[HTTPRouteHandler] = [read_litigation, put_litigation, remove_litigation]
__all__ = ["operation_number", "route_handlers"]
