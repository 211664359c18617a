"""Actions on an account's operations: what can be done, the dialogs that do it, what would come of it."""

from .dialogs import route_handlers

__all__ = ["route_handlers"]
