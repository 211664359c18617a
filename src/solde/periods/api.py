"""JSON routes of accounting years and their periods."""

from __future__ import annotations

import msgspec
from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.access.caller import Caller
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.refusals import FORBIDDEN, Refused, refuse

from .actions import change_policy, create_year, find_year, turn_period, turn_year
from .model import PeriodScope, PeriodTurn, Year
from .rules import UNKNOWN_PERIOD
from .shapes import PolicyBody, TurnBody, YearBody, YearList, YearShape, year_shape
from .store import list_years

_YEAR = msgspec.json.Decoder(YearBody)
_POLICY = msgspec.json.Decoder(PolicyBody)
_TURN = msgspec.json.Decoder(TurnBody)


def check_may_turn(caller: Caller, scope: PeriodScope, *, closes: bool) -> None:
    """Go on only where this caller may close, or open again, for those.

    Refuses: forbidden.
    """
    needed = Permission.PERIODS if closes and scope is PeriodScope.REGULAR else Permission.PERIODS_FOR_ALL
    caller.require(needed)
    if caller.seller is not None:
        raise Refused(
            refuse(FORBIDDEN, "you are kept to the seller {seller}; the books are of all sellers", seller=caller.seller)
        )


@route("GET", "/accounting-years", tag="Accounting", gives=YearList)
async def list_accounting_years(ask: Ask) -> Answer:
    """List the accounting years with their periods, oldest first."""
    async with ask.pool.connection() as conn:
        return ok(YearList([year_shape(year) for year in await list_years(conn)]))


@route("GET", "/accounting-years/{year}", tag="Accounting", gives=YearShape, problems=(404,))
async def get_accounting_year(ask: Ask) -> Answer:
    """Read an accounting year with its periods."""
    async with ask.pool.connection() as conn:
        year = find_year(await list_years(conn), ask.path("year"))
    return ok(year_shape(year), etag=f'"{year.version}"')


@route(
    "POST",
    "/accounting-years",
    location="/accounting-years/{label}",
    permission=Permission.PERIODS_FOR_ALL,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    status=201,
    body=YearBody,
    gives=YearShape,
    problems=(403, 409),
    example={"label": "2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "cut": "MONTHLY"},
)
async def post_accounting_year(ask: Ask) -> Answer:
    """Make an accounting year and the periods it is cut into, all open.

    A year may begin on any day and have up to 24 months; each period begins on the day of the month on which the year begins.
    """
    check_may_turn(ask.caller, PeriodScope.ALL, closes=True)
    body, dry_run = await ask.body(_YEAR), ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        return ok(year_shape(await create_year(conn, body.year(), actor=ask.actor), dry_run=dry_run), 201)

    return await ask.act(work, dry_run=dry_run)


@route(
    "PUT",
    "/accounting-years/{year}/policy",
    permission=Permission.PERIODS_FOR_ALL,
    tag="Accounting",
    query=DryRun,
    versioned=True,
    body=PolicyBody,
    gives=YearShape,
    problems=(403, 404, 409),
    example={"on_closed": "FORCE", "force_day": 1, "regular_after": 5},
)
async def put_accounting_policy(ask: Ask) -> Answer:
    """Say what becomes of what is dated in a closed period of a year, and when its periods are closed by themselves.

    If-Match names the `version` of the year.
    """
    check_may_turn(ask.caller, PeriodScope.ALL, closes=True)
    version, label, body = ask.version(), ask.path("year"), await ask.body(_POLICY)
    dry_run = ask.query(DryRun).dry_run

    async def work(conn: Connection) -> Answer:
        made = await change_policy(conn, label, body.policy(), version=version, actor=ask.actor)
        return ok(year_shape(made, dry_run=dry_run), etag=f'"{made.version}"')

    return await ask.change(work, dry_run=dry_run)


@route(
    "POST",
    "/accounting-years/{year}/close",
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=TurnBody,
    gives=YearShape,
    problems=(403, 404, 409),
    example={"for": "all", "reason": "the accounts are signed"},
)
async def close_accounting_year(ask: Ask) -> Answer:
    """Close every period of a year that is still open, for regular users or for all."""
    return await _turn(ask, closes=True)


@route(
    "POST",
    "/accounting-years/{year}/periods/{number}/close",
    permission=Permission.PERIODS,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=TurnBody,
    gives=YearShape,
    problems=(403, 404, 409),
    example={"for": "regular"},
)
async def close_accounting_period(ask: Ask) -> Answer:
    """Close a period for regular users or for all; what is closed for all is closed for regular users."""
    return await _turn(ask, closes=True)


@route(
    "POST",
    "/accounting-years/{year}/periods/{number}/reopen",
    permission=Permission.PERIODS_FOR_ALL,
    tag="Accounting",
    query=DryRun,
    keyed=True,
    body=TurnBody,
    gives=YearShape,
    problems=(403, 404, 409),
    example={"for": "all", "reason": "a late invoice of the landlord"},
)
async def reopen_accounting_period(ask: Ask) -> Answer:
    """Open a period again: first for all, then for regular users; each with a reason."""
    return await _turn(ask, closes=False)


async def _turn(ask: Ask, *, closes: bool) -> Answer:
    label, body, dry_run = ask.path("year"), await ask.body(_TURN), ask.query(DryRun).dry_run
    scope = body.read()
    check_may_turn(ask.caller, scope, closes=closes)
    number = ask.request.scope["path_params"].get("number")

    async def work(conn: Connection) -> Answer:
        if number is None:
            years = await turn_year(conn, label, scope, closes=closes, actor=ask.actor, reason=body.reason)
        else:
            turn = PeriodTurn(label, _number(str(number)), scope, closes)
            years = await turn_period(conn, [turn], actor=ask.actor, reason=body.reason)
        return _answer(find_year(years, label), dry_run=dry_run)

    return await ask.act(work, dry_run=dry_run)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Refused(refuse(UNKNOWN_PERIOD, "{text!r} is no number of a period", text=text, field="period"))
    return int(text)


def _answer(year: Year, *, dry_run: bool) -> Answer:
    return ok(year_shape(year, dry_run=dry_run), etag=f'"{year.version}"')


route_handlers: list[HTTPRouteHandler] = [
    list_accounting_years,
    get_accounting_year,
    post_accounting_year,
    put_accounting_policy,
    close_accounting_year,
    close_accounting_period,
    reopen_accounting_period,
]
__all__ = ["check_may_turn", "route_handlers"]
