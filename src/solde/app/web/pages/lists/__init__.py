"""Every page that is made from a described list: its address, and what stands around the list."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.cards.listings import TRANSACTIONS
from solde.litigation.listings import DISPUTES
from solde.payments.listings import RECEIPTS, REGISTERED

from ..disputes import actions_of
from ..receipts import tabs
from .made import Button, ListPage, handlers_of

REGISTER = Button(
    label="Register payment", href="/payments/register", icon="banknote", permission=Permission.PAYMENTS, variant="primary", key="p"
)  # fmt: skip

PAGES = (
    ListPage(
        listing=RECEIPTS, path="/payments", file="/payments/receipts", heading="Payments", tabs=tabs,
        buttons=(
            Button(label="Import payments", href="/import/payments", icon="upload", permission=Permission.IMPORTS, is_page=True),
            Button(label="Record a receipt", href="/payments/receipts/new", icon="plus", permission=Permission.PAYMENTS, key="a"),
            REGISTER,
        ),
    ),
    ListPage(listing=DISPUTES, path="/litigation", crumb="What customers dispute, and who looks after it", actions=actions_of),
    ListPage(listing=TRANSACTIONS, path="/payments/cards", heading="Payments", tabs=tabs),
    ListPage(listing=REGISTERED, path="/payments/registered", tabs=tabs, buttons=(REGISTER,)),
)  # fmt: skip

route_handlers: list[HTTPRouteHandler] = [handler for one in PAGES for handler in handlers_of(one)]
