"""JSON routes of instalment plans."""

from litestar.handlers import HTTPRouteHandler

from . import plans, rules

route_handlers: list[HTTPRouteHandler] = [*plans.route_handlers, *rules.route_handlers]
__all__ = ["route_handlers"]
