"""Unbilled items: what the next invoice will hold, the services it is for, and what it comes to."""

from .actions import add_items, add_service, bill, edit_service, take_back
from .model import ItemKind, Made, NewItem, Period, Service, Split, UnbilledItem, UnbilledTotal
from .store import list_services, totals_of

__all__ = [
    "ItemKind",
    "Made",
    "NewItem",
    "Period",
    "Service",
    "Split",
    "UnbilledItem",
    "UnbilledTotal",
    "add_items",
    "add_service",
    "bill",
    "edit_service",
    "list_services",
    "take_back",
    "totals_of",
]
