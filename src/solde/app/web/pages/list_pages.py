"""Every page that is made from a described list: its address, and what stands around the list."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.accounting.listings import EXPORTS, JOURNAL
from solde.app.work.listings import APPROVALS, JOBS
from solde.cards.listings import TRANSACTIONS
from solde.litigation.listings import DISPUTES
from solde.operations.across.listings import OPERATIONS
from solde.operations.rejected.listings import REJECTED
from solde.payments.listings import RECEIPTS, REGISTERED

from .accounting_exports import actions_of as actions_on_files
from .accounting_head import accounting_tabs
from .accounting_journal import totals_below
from .accounting_rejected import actions_of as actions_on_rejected
from .disputes import actions_of
from .lists.made import Button, ListPage, handlers_of
from .receipts import tabs

REGISTER = Button(
    label="Register payment", href="/payments/register", icon="banknote", permission=Permission.PAYMENTS, variant="primary", key="p"
)  # fmt: skip

PAGES = (
    ListPage(listing=OPERATIONS, path="/operations", crumb="Invoices, payments and all else, of all accounts"),
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
    ListPage(
        listing=JOURNAL, path="/accounting/journal", crumb="Accounting", tabs=accounting_tabs, template="accounting/journal.html",
        more=totals_below,
        buttons=(
            Button(
                label="Make entries", href="/accounting/generate", icon="book-open", permission=Permission.ACCOUNTING, variant="primary",
                key="m", for_all=True,
            ),
        ),
    ),
    ListPage(
        listing=EXPORTS, path="/accounting/exports", crumb="Accounting", tabs=accounting_tabs, actions=actions_on_files,
        buttons=(
            Button(
                label="How long files are kept", href="/accounting/exports/keeping", icon="settings", permission=Permission.ACCOUNTING,
                for_all=True,
            ),
            Button(
                label="Export entries", href="/accounting/exports/new", icon="download", permission=Permission.ACCOUNTING,
                variant="primary", key="a", for_all=True,
            ),
        ),
    ),
    ListPage(listing=REJECTED, path="/accounting/rejected", crumb="Accounting", tabs=accounting_tabs, actions=actions_on_rejected),
    ListPage(
        listing=JOBS, path="/jobs", crumb="Long work", template="jobs/list.html",
        buttons=(
            Button(
                label="Import a file", href="/import/customers", icon="upload", permission=Permission.IMPORTS, variant="primary", is_page=True
            ),
        ),
    ),
    ListPage(listing=APPROVALS, path="/approvals", crumb="Two persons for what is above a limit"),
    ListPage(listing=REGISTERED, path="/payments/registered", tabs=tabs, buttons=(REGISTER,)),
)  # fmt: skip

route_handlers: list[HTTPRouteHandler] = [handler for one in PAGES for handler in handlers_of(one)]
