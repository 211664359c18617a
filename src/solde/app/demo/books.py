"""The accounting years of the demo: the last one closed, this one's older months too; and what came too late for them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from solde.access import Role
from solde.db import Connection
from solde.operations import NewOperation, PostRequest, Types, post
from solde.periods import Cut, NewYear, PeriodScope, PeriodTurn, Policy, create_year, turn_period, turn_year

from . import store
from .adjusting import ACTOR

ACCOUNTANT, AGENT = Role.ACCOUNTANT.value, Role.AGENT.value
"""Who closes, and who posts too late; each signs in by the name of the role."""

OPEN_MONTHS = 3
"""How many months before this one are still open."""

LATE = (
    ("ADJ_REF", "18.40", 5, "Refund of a fee, agreed by phone"),
    ("ADJ_INV", "120.00", 12, "Discount that was forgotten"),
    ("ADJ_INV", "64.90", 40, "Wrong meter reading"),
    ("ADJ_REF", "9.99", 41, "Goodwill for a late delivery"),
    ("ADJ_INV", "250.00", 75, "Price agreed in the spring"),
)
"""Type, amount, how many days before the first open day, and why."""


async def keep_books(conn: Connection, types: Types, today: date) -> None:
    """Make last year's and this year's books, close what is done, post what comes too late."""
    last, this = (
        NewYear(str(n), date(n, 1, 1), date(n, 12, 31), Cut.MONTHLY, policy)
        for n, policy in ((today.year - 1, Policy()), (today.year, Policy(regular_after=90)))
    )
    for new in (last, this):
        await create_year(conn, new, actor=ACTOR)
    await turn_year(conn, last.label, PeriodScope.ALL, closes=True, actor=ACCOUNTANT, reason="accounts signed")
    done = [PeriodTurn(this.label, n, PeriodScope.REGULAR, closes=True) for n in range(1, today.month - OPEN_MONTHS)]
    if done:
        await turn_period(conn, done, actor=ACCOUNTANT)
    first_open = date(today.year, max(1, today.month - OPEN_MONTHS), 1)
    items = await store.list_open_items(conn)
    accounts = sorted({item.account_id for item in items})[3 : 3 + len(LATE)]
    requests = [
        PostRequest((_late(account_id, first_open, *told),), AGENT, told[3])
        for account_id, told in zip(accounts, LATE, strict=False)
    ]
    answers = await post(conn, requests, types)
    assert all(not isinstance(answer, tuple) for answer in answers), f"a late operation was refused: {answers}"


def _late(account_id: int, first_open: date, type_code: str, amount: str, days: int, why: str) -> NewOperation:
    return NewOperation(account_id, type_code, Decimal(amount), first_open - timedelta(days=days), description=why)
