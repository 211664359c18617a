"""JSON routes that read security deposits."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import Answer, Ask, ok
from solde.access.reading import Paged, day_of
from solde.access.routing import route
from solde.customers import AccountRef
from solde.features import needs_feature
from solde.kernel.refusals import Refused, refuse

from .. import rules
from ..lists import get_deposit, history_of, list_deposits
from ..model import DepositFilter, DepositState
from ..shapes import DepositShape, deposit_shape
from .settings import FEATURE, TAG

LARGEST_NUMBER = 2**62


class DepositQuery(Paged, frozen=True, kw_only=True):
    """Which deposits."""

    account: Annotated[str | None, Meta(description="Code of a customer account.")] = None
    state: Annotated[list[DepositState] | None, Meta(description="One state or several, with commas between.")] = None
    seller: Annotated[str | None, Meta(description="Code of a seller.")] = None
    expiring_before: Annotated[
        str | None, Meta(description="Those whose last day is before this one.", extra_json_schema={"format": "date"})
    ] = None


class DepositList(msgspec.Struct, frozen=True):
    """A page of deposits, by account and number."""

    items: list[DepositShape]
    next: str | None


@route("GET", "/security-deposits", tag=TAG, query=DepositQuery, gives=DepositList, problems=(404,))
@needs_feature(FEATURE)
async def list_security_deposits(ask: Ask) -> Answer:
    """List security deposits, of one account or of all that you may see."""
    asked = ask.query(DepositQuery)
    directory = ask.services.directory
    account = None if asked.account is None else await directory.get(asked.account, ask.caller.seller)
    mine = None if ask.caller.seller is None else await directory.seller_id(ask.caller.seller)
    wanted = mine if asked.seller is None else await directory.seller_id(asked.seller)
    if mine is not None and wanted != mine:
        return ok(DepositList([], None))
    chosen = DepositFilter(
        None if account is None else account.account_id,
        None if asked.state is None else tuple(asked.state),
        wanted,
        day_of(asked.expiring_before, "expiring_before"),
    )
    async with ask.pool.connection() as conn:
        page = await list_deposits(conn, chosen, limit=asked.limit, cursor=asked.cursor)
    return ok(DepositList([deposit_shape(one.deposit, one.account) for one in page.items], page.next))


@route("GET", "/accounts/{account}/security-deposits/{number}", tag=TAG, gives=DepositShape, problems=(404,))
@needs_feature(FEATURE)
async def get_security_deposit(ask: Ask) -> Answer:
    """Read a security deposit with its history: each step, what was held after it, and what it posted."""
    account, number = await place_of(ask)
    async with ask.pool.connection() as conn:
        found = await get_deposit(conn, account.account_id, number)
        return ok(deposit_shape(found, account.code, await history_of(conn, found)))


async def place_of(ask: Ask) -> tuple[AccountRef, int]:
    """Account and number of the address; refuses unknown_account, unknown_deposit."""
    directory = ask.services.directory
    account, text = await directory.get(ask.path("account"), ask.caller.seller), ask.path("number")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
        raise Refused(refuse(rules.NO_DEPOSIT, "{text!r} is no number of a deposit", text=text))
    return account, int(text)


route_handlers: list[HTTPRouteHandler] = [list_security_deposits, get_security_deposit]
