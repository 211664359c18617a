"""The settings pages."""

from . import (
    balances,
    features,
    index,
    lab,
    limits,
    mail,
    methods,
    sellers,
    tokens,
    types,
    users,
    webhook_actions,
    webhooks,
)

_AREAS = (
    index,
    balances,
    lab,
    types,
    methods,
    sellers,
    users,
    tokens,
    limits,
    features,
    webhooks,
    webhook_actions,
    mail,
)

route_handlers = [handler for area in _AREAS for handler in area.route_handlers]
