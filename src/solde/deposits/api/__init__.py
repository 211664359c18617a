"""JSON routes of security deposits."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import moving, reading, settings

route_handlers: list[HTTPRouteHandler] = [
    *settings.route_handlers,
    *reading.route_handlers,
    *moving.route_handlers,
]
__all__ = ["route_handlers"]
