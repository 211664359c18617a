"""JSON route of a balance over all accounts: who owes most, who owes at least so much."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Answer, Ask, Instant, Money, ok
from solde.access.reading import Paged
from solde.access.routing import route
from solde.customers import CustomerFilters, list_sellers
from solde.customers.directory import seller_scope
from solde.db import Connection
from solde.kernel.dates import format_instant
from solde.kernel.money import parse_amount, plain
from solde.kernel.paging import Page, read_sort
from solde.kernel.refusals import Refusal, Refused

from .figures import balances_of_many, pick
from .model import Definition, Figures, Moment
from .ranking import Kept, RankedAccount, rank_accounts
from .ranking_cache import ranked_pair
from .shapes import Direction
from .store import definitions_now

SORTS = ("balance", "account", "name")


class BalancesChoice(Paged, frozen=True, kw_only=True):
    """Which balance, of which accounts."""

    definition: Annotated[str | None, Meta(description="Code of a balance definition; without it the default.")] = None
    at_least: Annotated[
        str | None, Meta(description="Only balances of at least this; positive: the customer owes.")
    ] = None
    seller: Annotated[str | None, Meta(description="Code of a seller: only its accounts.")] = None
    currency: Annotated[str | None, Meta(description="ISO code of a currency.")] = None
    sort: Annotated[str, Meta(description="`balance`, `account` or `name`, with - before it for descending.")] = (
        "-balance"
    )


class RankedShape(msgspec.Struct, frozen=True):
    """A balance of an account: balance = debit - credit."""

    account: Annotated[str, Meta(description="Code of the customer account.")]
    customer: Annotated[str, Meta(description="Code of the customer.")]
    customer_name: Annotated[str, Meta(description="Name of the account, or of its customer.")]
    state: Annotated[str, Meta(description="State of the account.")]
    definition: Annotated[str, Meta(description="Code of the balance definition.")]
    debit: Money
    credit: Money
    balance: Money
    direction: Direction
    currency: Annotated[str, Meta(description="ISO code of the currency.")]
    count: Annotated[int, Meta(description="Operations that it holds.")]


class RankedBalances(msgspec.Struct, frozen=True):
    """A page of balances."""

    items: list[RankedShape]
    next: Annotated[str | None, Meta(description="Cursor of the next page; null at the end.")]
    ordered_at: Annotated[
        Instant | UnsetType,
        Meta(description="Of when the order is, where it is kept; the figures are always those of now."),
    ] = UNSET


@route("GET", "/balances", tag="Balances", query=BalancesChoice, gives=RankedBalances, problems=(404,))
async def list_all_balances(ask: Ask) -> Answer:
    """List a balance of all accounts, who owes most first.

    The order of the default balance and of the one for dunning is kept, so a page of them is fast however many accounts there are;
    it may be some seconds old, and `ordered_at` says of when. The order of another is worked out for every page.
    """
    asked = ask.query(BalancesChoice)
    read_sort(asked.sort, SORTS, "-balance")
    async with ask.pool.connection() as conn:
        known = await definitions_now(conn)
        sellers = await list_sellers(conn)
    definition, pair = pick(known, asked.definition), ranked_pair(known)
    place = next((at for at, one in enumerate(pair) if one.definition_id == definition.definition_id), None)
    kept = None if place is None else await ask.services.ranking.current(pair)
    wanted = ask.caller.seller or asked.seller
    zone = next((one.time_zone for one in sellers if wanted in {None, one.code}), "UTC")
    async with ask.pool.connection() as conn:
        page, figures = await _page(
            conn, asked, definition, Moment(ask.today(zone)), await seller_scope(ask), kept, ("overdue" if place == 1 else "balance"), pair
        )  # fmt: skip
    items = [_shape(one, definition, figures.get(one.account_id, Figures())) for one in page.items]
    return ok(RankedBalances(items, page.next, UNSET if kept is None else format_instant(kept.worked_out_at)))


async def _page(
    conn: Connection, asked: BalancesChoice, definition: Definition, moment: Moment, seller_id: int | None, kept: Kept | None,
    figure: str, pair: tuple[Definition, Definition],
) -> tuple[Page[RankedAccount], dict[int, Figures]]:  # fmt: skip
    """The accounts, and their figures of now; without a kept order both figures of a ranking are this balance."""
    if kept is None:
        pair, figure = (definition, definition), "balance"
    by = asked.sort.removeprefix("-")
    page = await rank_accounts(
        conn, pair, moment, seller_id=seller_id, currency=asked.currency,
        filters=CustomerFilters(seller=asked.seller), by=figure if by == "balance" else by,
        descending=asked.sort.startswith("-"), at_least=(figure, _amount(asked.at_least)), limit=asked.limit,
        cursor=asked.cursor, kept=kept,
    )  # fmt: skip
    found = await balances_of_many(conn, [one.account_id for one in page.items], [definition], moment)
    return page, {account_id: figures[0] for account_id, figures in found.items()}


def _amount(text: str | None) -> Decimal | None:
    read = None if text is None else parse_amount(text)
    if isinstance(read, Refusal):
        raise Refused(read.at(field="at_least"))
    return read


def _shape(one: RankedAccount, definition: Definition, figures: Figures) -> RankedShape:
    return RankedShape(
        one.account, one.customer, one.name, one.state, definition.code, plain(figures.debit), plain(figures.credit),
        plain(figures.balance), figures.direction, one.currency, figures.count,
    )  # fmt: skip


route_handlers: list[HTTPRouteHandler] = [list_all_balances]
