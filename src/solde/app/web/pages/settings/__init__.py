"""The settings pages."""

from . import balances, index, lab

route_handlers = [*index.route_handlers, *balances.route_handlers, *lab.route_handlers]
