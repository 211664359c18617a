"""JSON route of activity."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from solde.access.http import Answer, Ask, Instant, ok
from solde.access.reading import Paged
from solde.access.routing import route
from solde.kernel.dates import format_instant

from .model import Deed
from .reading import list_activity


class DeedShape(msgspec.Struct, frozen=True):
    """Something done on an account. `operations` are the numbers of those it posted, at most five."""

    action: int
    recorded_at: Instant
    actor: str
    verb: str
    words: str
    reason: str | None
    operations: list[int]
    before: Any
    after: Any


class ActivityList(msgspec.Struct, frozen=True):
    """A page of what was done, newest first."""

    items: list[DeedShape]
    next: str | None


@route("GET", "/accounts/{account}/activity", tag="Customers", query=Paged, gives=ActivityList, problems=(404,))
async def get_activity(ask: Ask) -> Answer:
    """Read what was done on an account, newest first: who, when, why, and in words what."""
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    asked = ask.query(Paged)
    async with ask.pool.connection() as conn:
        page = await list_activity(conn, {account.account_id: account.currency}, limit=asked.limit, cursor=asked.cursor)
    return ok(ActivityList([_shape(deed) for deed in page.items], page.next))


def _shape(deed: Deed) -> DeedShape:
    numbers = [posting.number for posting in deed.postings]
    return DeedShape(
        deed.action_id, format_instant(deed.recorded_at), deed.actor, deed.verb, str(deed.said), deed.reason, numbers,
        deed.before, deed.after,
    )  # fmt: skip


route_handlers: list[HTTPRouteHandler] = [get_activity]
