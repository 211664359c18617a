"""Pages of card payments: the tab of a customer, one transaction, the dialogs; and the pages of the sandbox."""

from . import adding, asking, sandbox, tab

route_handlers = [
    *tab.route_handlers,
    *asking.route_handlers,
    *adding.route_handlers,
    *sandbox.route_handlers,
]
"""Pages of people who sign in."""

hosted = sandbox.hosted
"""Pages of the sandbox that a cardholder sees, who does not sign in."""

__all__ = ["hosted", "route_handlers"]
