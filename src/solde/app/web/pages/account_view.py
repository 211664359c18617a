"""An account as a page sees it: at a moment, with its balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solde.balances import AccountBalance, Definition, Moment, pick
from solde.customers import Account, AccountInHierarchy, AccountRef, Customer, get_account
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal

from ..days import read_day
from ..i18n import t
from ..page import Page
from ..texts import written

KEPT = ("definition", "as_of")
"""The parameters of an address that say which balance is seen, and of which day."""

STOPPED_STATES = {"CLOSED": "The account is closed: it takes no operation"}


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account at a moment, with its balances."""

    account: Account
    customer: Customer
    moment: Moment
    balances: Sequence[AccountBalance]
    definition: Definition
    wrong_day: str

    @property
    def balance(self) -> AccountBalance:
        """The balance picked."""
        return next(b for b in self.balances if b.definition.definition_id == self.definition.definition_id)

    @property
    def reference(self) -> AccountRef:
        """The account as files and actions name it."""
        return AccountRef(
            self.account.account_id, self.account.code, self.customer.customer_id, self.customer.seller_id,
            self.account.currency, self.account.state, self.customer.time_zone,
        )  # fmt: skip

    @property
    def stopped(self) -> str:
        """Why nothing can be done here at all; empty where something can."""
        if self.moment.as_of is not None:
            return t("This is a past day: go back to now to act")
        return t(STOPPED_STATES.get(self.account.state, ""))


async def see(page: Page, conn: Connection, code: str) -> AccountView:
    """An account with its balances, as the address asks.

    Refuses: unknown_account, unknown_balance.
    """
    found: AccountInHierarchy = await get_account(conn, code, page.visitor.seller_id)
    today = today_in(found.customer.time_zone, page.now())
    asked = page.query.get("as_of") or None
    as_of = None if asked is None else read_day(asked)
    wrong_day = written(as_of.text) if isinstance(as_of, Refusal) else ""
    moment = Moment(today, None if isinstance(as_of, Refusal) else as_of)
    balances = await page.services.definitions.figures(conn, found.account.account_id, moment)
    definition = pick([b.definition for b in balances], page.query.get("definition") or None)
    return AccountView(found.account, found.customer, moment, balances, definition, wrong_day)
