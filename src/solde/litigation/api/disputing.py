"""JSON route of litigation: what was recorded of it."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from solde.access.http import Answer, Ask, ok
from solde.access.routing import route
from solde.features import needs_feature
from solde.kernel.refusals import Refused, refuse

from .. import store
from ..rules import UNKNOWN_OPERATION
from .shapes import LitigationHistory, event_shape

LARGEST_NUMBER = 2**62


@route(
    "GET", "/accounts/{account}/operations/{number}/litigation", tag="Litigation", gives=LitigationHistory, problems=(404,)
)  # fmt: skip
@needs_feature("litigation")
async def read_litigation(ask: Ask) -> Answer:
    """Tell what was recorded of the litigation of an invoice, oldest first; none where it never was in litigation.

    The ETag is the number of the newest event, `"0"` without one; a change names it as If-Match.
    """
    directory = ask.services.directory
    account = await directory.get(ask.path("account"), ask.caller.seller)
    number = operation_number(ask.path("number"))
    async with ask.pool.connection() as conn:
        events = await store.list_events(conn, account.account_id, [number])
    newest = max((one.event_number for one in events), default=0)
    return ok(LitigationHistory([event_shape(one) for one in events], newest), etag=f'"{newest}"')


def operation_number(text: str) -> int:
    """An operation number in an address; refuses unknown_operation."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
        raise Refused(refuse(UNKNOWN_OPERATION, "{text!r} is no operation number", text=text))
    return int(text)


route_handlers: list[HTTPRouteHandler] = [read_litigation]
__all__ = ["operation_number", "route_handlers"]
