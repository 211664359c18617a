"""What the next invoices of the demo company will hold, and what its prepaid customers paid in and used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from solde.adjustments import Adjusted, AdjustmentRequest, AdjustmentType, adjust
from solde.db import Connection
from solde.operations import Types

from . import store

ACTOR = "demo"
CHARGED_EVERY = 6
"""One of so many customers has charges for the next invoice."""

_CHARGES = (
    ("INSTALLATION", 4900, 9900, "Installation of the line"),
    ("CALLS", 300, 4500, "Calls to special numbers"),
    ("HARDWARE", 2900, 14900, "Telephone"),
    ("LATE_FEE", 500, 1500, "Late payment fee"),
)
T = AdjustmentType


async def charge_and_top_up(conn: Connection, types: Types, today: date, seed: int) -> int:
    """Make charges, credits and promotions, and let prepaid customers pay in and use; gives how many adjustments."""
    random = Random(seed + 2)  # noqa: S311 - made up, not secret
    prepaid = await store.list_prepaid_accounts(conn)
    others = [account for account in await store.list_demo_accounts(conn) if account not in set(prepaid)]
    rounds = [
        [_pay_in(random, account) for account in prepaid],
        [_use(random, account) for account in prepaid],
        list(_charges(random, others)),
        list(_credits(random, others)),
    ]
    for requests in rounds:
        answers = await adjust(conn, requests, types, today=today)
        refused = [one for one in answers if not isinstance(one, Adjusted)]
        assert not refused, f"adjustments were refused: {refused[:5]}"
    return sum(len(requests) for requests in rounds)


def _pay_in(random: Random, account: int) -> AdjustmentRequest:
    amount = Decimal(random.choice([10, 20, 25, 50, 100]))
    return AdjustmentRequest(account, T.MANUAL_PAYMENT, ACTOR, amount, method="CASH", visible="Top-up in the shop")


def _use(random: Random, account: int) -> AdjustmentRequest:
    amount = Decimal(random.randint(50, 950)) / 100
    return AdjustmentRequest(account, T.MANUAL_CHARGE, ACTOR, amount, "CALLS", visible="Calls of this month")


def _charges(random: Random, accounts: Sequence[int]) -> Iterator[AdjustmentRequest]:
    for account in accounts[::CHARGED_EVERY]:
        service, least, most, words = random.choice(_CHARGES)
        amount = Decimal(random.randint(least, most)) / 100
        yield AdjustmentRequest(account, T.MANUAL_CHARGE, ACTOR, amount, service, visible=words)


def _credits(random: Random, accounts: Sequence[int]) -> Iterator[AdjustmentRequest]:
    for account in accounts[:: CHARGED_EVERY * 5]:
        amount = Decimal(random.randint(200, 2000)) / 100
        if random.random() < 0.5:
            yield AdjustmentRequest(account, T.PROMOTIONAL_CREDIT, ACTOR, amount, visible="Welcome back")
        else:
            yield AdjustmentRequest(
                account,
                T.MANUAL_CREDIT,
                ACTOR,
                amount,
                "CALLS",
                visible="For the outage",
                internal="Agreed by telephone",
            )
