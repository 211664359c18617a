"""The card transactions of all accounts as one list, newest first: filters and pages."""

from __future__ import annotations

from dataclasses import dataclass

from solde.customers.rules.search import AFTER_ALL, query_words
from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from .filters import ALL, AllTransactionsFilter
from .model import CardTransaction
from .store import LARGEST_NUMBER, sql, transaction_of

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """A transaction, whose it is, and the card; `task`: what a chargeback left to do."""

    transaction: CardTransaction
    account: str
    customer: str
    name: str
    brand: str | None
    last4: str | None
    task: str | None
    action_id: int


async def list_all_transactions(
    conn: Connection,
    chosen: AllTransactionsFilter = ALL,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ListedTransaction]:
    """A page of card transactions, newest first; days are those of UTC.

    Refuses: bad_limit, bad_cursor.
    """
    assert sort is None, "card transactions have one order"
    size = check_limit(limit)
    words = [] if chosen.q is None else query_words(chosen.q)
    if chosen.q is not None and not words:
        return Page([], None)
    after = (LARGEST_ID, 0, 0) if cursor is None else _after(cursor)
    values = {
        "seller_id": chosen.seller_id, "account": chosen.account, "words": words, "end": AFTER_ALL,
        "kinds": list(chosen.kind or ()), "states": list(chosen.state or ()), "from_on": chosen.date_from, "until_on": chosen.date_until,
        "attention": chosen.attention, "after_action": after[0], "after_account": after[1], "after_number": after[2],
        "limit": size + 1,
    }  # fmt: skip
    rows = await (await conn.execute(sql.list_all_transactions, values)).fetchall()
    items = [ListedTransaction(transaction_of(row[7:]), *row[:7]) for row in rows[:size]]
    last = items[-1] if len(rows) > size else None
    return Page(items, None if last is None else encode_cursor([last.action_id, *last.transaction.key]))


def _after(cursor: str) -> tuple[int, int, int]:
    action, account, number = decode_cursor(cursor, 3)
    if (
        isinstance(action, int) and isinstance(account, int) and isinstance(number, int)
        and max(action, account) <= LARGEST_ID and 0 <= number <= LARGEST_NUMBER and min(action, account) >= 0
    ):  # fmt: skip
        return action, account, number
    raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
