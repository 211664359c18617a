"""Webhooks, deliveries, events and mails through the API."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from applications import app_on
from faces.api.asking import COMPLETE, Asking, codes, make_token
from httpx import Response
from ledger import rows
from litestar.testing import AsyncTestClient
from outbox.conftest import Outgoing, Receiver
from standardwebhooks import Webhook

from solde.customers import NewCustomer, create_customers
from solde.db import Pool, transaction
from solde.kernel.dates import Clock
from solde.outbox import Mail, relay, send_mail


@pytest.fixture
async def ask(database_url: str, pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    """A caller who may do everything, where receivers on this machine are allowed."""
    monkeypatch.setenv("SOLDE_WEBHOOKS_PRIVATE", "1")
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        yield Asking(client, await make_token(pool, clock, "admin"))


async def make_customer(pool: Pool, clock: Clock, code: str, seller: str) -> None:
    new = NewCustomer(**(COMPLETE | {"code": code, "account_code": code, "seller": seller}))
    (made,) = await transaction(pool, lambda conn: create_customers(conn, [new], actor="test", now=clock()))
    assert not isinstance(made, tuple), made


async def make_seller(pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into seller (code, name, country, currency, time_zone, language)"
            " values ('OTHER', 'Other', 'DE', 'EUR', 'Europe/Berlin', 'de')"
        )


async def make_webhook(ask: Asking, url: str, **more: Any) -> dict[str, Any]:
    answer = await ask.post("/webhooks", {"url": url, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change(ask: Asking, webhook: int, version: int, **body: Any) -> Response:
    return await ask.send("PATCH", f"/webhooks/{webhook}", json=body, headers={"if-match": f'"{version}"'})


async def test_a_webhook_made_through_the_api_hears_of_what_happens(
    ask: Asking, outgoing: Outgoing, receiver: Receiver
) -> None:
    # The receiver's library looks at the machine's own clock.
    outgoing.clock = lambda: datetime.now(UTC)
    made = await make_webhook(ask, receiver.url, kinds=["customer.created"], description="shop")
    await make_customer(outgoing.pool, outgoing.clock, "C1", "MAIN")
    assert (await outgoing.deliver()).delivered == 1
    told = Webhook(made["secret"]).verify(receiver.bodies[0], receiver.heads[0])
    assert (told["type"], told["data"]["account"], told["data"]["seller"]) == ("customer.created", "C1", "MAIN")
    (delivery,) = (await ask.get(f"/webhooks/{made['webhook']['id']}/deliveries")).json()["items"]
    assert (delivery["state"], delivery["status"], delivery["event"]) == ("DELIVERED", 204, told["data"]["id"])
    (event,) = (await ask.get("/events?kinds=customer.created&account=C1")).json()["items"]
    assert event == told


async def test_the_secret_is_shown_once(ask: Asking, pool: Pool, receiver: Receiver) -> None:
    body = {"url": receiver.url, "description": "(shown once)"}
    made = await ask.post("/webhooks", body, key="w")
    again = await ask.post("/webhooks", body, key="w")
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert made.json()["webhook"]["description"] == "(shown once)"
    assert again.json()["webhook"] == made.json()["webhook"]
    assert again.json()["secret"] == "(shown once)"
    assert secret not in (await ask.get("/webhooks")).text
    async with pool.connection() as conn:
        found = await rows(conn, "select t::text from idempotency t union all select t::text from audit_record t")
    assert not any(secret in str(row[0]) for row in found)


async def test_a_webhook_is_changed_switched_off_and_deleted_by_its_version(ask: Asking, receiver: Receiver) -> None:
    webhook = (await make_webhook(ask, receiver.url))["webhook"]["id"]
    assert codes(await ask.send("PATCH", f"/webhooks/{webhook}", json={})) == ["if_match_missing"]
    changed = await change(ask, webhook, 1, active=False, kinds=["match.created", "match.created"])
    assert (changed.json()["active"], changed.json()["kinds"], changed.headers["etag"]) == (
        False,
        ["match.created"],
        '"2"',
    )
    assert codes(await change(ask, webhook, 1, active=True)) == ["version_differs"]
    assert codes(await ask.post(f"/webhooks/{webhook}/test")) == ["webhook_inactive"]
    gone = await ask.send("DELETE", f"/webhooks/{webhook}", headers={"if-match": '"2"'})
    assert gone.status_code == 204
    assert codes(await ask.get(f"/webhooks/{webhook}")) == ["unknown_webhook"]
    assert codes(await ask.get(f"/webhooks/{webhook}/deliveries")) == ["unknown_webhook"]
    assert (await ask.get("/webhooks")).json()["items"] == []


async def test_a_test_event_is_sent_and_replayed(
    ask: Asking, outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    webhook = (await make_webhook(ask, receiver.url, kinds=["match.created"]))["webhook"]["id"]
    begun = await ask.post(f"/webhooks/{webhook}/test")
    assert (begun.status_code, begun.json()["state"]) == (202, "WAITING")
    assert codes(await ask.post(f"/deliveries/{begun.json()['id']}/replay")) == ["delivery_waiting"]
    await outgoing.deliver()
    assert (await ask.post(f"/deliveries/{begun.json()['id']}/replay")).status_code == 202
    await outgoing.deliver()
    assert receiver.ids == [begun.json()["event"]] * 2
    since = {"since": "2026-01-01T00:00:00Z"}
    assert (await ask.post(f"/webhooks/{webhook}/replay", since)).json() == {"deliveries": 0}
    assert codes(await ask.post(f"/webhooks/{webhook}/replay", {"since": "yesterday"})) == ["instant_not_readable"]


async def test_an_address_inside_the_network_is_refused_unless_it_is_allowed(
    ask: Asking, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = (await make_webhook(ask, receiver.url))["webhook"]["id"]
    monkeypatch.delenv("SOLDE_WEBHOOKS_PRIVATE")
    assert codes(await ask.post("/webhooks", {"url": receiver.url})) == ["webhook_address_private"]
    assert codes(await change(ask, webhook, 1, url="http://localhost/")) == ["webhook_address_private"]
    assert codes(await ask.post("/webhooks", {"url": "ftp://x.example"})) == ["webhook_url_unfit"]


async def test_wrong_input_is_refused_with_its_place(ask: Asking, receiver: Receiver) -> None:
    answer = await ask.post("/webhooks", {"url": receiver.url, "kinds": ["nothing"], "seller": "NOBODY"})
    assert codes(answer) == ["unknown_event_kind", "webhook_seller_unknown"]
    assert answer.json()["errors"][0]["pointer"] == "/kinds/0"
    assert codes(await ask.get("/events?kinds=nothing")) == ["unknown_event_kind"]
    assert codes(await ask.get("/events?cursor=x")) == ["bad_cursor"]
    assert codes(await ask.get("/mails?state=LOST")) == ["bad_shape"]
    assert codes(await ask.get("/mails?cursor=WyJ4Il0")) == ["bad_cursor"]
    assert codes(await ask.get("/webhooks/x")) == ["unknown_webhook"]
    assert codes(await ask.get("/webhooks/99999999999999999999999")) == ["unknown_webhook"]
    assert codes(await ask.post("/deliveries/77/replay")) == ["unknown_delivery"]


async def test_whoever_may_not_set_up_webhooks_sees_none_of_it(ask: Asking, pool: Pool, clock: Clock) -> None:
    viewer = Asking(ask.client, await make_token(pool, clock, "viewer"))
    for path in ("/webhooks", "/webhooks/1", "/webhooks/1/deliveries", "/events", "/event-kinds", "/mails"):
        assert (await viewer.get(path)).status_code == 403


async def test_a_caller_kept_to_a_seller_sees_and_makes_only_what_is_his(
    ask: Asking, pool: Pool, clock: Clock, outgoing: Outgoing, receiver: Receiver
) -> None:
    await make_seller(pool)
    other = Asking(ask.client, await make_token(pool, clock, "admin", "OTHER"), itertools.count(1000))
    everybody = (await make_webhook(ask, receiver.url))["webhook"]["id"]
    own = (await make_webhook(other, receiver.url))["webhook"]
    assert own["seller"] == "OTHER"
    assert codes(await other.post("/webhooks", {"url": receiver.url, "seller": "MAIN"})) == ["webhook_seller_unknown"]
    assert [w["id"] for w in (await other.get("/webhooks")).json()["items"]] == [own["id"]]
    for answer in (
        await other.get(f"/webhooks/{everybody}"),
        await change(other, everybody, 1, active=False),
        await other.send("DELETE", f"/webhooks/{everybody}", headers={"if-match": '"1"'}),
        await other.post(f"/webhooks/{everybody}/test"),
        await other.post(f"/webhooks/{everybody}/replay", {"since": "2026-01-01T00:00:00Z"}),
        await other.get(f"/webhooks/{everybody}/deliveries"),
    ):
        assert codes(answer) == ["unknown_webhook"]
    await make_customer(pool, clock, "M1", "MAIN")
    await make_customer(pool, clock, "O1", "OTHER")
    assert (await outgoing.deliver()).delivered == 3
    assert [e["data"]["account"] for e in (await other.get("/events")).json()["items"]] == ["O1"]
    (foreign, *_) = (await ask.get(f"/webhooks/{everybody}/deliveries")).json()["items"]
    assert codes(await other.post(f"/deliveries/{foreign['id']}/replay")) == ["unknown_delivery"]


async def test_mails_are_listed_and_sent_again(ask: Asking, pool: Pool, clock: Clock) -> None:
    await make_seller(pool)
    mails = [Mail([f"{n}@example.com"], f"mail {n}", "t", seller=s) for n, s in ((1, None), (2, "MAIN"), (3, "OTHER"))]
    await transaction(pool, lambda conn: send_mail(conn, mails, now=clock()))
    first = (await ask.get("/mails?limit=2")).json()
    second = (await ask.get(f"/mails?limit=2&cursor={first['next']}")).json()
    assert [mail["subject"] for mail in first["items"] + second["items"]] == ["mail 3", "mail 2", "mail 1"]
    other = Asking(ask.client, await make_token(pool, clock, "admin", "OTHER"), itertools.count(1000))
    assert [mail["to"] for mail in (await other.get("/mails")).json()["items"]] == [["3@example.com"]]
    assert codes(await other.post(f"/deliveries/{first['items'][1]['id']}/replay")) == ["unknown_delivery"]
    async with pool.connection() as conn:
        await conn.execute("update outbox_message set state = 'DEAD', ended_at = now()")
    assert (await other.post(f"/deliveries/{first['items'][0]['id']}/replay")).status_code == 202
    assert [m["subject"] for m in (await ask.get("/mails?state=WAITING")).json()["items"]] == ["mail 3"]


async def test_the_kinds_of_events_are_listed(ask: Asking, pool: Pool, clock: Clock) -> None:
    found = (await ask.get("/event-kinds")).json()["items"]
    assert {"code": "operation.posted", "label": "Operations were posted on an account."} in found
    await relay(pool, clock=clock)
    assert (await ask.get("/events")).json() == {"items": [], "next": None}
