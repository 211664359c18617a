"""JSON routes of the rejected queue: list it, repair operations, count what is dated in a period."""

from __future__ import annotations

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import LARGEST_BULK, route
from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse
from solde.periods import find_period, find_year, list_years
from solde.periods.rules import UNKNOWN_PERIOD

from ..rules import UNKNOWN_OPERATION
from . import store
from .actions import repair
from .model import Repair, Way
from .shapes import (
    DatedShape,
    ReDateBody,
    RepairBody,
    RepairedList,
    RepairedShape,
    RepairsBody,
    dated_shape,
    repaired_shape,
)

_RE_DATE = msgspec.json.Decoder(ReDateBody)
_REPAIR = msgspec.json.Decoder(RepairBody)
_REPAIRS = msgspec.json.Decoder(RepairsBody)
LARGEST = 2**62
COUNTED_SECONDS = 4.0


@route(
    "POST",
    "/rejected-operations/repair",
    largest=LARGEST_BULK,
    everywhere=False,
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=RepairsBody,
    gives=RepairedList,
    problems=(403, 404, 409),
    example={"operations": [{"account": "ACC-1", "number": 7}], "way": "force", "reason": "arrived late"},
)
async def repair_operations(ask: Ask) -> Answer:
    """Repair operations that accounting rejected, all or none; the operations themselves stay as they are."""
    body = await ask.body(_REPAIRS)
    directory = ask.services.directory
    accounts = await directory.find({one.account for one in body.operations}, ask.caller.seller)
    unknown = [
        refuse(
            UNKNOWN_ACCOUNT, "there is no account {account!r}", account=one.account, field=f"operations.{row}.account"
        )
        for row, one in enumerate(body.operations)
        if one.account not in accounts
    ]
    if unknown:
        raise Refused(unknown)
    keys = [(accounts[one.account].account_id, min(one.number, LARGEST)) for one in body.operations]
    wish = Repair(tuple(keys), Way(body.way), ask.actor, body.reason, body.date, ask.caller.posts_late)
    dry_run = ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        made = await repair(conn, wish)
        return ok(RepairedList([repaired_shape(one) for one in made], dry_run or UNSET))

    return await ask.act(work, dry_run=dry_run)


@route(
    "POST",
    "/accounts/{account}/operations/{number}/accounting-date",
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=ReDateBody,
    gives=RepairedShape,
    problems=(403, 404, 409),
    example={"date": "2026-04-01", "reason": "the supplier's invoice came late"},
)
async def set_accounting_date(ask: Ask) -> Answer:
    """Give an operation another accounting day, in an open period; not once it is exported."""
    body = await ask.body(_RE_DATE)
    return await _repair_one(ask, Way.RE_DATE, body.reason, body)


@route(
    "POST",
    "/accounts/{account}/operations/{number}/post",
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=RepairBody,
    gives=RepairedShape,
    problems=(403, 404, 409),
    example={"reason": "the period was opened again"},
)
async def post_rejected_operation(ask: Ask) -> Answer:
    """Post a rejected operation by its own accounting day, if its period is open again."""
    return await _repair_one(ask, Way.POST, (await ask.body(_REPAIR)).reason)


@route(
    "POST",
    "/accounts/{account}/operations/{number}/force",
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=RepairBody,
    gives=RepairedShape,
    problems=(403, 404, 409),
    example={"reason": "arrived late"},
)
async def force_rejected_operation(ask: Ask) -> Answer:
    """Post a rejected operation in the next open period, on the day its year's policy names."""
    return await _repair_one(ask, Way.FORCE, (await ask.body(_REPAIR)).reason)


async def _repair_one(ask: Ask, way: Way, reason: str | None, body: ReDateBody | None = None) -> Answer:
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    key = (account.account_id, _number(ask.path("number")))
    wish = Repair((key,), way, ask.actor, reason, None if body is None else body.date, ask.caller.posts_late)
    dry_run = ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        (made,) = await repair(conn, wish)
        return ok(repaired_shape(made))

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refused(refuse(UNKNOWN_OPERATION, "{text!r} is no number of an operation", text=text))
    return int(text)


@route(
    "GET",
    "/accounting-years/{year}/periods/{number}/operations",
    tag="Accounting",
    gives=DatedShape,
    problems=(404,),
)
async def count_operations_of_period(ask: Ask) -> Answer:
    """Count the operations dated in a period: posted, exported, rejected; every operation is looked at."""
    async with ask.pool.connection() as conn:
        year = find_year(await list_years(conn), ask.path("year"))
        text = ask.path("number")
        if not text.isascii() or not text.isdigit() or len(text) > 3:
            raise Refused(refuse(UNKNOWN_PERIOD, "{text!r} is no number of a period", text=text, field="period"))
        period = find_period(year, int(text))
        return ok(dated_shape(await store.count_dated(conn, period.starts_on, period.ends_on, seconds=COUNTED_SECONDS)))


route_handlers: list[HTTPRouteHandler] = [
    repair_operations,
    set_accounting_date,
    post_rejected_operation,
    force_rejected_operation,
    count_operations_of_period,
]
__all__ = ["route_handlers"]
