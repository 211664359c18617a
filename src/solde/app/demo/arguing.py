"""Who looks after what the demo's customers dispute: a reason, an owner, a day to look at it again; some of it only in part.

The disputes themselves come with the invoices, of every age.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from solde.db import Connection
from solde.kernel.money import exponent, round_to
from solde.kernel.paging import LIMIT_MOST
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, OpenDispute, dispute, list_disputes

from .adjusting import ACTOR

REASONS = (
    ("PRICE", "The tariff of last year was invoiced"),
    ("PRICE", "The discount agreed in the order is missing"),
    ("QUANTITY", "Two lines more than installed"),
    ("QUALITY", "The line was down for three days"),
    ("NOT_DELIVERED", "Service never switched on"),
    ("DUPLICATE", "Invoiced twice, says the customer"),
    ("CONTRACT", "Cancelled before the period began"),
    ("OTHER", "The customer asks for a copy of the order"),
)
OWNERS = ("agent", "controller", "controller", "accountant")
AS_IT_CAME, IN_PART = 0.2, 0.35
"""The shares that nobody has looked at yet, and of which only a part is disputed."""


async def look_after(conn: Connection, today: date, seed: int) -> int:
    """Give most of what is disputed a reason, an owner and a day; gives how many."""
    found: list[OpenDispute] = []
    cursor: str | None = None
    while True:
        page = await list_disputes(conn, limit=LIMIT_MOST, cursor=cursor)
        found += [one for one in page.items if (one.account or "").startswith("DEMO-")]
        if (cursor := page.next) is None:
            break
    requests = list(_updates(Random(seed + 2), found, today))  # noqa: S311 - made up, not secret
    answers = await dispute(conn, requests, today=today)
    refused = [answer for answer in answers if not isinstance(answer, Disputed)]
    assert not refused, f"litigations were refused: {refused[:5]}"
    return len(requests)


def _updates(random: Random, found: Sequence[OpenDispute], today: date) -> Iterator[DisputeRequest]:
    for one in found:
        if random.random() < AS_IT_CAME:
            continue
        code, words = random.choice(REASONS)
        on = min(today, one.since_on + timedelta(random.randint(1, 20)))
        amount = one.disputed
        if random.random() < IN_PART:
            amount = round_to(amount * random.randint(2, 8) / 10, exponent(one.currency)) or one.disputed
        review = today + timedelta(random.randint(-20, 45))
        yield DisputeRequest(
            one.account_id,
            one.number,
            DisputeVerb.UPDATE,
            ACTOR,
            amount,
            on,
            words,
            random.choice(OWNERS),
            review,
            code,
        )
