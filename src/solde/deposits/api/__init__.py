"""JSON routes of security deposits; those that move them are described."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import reading, settings

route_handlers: list[HTTPRouteHandler] = [*settings.route_handlers, *reading.route_handlers]
__all__ = ["route_handlers"]
