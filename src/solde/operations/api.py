"""JSON routes of operations: their types, posting one or many."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import LARGEST_BULK, route
from solde.approvals import Waiting
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.customers.directory import find_billing_accounts
from solde.db import Connection, transaction
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refusal, Refused, declare, refuse

from .actions import post
from .bodies import OperationBody, OperationsBody, PlacedOperations, PostedLine, PostedLines, TypeBody, TypeList
from .manual import post_many_by_hand, post_one_by_hand
from .model import Barred, NewOperation, Posted, PostRequest
from .payment_terms import by_terms, is_open_ended
from .rules import check_by_hand, check_not_ahead_of
from .shapes import PostedShape, TypeShape, operation_shape, posted_shape, type_shape
from .store import get_operations
from .type_changes import NewType, create_type
from .types import Types

UNKNOWN_BILLING_ACCOUNT = declare(
    "unknown_billing_account", Kind.INVALID, "Use the code of a billing account of this account."
)

_TYPE = msgspec.json.Decoder(TypeBody)
_ONE = msgspec.json.Decoder(OperationBody)
_MANY = msgspec.json.Decoder(OperationsBody)
_PLACED = msgspec.json.Decoder(PlacedOperations)
# A name before a colon: no text inside the document can look like it, because its quotes are escaped.
_IS_BATCH = re.compile(rb'"operations"\s*:')


@route("GET", "/operation-types", tag="Settings", gives=TypeList)
async def list_operation_types(ask: Ask) -> Answer:
    """List the operation types."""
    catalogue = ask.services.types
    types = await catalogue.get()
    return ok(TypeList([type_shape(kind) for kind in types.by_code.values()]))


@route(
    "POST",
    "/operation-types",
    permission=Permission.SETTINGS,
    tag="Settings",
    query=DryRun,
    keyed=True,
    status=201,
    body=TypeBody,
    gives=TypeShape,
    problems=(403, 409),
    example={"code": "FEE_DUN", "label": "Dunning fee", "class": "OCC", "side": "debit"},
)
async def post_operation_type(ask: Ask) -> Answer:
    """Make an operation type; its code, class and side never change afterwards."""
    body, dry_run = await ask.body(_TYPE), ask.query(DryRun).dry_run
    new = NewType(
        body.code,
        body.label,
        body.class_,
        body.side,
        body.account,
        body.contra_account,
        body.second_contra_account,
        body.journal,
        body.manual_creation,
    )

    async def work(conn: Connection) -> Answer:
        return ok(type_shape(await create_type(conn, new, actor=ask.actor)), 201)

    answer = await ask.act(work, dry_run=dry_run)
    catalogue = ask.services.types
    catalogue.forget()
    return answer


@route(
    "POST",
    "/accounts/{account}/operations",
    location="/accounts/{account}/operations/{number}",
    largest=LARGEST_BULK,
    permission=Permission.OPERATIONS,
    tag="Operations",
    query=DryRun,
    keyed=True,
    status=201,
    body=OperationBody | OperationsBody,
    gives=PostedShape | PostedLines,
    problems=(403, 404, 409),
    example={"type": "PAY_WIRE", "amount": "120.00", "date": "2026-04-01", "reference": "TRANSFER-88"},
)
async def post_operations(ask: Ask) -> Answer:
    """Post one operation, or several together.

    Send one operation, or `{"operations": [...]}`: all of them are posted, or none. What is posted is never changed
    afterwards; a correction is another operation.
    """
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    text = await ask.request.body()
    if _IS_BATCH.search(text) is None:
        body = await ask.body(_ONE)
        return await _post_one(ask, account, body, dry_run=ask.query(DryRun).dry_run)
    many = await ask.body(_MANY)
    with _places_in_batch():
        return await _post_batch(ask, [(account, item) for item in many.operations], many.reason, account.account_id)


@route(
    "POST",
    "/operations",
    largest=LARGEST_BULK,
    everywhere=False,
    permission=Permission.OPERATIONS,
    tag="Operations",
    query=DryRun,
    keyed=True,
    status=201,
    body=PlacedOperations,
    gives=PostedLines,
    problems=(403, 404, 409),
    example={"operations": [{"account": "ACC-1", "type": "PAY_WIRE", "amount": "120.00"}]},
)
async def post_operations_of_many_accounts(ask: Ask) -> Answer:
    """Post operations of many accounts together, at most 10,000.

    All of them are posted, or none. The answer names the number of each, in order.
    """
    many = await ask.body(_PLACED)
    directory = ask.services.directory
    accounts = await directory.find((item.account for item in many.operations), ask.caller.seller)
    with _places_in_batch():
        if unknown := [
            refuse(UNKNOWN_ACCOUNT, "there is no account {account!r}", account=item.account, row=row, field="account")
            for row, item in enumerate(many.operations)
            if item.account not in accounts
        ]:
            raise Refused(unknown)
        return await _post_batch(ask, [(accounts[item.account], item) for item in many.operations], many.reason, 0)


@contextmanager
def _places_in_batch() -> Iterator[None]:
    """A refusal of one operation of a batch names its place in `operations`."""
    try:
        yield
    except Refused as refused:
        raise Refused([_in_batch(refusal) for refusal in refused.refusals]) from None


async def _post_one(ask: Ask, account: AccountRef, body: OperationBody, *, dry_run: bool) -> Answer:
    types = await _types_for(ask, [body])
    billing = await _billing_ids(ask, [(account, body)])
    today = ask.today(account.time_zone)
    new = _new_operation(body, account, body.date or today, billing)
    if refusals := check_not_ahead_of(new, today):
        raise Refused(refusals)
    (new,) = await _with_terms(ask, (new,), types)
    if not dry_run and _is_limited(ask):
        return await _post_one_by_hand(ask, account, body, new, types)
    posted = await _post(ask, (new,), None, account.account_id, types, dry_run=dry_run)
    (number,) = posted.numbers
    if posted.replayed:
        return await _again(ask, account, number)
    barred = next(iter(posted.barred), None)
    kind = types.by_code[body.type]
    made = posted_shape(
        new,
        number,
        kind,
        account.code,
        account.currency,
        body.billing_account,
        barred,
        posted.recorded_at,
        dry_run=dry_run,
    )
    return ok(made, 201)


def _is_limited(ask: Ask) -> bool:
    """Do limits hold for this caller? Those who post any type, programs and administrators, have none."""
    return Permission.ANY_TYPE not in ask.caller.permissions


async def _post_one_by_hand(
    ask: Ask, account: AccountRef, body: OperationBody, new: NewOperation, types: Types
) -> Answer:
    async def work(conn: Connection) -> Answer:
        done = await post_one_by_hand(ask, conn, account, new)
        if isinstance(done, Waiting):
            return answer_waiting(done)
        (number,) = done.numbers
        kind = types.by_code[body.type]
        barred = next(iter(done.barred), None)
        made = posted_shape(
            new,
            number,
            kind,
            account.code,
            account.currency,
            body.billing_account,
            barred,
            done.recorded_at,
            dry_run=False,
        )
        return ok(made, 201)

    return await ask.act(work, account_id=account.account_id)


async def _again(ask: Ask, account: AccountRef, number: int) -> Answer:
    """The answer to a posting, once more: as the operation was then; what accounting made of it is told as it is now."""
    async with ask.pool.connection() as conn:
        (operation,) = await get_operations(conn, account.account_id, [number])
    shape = operation_shape(operation, account.code)
    fields = {name: getattr(shape, name) for name in shape.__struct_fields__}
    then = {
        "open": shape.amount,
        "available": shape.amount,
        "matched": "0",
        "disputed": "0",
        "matching_status": "O",
        "litigation_reason": None,
    }
    return ok(PostedShape(**(fields | then)), 201, idempotency_replayed="true")


async def _post_batch(
    ask: Ask, items: Sequence[tuple[AccountRef, OperationBody]], reason: str | None, key_account_id: int
) -> Answer:
    dry_run = ask.query(DryRun).dry_run
    types = await _types_for(ask, [body for _, body in items])
    billing = await _billing_ids(ask, items)
    days = {zone: ask.today(zone) for zone in {account.time_zone for account, _ in items}}
    news = tuple(
        _new_operation(body, account, body.date or days[account.time_zone], billing) for account, body in items
    )
    _check_days(news, [days[account.time_zone] for account, _ in items])
    news = await _with_terms(ask, news, types)
    if not dry_run and _is_limited(ask):
        placed = [(account, new) for (account, _), new in zip(items, news, strict=True)]
        return await _post_batch_by_hand(ask, placed, reason, key_account_id)
    posted = await _post(ask, news, reason, key_account_id, types, dry_run=dry_run)
    lines = _lines([account for account, _ in items], posted)
    headers = {"idempotency_replayed": "true"} if posted.replayed else {}
    return ok(PostedLines(lines, dry_run or UNSET), 201, **headers)


async def _with_terms(ask: Ask, news: tuple[NewOperation, ...], types: Types) -> tuple[NewOperation, ...]:
    if not any(is_open_ended(new, types) for new in news):
        return news
    async with ask.pool.connection() as conn:
        return await by_terms(conn, news, types)


def _check_days(news: Sequence[NewOperation], todays: Sequence[datetime.date]) -> None:
    """Refuses what is dated after the day of its seller."""
    refusals = [
        bad.at(row=row)
        for row, (new, today) in enumerate(zip(news, todays, strict=True))
        for bad in check_not_ahead_of(new, today)
    ]
    if refusals:
        raise Refused(refusals)


async def _post_batch_by_hand(
    ask: Ask, news: Sequence[tuple[AccountRef, NewOperation]], reason: str | None, key_account_id: int
) -> Answer:
    async def work(conn: Connection) -> Answer:
        posted = await post_many_by_hand(ask, conn, news, reason)
        return ok(PostedLines(_lines([account for account, _ in news], posted)), 201)

    return await ask.act(work, account_id=key_account_id)


def _lines(accounts: Sequence[AccountRef], posted: Posted) -> list[PostedLine]:
    barred = {(one.account_id, one.number): one for one in posted.barred}
    return [
        _line(account.code, number, barred.get((account.account_id, number)))
        for account, number in zip(accounts, posted.numbers, strict=True)
    ]


def _line(account: str, number: int, barred: Barred | None) -> PostedLine:
    if barred is None:
        return PostedLine(account, number)
    day = None if barred.moved_to is None else barred.moved_to.isoformat()
    return PostedLine(account, number, barred.status.value, day)


def _in_batch(refusal: Refusal) -> Refusal:
    if refusal.row is None:
        return refusal
    place = f"operations.{refusal.row}"
    return refusal.at(field=f"{place}.{refusal.field}" if refusal.field else place)


async def _types_for(ask: Ask, bodies: Sequence[OperationBody]) -> Types:
    catalogue = ask.services.types
    types = await catalogue.get({body.type for body in bodies})
    if Permission.ANY_TYPE in ask.caller.permissions:
        return types
    refusals = [
        bad.at(row=row, field="type")
        for row, body in enumerate(bodies)
        if (kind := types.by_code.get(body.type)) is not None
        and (bad := check_by_hand(kind, ask.caller.permissions)) is not None
    ]
    if refusals:
        raise Refused(refusals)
    return types


async def _billing_ids(ask: Ask, items: Sequence[tuple[AccountRef, OperationBody]]) -> Mapping[tuple[int, str], int]:
    wanted = {(account.account_id, body.billing_account) for account, body in items if body.billing_account is not None}
    if not wanted:
        return {}
    async with ask.pool.connection() as conn:
        found = await find_billing_accounts(conn, sorted(wanted))
    refusals = [
        refuse(
            UNKNOWN_BILLING_ACCOUNT,
            "the account has no billing account {billing_account!r}",
            billing_account=body.billing_account,
            row=row,
            field="billing_account",
        )
        for row, (account, body) in enumerate(items)
        if body.billing_account is not None and (account.account_id, body.billing_account) not in found
    ]
    if refusals:
        raise Refused(refusals)
    return found


def _new_operation(
    body: OperationBody, account: AccountRef, day: datetime.date, billing: Mapping[tuple[int, str], int]
) -> NewOperation:
    return NewOperation(
        account.account_id,
        body.type,
        body.amount,
        day,
        body.due_date,
        body.currency,
        body.net,
        body.tax,
        body.collection_date,
        body.excluded_from_default_balance,
        None if body.billing_account is None else billing[account.account_id, body.billing_account],
        body.reference,
        body.description,
        body.order_number,
        body.payment_method,
        body.comment,
        body.source,
    )


async def _post(
    ask: Ask, news: tuple[NewOperation, ...], reason: str | None, key_account_id: int, types: Types, *, dry_run: bool
) -> Posted:
    if dry_run:
        request = PostRequest(news, ask.actor, reason, late=ask.caller.posts_late)
        (answer,) = await transaction(ask.pool, lambda conn: post(conn, [request], types), dry_run=True)
        if not isinstance(answer, Posted):
            raise Refused(answer)
        return answer
    poster = ask.services.poster
    key, fingerprint, late = ask.key(), await ask.fingerprint(), ask.caller.posts_late
    posted = await poster.post(PostRequest(news, ask.actor, reason, key, key_account_id, fingerprint, late))
    ask.services.metrics.posted.inc(0 if posted.replayed else len(news))
    return posted


route_handlers: list[HTTPRouteHandler] = [
    list_operation_types,
    post_operation_type,
    post_operations,
    post_operations_of_many_accounts,
]
__all__ = ["route_handlers"]
