"""Where gateways send their events: no token but their signature says who they are."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from solde.access.http import Answer, ok
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

from ..events import receive
from ..gateway import Gateway
from ..shapes import EventAnswer

LARGEST_EVENT = 1_000_000


@post(
    "/api/v1/gateway-events/{name:str}", name="api.post_gateway_event", include_in_schema=False, status_code=200,
    request_max_body_size=LARGEST_EVENT,
)  # fmt: skip
async def post_gateway_event(request: Request[Any, Any, State], name: FromPath[str]) -> Answer:
    """Take a signed event of the gateway in, once."""
    gateway: Gateway = request.app.state.gateway
    if name != gateway.name:
        raise Refused(refuse(NOT_FOUND, f"no gateway {name[:40]!r} takes money here"))
    state = request.app.state
    told = await receive(gateway, state.pool, dict(request.headers), await request.body(), clock=state.clock)
    return ok(EventAnswer(told))


route_handlers: list[HTTPRouteHandler] = [post_gateway_event]
