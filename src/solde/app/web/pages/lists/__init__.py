"""Every page that is made from a described list: its address, and what stands around the list."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.payments.listings import REGISTERED

from ..receipts import tabs
from .made import Button, ListPage, handlers_of

REGISTER = Button(
    label="Register payment", href="/payments/register", icon="banknote", permission=Permission.PAYMENTS, variant="primary", key="p"
)  # fmt: skip

PAGES = (
    ListPage(listing=REGISTERED, path="/payments/registered", tabs=tabs, buttons=(REGISTER,)),
)  # fmt: skip

route_handlers: list[HTTPRouteHandler] = [handler for one in PAGES for handler in handlers_of(one)]
