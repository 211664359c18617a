"""JSON routes of payments."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import paying, receipts

route_handlers: list[HTTPRouteHandler] = [
    *paying.route_handlers,
    *receipts.route_handlers,
]
__all__ = ["route_handlers"]
