"""Where gateways send their events: no token but their signature says who they are."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from solde.access.http import Answer, ok, services_of
from solde.access.routing import signed_route
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

from ..events import receive
from ..shapes import EventAnswer

LARGEST_EVENT = 1_000_000


@signed_route("/gateway-events/{name}", tag="Card payments", gives=EventAnswer, problems=(404,), largest=LARGEST_EVENT)
async def post_gateway_event(request: Request[Any, Any, State]) -> Answer:
    """Take a signed event of the gateway in, once."""
    name = request.path_params["name"]
    services = services_of(request)
    gateway = services.gateway
    if name != gateway.name:
        raise Refused(refuse(NOT_FOUND, "no gateway {name!r} takes money here", name=name[:40]))
    told = await receive(gateway, services.pool, dict(request.headers), await request.body(), clock=services.clock)
    return ok(EventAnswer(told))


route_handlers: list[HTTPRouteHandler] = [post_gateway_event]
