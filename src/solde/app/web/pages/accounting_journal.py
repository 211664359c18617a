"""What stands below the journal: the totals of everything the filters choose, by general account."""

from __future__ import annotations

from solde.accounting.journal import sum_entries
from solde.accounting.listings import entries_chosen
from solde.accounting.model import Balanced
from solde.db import Connection
from solde.kernel.refusals import Refused

from .. import formats
from ..i18n import t
from ..page import Page
from .lists.address import ListQuery


async def totals_below(_page: Page, conn: Connection, asked: ListQuery) -> dict[str, object]:
    """The totals by general account; none where a filter finds nothing."""
    try:
        return {"accounts": [_total(one) for one in await sum_entries(conn, await entries_chosen(conn, asked.chosen))]}
    except Refused:
        return {"accounts": []}


def _total(one: Balanced) -> dict[str, str]:
    balance = one.closing
    return {
        "account": one.general_account,
        "label": t(one.label),
        "currency": one.currency,
        "debit": formats.money(one.debit, one.currency),
        "credit": formats.money(one.credit, one.currency),
        "balance": formats.size(balance, one.currency),
        "word": formats.direction_word(balance),
    }
