"""The settings pages."""

from . import (
    balances,
    deposits,
    features,
    index,
    lab,
    limits,
    mail,
    methods,
    plans,
    reasons,
    sellers,
    services,
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
    deposits,
    plans,
    reasons,
    sellers,
    services,
    users,
    tokens,
    limits,
    features,
    webhooks,
    webhook_actions,
    mail,
)

route_handlers = [handler for area in _AREAS for handler in area.route_handlers]
