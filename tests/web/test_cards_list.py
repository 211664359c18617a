"""The list of card transactions of all accounts: filters, files, the way to the transaction; gone while the feature is off."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO

import pytest
from web.company import NOW, Company
from web.desk import HTML, Client, key_in, own_books, read, send, signed_in
from web.test_list_files import keys_on

from solde.cards import CardKind, CardRequest
from solde.cards.actions import ask
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import resolve_accounts
from solde.db import open_pool

PLACE = "/payments/cards"


async def _pay(dsn: str, account: str) -> None:
    """A charge given back in part, and one that is declined, of an account."""
    async with open_pool(dsn) as pool:
        async with pool.connection() as conn:
            found = (await resolve_accounts(conn, [account]))[account]
        gateway = Sandbox(pool, lambda: NOW, address="http://here")
        for number in ("4242424242424242", "4000000000009995"):
            setup = await begin_setup(gateway, pool, found.account_id, "/", actor="test", clock=lambda: NOW)
            assert setup.gateway_reference is not None
            await gateway.enter_card(setup.gateway_reference, number, 2029, 12)
            await finish_setup(gateway, pool, (found.account_id, setup.setup_number), clock=lambda: NOW)
        for kind, amount, card, of in (("charge", "50", 1, None), ("refund", "20", None, 1), ("charge", "75", 2, None)):
            wish = CardRequest(found.account_id, CardKind(kind), "test", Decimal(amount), card, of)
            await ask(gateway, pool, wish, clock=lambda: NOW)


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        ThreadPoolExecutor(1).submit(lambda: asyncio.run(_pay(opened[0], opened[1].easycall))).result()
        yield opened


async def file_of(client: Client, query: str = "") -> list[list[str]]:
    answer = await client.get(f"{PLACE}.csv{query}", headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    rows = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    return [[row["Transaction"], row["State"], row["Amount"]] for row in rows]


async def test_the_page_and_its_file_list_what_the_filters_leave(books: tuple[str, Company]) -> None:
    declined, back, charged = ["Charge 3", "Declined", "75"], ["Refund to the card 2", "Refunded", "20"], [
        "Charge 1", "Refunded in part", "50",
    ]  # fmt: skip
    async with signed_in(books[0], "viewer", "looks at cards") as client:
        for query, fits in (
            ("", [declined, back, charged]), ("?state=DECLINED", [declined]), ("?kind=refund", [back]),
            ("?attention=true", []), (f"?account={books[1].easycall}", [declined, back, charged]), ("?q=nobody", []),
        ):  # fmt: skip
            assert await file_of(client, query) == fits, query
            assert len(keys_on(await read(client, PLACE + query))) == len(fits), query
        text = await read(client, PLACE)
        assert f'href="/accounts/{books[1].easycall}/cards/transactions/1"' in text


async def test_what_cannot_be_read_is_said_and_left_out(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "mistypes") as client:
        text = await read(client, f"{PLACE}?state=LOST&date_from=yesterday")
        assert "'LOST' is not one of " in text
        assert len(keys_on(text)) == 3
        assert (await client.get(f"{PLACE}.csv?state=LOST", headers=HTML)).status_code == 422


async def test_nothing_of_it_is_there_while_card_payments_are_off(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "admin", "switches cards off") as client:
        assert f'href="{PLACE}"' in await read(client, "/payments")
        page = await read(client, "/settings/features/card_payments")
        await send(client, "/settings/features/card_payments", key=key_in(page), version="1", on="false")
        assert (await client.get(PLACE, headers=HTML)).status_code == 404
        assert f'href="{PLACE}"' not in await read(client, "/payments")
