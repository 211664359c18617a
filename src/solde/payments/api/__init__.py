"""JSON routes of payments."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import listing, paying, receipts

route_handlers: list[HTTPRouteHandler] = [
    *listing.route_handlers,
    *paying.route_handlers,
    *receipts.route_handlers,
]
__all__ = ["route_handlers"]
