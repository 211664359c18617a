"""JSON routes of card payments."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import cards, events, transactions

route_handlers: list[HTTPRouteHandler] = [
    *transactions.route_handlers,
    *cards.route_handlers,
    *events.route_handlers,
]
__all__ = ["route_handlers"]
