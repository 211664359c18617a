"""Search from anywhere: customers by the eight fields, operations by number, the pages one may open, who was viewed last."""

from __future__ import annotations

from collections.abc import Iterable

from litestar import Response

from solde.customers import FoundCustomer, list_recently_viewed, search_customers
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations.across import ListedOperation, find_operations

from .. import formats
from ..addresses import account_path
from ..i18n import t
from ..page import Page, web_page
from ..visitors import Visitor
from .places import find_places

FOUND_MOST = 8
QUERY_MOST = 100


@web_page("/search", name="search")
async def search_page(page: Page) -> Response[str]:
    """What is found for `q`, as links; without one, the customers viewed last."""
    q = (page.query.get("q") or "").replace("\0", "").strip()[:QUERY_MOST]
    async with page.reading() as conn:
        found, recent = await _customers(conn, page.visitor, q)
        operations = await find_operations(conn, q, seller_id=page.visitor.seller_id, limit=FOUND_MOST) if q else []
    return page.show(
        "search.html",
        title=t("Search"),
        q=q,
        pages=[(one.name, one.section, one.href) for one in find_places(page.visitor, q)],
        found=found,
        operations=[_operation(one) for one in operations],
        recent=recent,
    )


Links = list[tuple[str, str, str]]


async def _customers(conn: Connection, visitor: Visitor, q: str) -> tuple[Links, Links]:
    """Those found, and those viewed last where nothing is searched."""
    if not q:
        known = (
            []
            if visitor.guest
            else await list_recently_viewed(conn, visitor.actor, visitor.seller_id, limit=FOUND_MOST)
        )
        return [], _links(known)
    try:
        answer = await search_customers(conn, q, seller_id=visitor.seller_id, limit=FOUND_MOST)
    except Refused:
        return [], []
    return _links(answer.items), []


def _operation(found: ListedOperation) -> tuple[str, str, str]:
    """An operation as a link: what it is, whose, how much and what is open of it."""
    o = found.operation
    amount = f"{formats.money(o.amount, o.currency)} {o.currency}"
    rest = t("{amount} open", amount=formats.money(o.open, o.currency)) if o.open else t("nothing open")
    words = f"{t(o.label)} {o.reference or t('No. {n}', n=o.number)}"
    return words, f"{found.account} · {amount} · {rest}", account_path(found.account, "operations", str(o.number))


def _links(customers: Iterable[FoundCustomer]) -> Links:
    return [(one.name or one.code, one.code, account_path(one.accounts[0].code)) for one in customers if one.accounts]
