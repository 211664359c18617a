"""What events say: one for each account, with the operations as the API shows them; read forward; as they are described."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from applications import app_on
from faces.api.asking import Asking, make_token
from litestar.testing import AsyncTestClient
from outbox.test_api import make_customer, make_seller

from solde.db import Pool
from solde.kernel.dates import Clock
from solde.outbox import KINDS, relay

PAYLOADS = {kind.code: kind.payload for kind in KINDS}


@pytest.fixture
async def ask(database_url: str, pool: Pool, clock: Clock) -> AsyncIterator[Asking]:
    """A caller who may do everything; A and B belong to MAIN, O to another seller."""
    await make_seller(pool)
    for code, seller in (("A", "MAIN"), ("B", "MAIN"), ("O", "OTHER")):
        await make_customer(pool, clock, code, seller)
    async with AsyncTestClient(app_on(database_url, clock=clock), base_url="http://testserver.local") as client:
        yield Asking(client, await make_token(pool, clock, "admin"))


def invoice(amount: str, **more: Any) -> dict[str, Any]:
    return {"type": "INV_STD", "amount": amount, "date": "2026-03-01", "due_date": "2026-03-31", **more}


async def events(ask: Asking, pool: Pool, clock: Clock, query: str = "") -> list[dict[str, Any]]:
    await relay(pool, clock=clock)
    answer = await ask.get(f"/events?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def done(ask: Asking, path: str, body: object) -> dict[str, Any]:
    answer = await ask.post(path, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_event_of_a_posting_holds_the_operation_as_the_api_shows_it(
    ask: Asking, pool: Pool, clock: Clock
) -> None:
    made = await done(ask, "/accounts/A/operations", invoice("120", net="100", tax="20", reference="F-277"))
    (event,) = await events(ask, pool, clock, "kinds=operation.posted")
    (told,) = event["data"]["after"]["operations"]
    assert (event["data"]["account"], event["data"]["seller"]) == ("A", "MAIN")
    assert told == {name: made[name] for name in told}
    assert {"number", "side", "amount", "currency", "reference", "due_date", "net", "tax"} <= set(told)


async def test_a_posting_over_many_accounts_is_an_event_and_an_activity_of_each(
    ask: Asking, pool: Pool, clock: Clock
) -> None:
    bodies = [invoice("10", account=code) for code in ("A", "O", "B", "A")]
    numbers = (await done(ask, "/operations", {"operations": bodies}))["items"]
    found = await events(ask, pool, clock, "kinds=operation.posted")
    told = {(e["data"]["account"], o["number"]) for e in found for o in e["data"]["after"]["operations"]}
    assert told == {(line["account"], line["number"]) for line in numbers}
    assert sorted(e["data"]["account"] for e in found) == ["A", "B", "O"]
    for code, words in (("A", "Posted 2 operations"), ("B", "Posted an invoice")):
        activity = (await ask.get(f"/accounts/{code}/activity")).json()["items"]
        assert activity[0]["words"].startswith(words)
    other = Asking(ask.client, await make_token(pool, clock, "admin", seller="OTHER"))
    assert [e["data"]["account"] for e in await events(other, pool, clock, "kinds=operation.posted")] == ["O"]


async def test_many_operations_of_one_account_are_told_as_sums(ask: Asking, pool: Pool, clock: Clock) -> None:
    await done(ask, "/accounts/A/operations", {"operations": [invoice("10.50")] * 21})
    (event,) = await events(ask, pool, clock, "kinds=operation.posted")
    assert event["data"]["after"] == {
        "count": 21, "first": 1, "last": 21, "currency": "EUR", "debit": "220.5", "credit": "0",
    }  # fmt: skip
    msgspec.convert(event["data"]["after"], PAYLOADS["operation.posted"])


async def everything(ask: Asking) -> None:
    """One of everything that moves money."""
    await done(
        ask, "/accounts/A/operations", {"operations": [invoice("100"), invoice("50"), invoice("30"), invoice("20")]}
    )
    await done(
        ask,
        "/accounts/A/payments",
        {"amount": "100", "payment_method": "WIRETRANSFER", "date": "2026-03-02", "allocate_to": "none"},
    )
    await done(
        ask,
        "/accounts/A/payments",
        {"amount": "10", "payment_method": "WIRETRANSFER", "date": "2026-03-02", "allocate_to": "none"},
    )
    await done(ask, "/accounts/A/matches", {"debits": [1], "credits": [5]})
    await done(ask, "/accounts/A/matches/A/reversal", {})
    await done(ask, "/accounts/A/refunds", {"credit": 6, "reason": "asked for it"})
    await done(ask, "/accounts/A/operations/5/rejection", {"reason": "no funds"})
    await done(ask, "/accounts/A/operations/2/write-off", {"reason": "hopeless"})
    await done(ask, "/accounts/A/operations/3/credit-note", {"reason": "wrong"})
    await done(ask, "/accounts/A/operations/4/transfer", {"to": "B", "reason": "wrong account"})


async def test_every_action_on_money_has_a_kind_of_its_own(ask: Asking, pool: Pool, clock: Clock) -> None:
    await everything(ask)
    found = await events(ask, pool, clock, "account=A&limit=200")
    assert {e["type"] for e in found} >= {
        "operation.posted", "payment.refunded", "payment.rejected", "operation.written_off", "invoice.credited",
        "operation.transferred", "match.created", "match.reversed",
    }  # fmt: skip
    (far,) = [e for e in await events(ask, pool, clock, "account=B") if e["type"] == "operation.transferred"]
    assert far["data"]["after"]["operations"][0]["amount"] == "20"


async def test_every_event_says_what_its_kind_is_described_to_say(ask: Asking, pool: Pool, clock: Clock) -> None:
    await everything(ask)
    await ask.change("PUT", "/accounts/A/operations/1/litigation", json={"amount": "5", "reason": "late"})
    found = await events(ask, pool, clock, "limit=200")
    assert len(found) > 10
    for event in found:
        payload = PAYLOADS[event["type"]]
        if payload is not None:
            msgspec.convert(event["data"]["after"], payload)


async def test_events_are_followed_forward_from_an_id_and_from_an_instant(
    ask: Asking, pool: Pool, clock: Clock
) -> None:
    for amount in ("1", "2", "3", "4"):
        await done(ask, "/accounts/A/operations", invoice(amount))
    newest_first = await events(ask, pool, clock, "kinds=operation.posted")
    assert await events(ask, pool, clock, "kinds=operation.posted&after=0") == newest_first[::-1]
    second = newest_first[2]
    after = await events(ask, pool, clock, f"kinds=operation.posted&after={second['data']['id']}")
    assert after == newest_first[:2][::-1]
    first_page = (await ask.get("/events?kinds=operation.posted&after=0&limit=3")).json()
    rest = (await ask.get(f"/events?kinds=operation.posted&after=0&limit=3&cursor={first_page['next']}")).json()
    assert first_page["items"] + rest["items"] == newest_first[::-1]
    assert rest["next"] is None
    since = await events(ask, pool, clock, "kinds=operation.posted&recorded_after=2020-01-01T00:00:00Z")
    assert since == newest_first[::-1]
    assert await events(ask, pool, clock, "recorded_after=2100-01-01T00:00:00Z") == []
    bad = await ask.get("/events?after=4711")
    assert bad.json()["errors"][0]["code"] == "bad_cursor"


async def test_the_document_describes_every_kind(ask: Asking) -> None:
    document = (await ask.get("/openapi.json")).json()
    assert set(document["webhooks"]) == {kind.code for kind in KINDS}
    text = json.dumps(document["webhooks"])
    for kind in KINDS:
        if kind.payload is not None:
            assert f"#/components/schemas/{kind.payload.__name__}" in text
            assert kind.payload.__name__ in document["components"]["schemas"]
