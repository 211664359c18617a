"""Cards and card payments of the demo company: through the sandbox, as a cardholder and a cashier would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from solde.cards import CardKind, CardRequest, store
from solde.cards.actions import ask
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.events import receive
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import resolve_accounts
from solde.db import Pool
from solde.kernel.dates import add_months

ACTOR = "cashier"
STORIES = (
    ("DEMO-00002", "4242424242424242", 16, (("charge", "50", None), ("refund", "20", 1))),
    ("DEMO-00003", "5555555555554444", 2, (("authorize", "100", None),)),
    ("DEMO-00004", "4000000000009995", 36, (("charge", "75", None),)),
    ("DEMO-00005", "378282246310005", 21, (("authorize", "60", None), ("capture", "40", 1))),
)
"""A customer, a test card and the months it is still good for, what was asked of it: kind, amount, of which transaction."""


async def make_cards(pool: Pool, now: datetime) -> None:
    """Store cards and use them; accounts that have a card are left alone, so that it may be repeated."""

    def clock() -> datetime:
        return now

    gateway = Sandbox(pool, clock)
    async with pool.connection() as conn:
        accounts = await resolve_accounts(conn, [code for code, *_ in STORIES])
    for code, number, months, asked in STORIES:
        found = accounts.get(code)
        if found is None:
            continue
        async with pool.connection() as conn:
            has_card = bool(await store.list_cards(conn, found.account_id, removed=True))
        if has_card:
            continue
        setup = await begin_setup(gateway, pool, found.account_id, "/", actor=ACTOR, clock=clock)
        assert setup.gateway_reference is not None, "a page was opened"
        last = add_months(now.date(), months)
        await gateway.enter_card(setup.gateway_reference, number, last.year, last.month)
        await finish_setup(gateway, pool, (found.account_id, setup.setup_number), clock=clock)
        for kind, amount, of in asked:
            wish = CardRequest(found.account_id, CardKind(kind), ACTOR, Decimal(amount), None, of)
            await ask(gateway, pool, wish, clock=clock)

    async def take(headers: Mapping[str, str], body: bytes) -> str:
        return await receive(gateway, pool, headers, body, clock=clock)

    await gateway.send_events(take)
