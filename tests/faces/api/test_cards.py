"""Card payments over the API, with the sandbox as the gateway."""

from __future__ import annotations

import asyncio
import os

import pytest
from cards.till import NUMBERS
from conftest import TestClock
from faces.api.asking import Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.app.jobs.cards import tend_cards
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.settings import GatewaySettings
from solde.db import Pool

SANDBOX = GatewaySettings()
ROUNDS = 20 if os.environ.get("SOLDE_TORTURE") else 1


@pytest.fixture
def gateway(client: AsyncTestClient[Litestar]) -> Sandbox:
    """The sandbox of the application."""
    found = client.app.state.services.gateway
    assert isinstance(found, Sandbox)
    return found


async def add_card(ask: Asking, gateway: Sandbox, pool: Pool, clock: TestClock, behaviour: str = "approve") -> int:
    """Add a card to account A1 as its holder does: on the page of the sandbox, told by an event."""
    answer = await ask.post("/accounts/A1/cards", {"return_url": "https://shop.example/back"})
    assert answer.status_code == 201, answer.text
    page = answer.json()["redirect"].rsplit("/", 1)[1]
    assert await gateway.enter_card(page, NUMBERS[behaviour], 2029, 12) == "https://shop.example/back"
    await tend_cards(pool, clock=clock, settings=SANDBOX)
    return int((await ask.get("/accounts/A1/cards")).json()["items"][-1]["card"])


async def test_a_card_is_added_shown_made_default_and_removed(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    assert [await add_card(ask, gateway, pool, clock) for _ in range(2)] == [1, 2]
    first, second = (await ask.get("/accounts/A1/cards")).json()["items"]
    assert (first["brand"], first["last4"], first["expires"], first["default"]) == ("visa", "4242", "2029-12", True)
    assert (await ask.send("PUT", "/accounts/A1/cards/2/default")).json()["default"] is True
    assert (await ask.send("DELETE", "/accounts/A1/cards/1")).json()["state"] == "REMOVED"
    assert [c["card"] for c in (await ask.get("/accounts/A1/cards")).json()["items"]] == [2]
    assert codes(await ask.send("DELETE", "/accounts/A1/cards/1")) == ["unknown_card"]
    assert second["card"] == 2


async def test_a_card_is_charged_captured_voided_and_refunded(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    await add_card(ask, gateway, pool, clock)
    path = "/accounts/A1/card-transactions"
    tried = await ask.post(f"{path}?dry_run=true", {"kind": "charge", "amount": "40.00"})
    assert (tried.status_code, tried.json()["state"], tried.json()["dry_run"]) == (201, "CREATED", True)
    charged = (await ask.post(path, {"kind": "charge", "amount": "40.00"})).json()
    assert (charged["state"], charged["captured"], charged["operation"]) == ("CAPTURED", "40", 1)
    refunded = (await ask.post(path, {"kind": "refund", "transaction": charged["id"], "amount": "15.00"})).json()
    assert (refunded["state"], refunded["transaction"], refunded["operation"]) == ("REFUNDED", 1, 2)
    held = (await ask.post(path, {"kind": "authorize", "amount": "30.00"})).json()
    assert (held["state"], held["expires_at"]) == ("AUTHORIZED", "2026-11-29T10:00:00Z")
    assert (await ask.post(path, {"kind": "void", "transaction": held["id"]})).json()["state"] == "VOIDED"
    balance = (await ask.get("/accounts/A1/balances/default")).json()
    assert balance["balance"] == "-25"
    listed = (await ask.get(f"{path}?kind=charge&kind=authorize")).json()
    assert [(one["id"], one["state"]) for one in listed["items"]] == [(3, "VOIDED"), (1, "REFUNDED")]
    page = (await ask.get(f"{path}?limit=3")).json()
    assert [one["id"] for one in (await ask.get(f"{path}?cursor={page['next']}")).json()["items"]] == [1]
    detail = (await ask.get(f"{path}/1")).json()
    assert [step["id"] for step in detail["steps"]] == [2]
    assert [(one["what"], one["verdict"]) for one in detail["attempts"]] == [("charge", "approved")]


async def test_the_same_key_charges_once_however_often_and_however_much_at_once(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    await add_card(ask, gateway, pool, clock)
    path = "/accounts/A1/card-transactions"
    for turn in range(1, ROUNDS + 1):
        body, key = {"kind": "charge", "amount": f"{turn}.00"}, f"once {turn}"
        answers = await asyncio.gather(*(ask.post(path, body, key=key) for _ in range(50)))
        assert {(a.status_code, a.json()["id"], a.json()["state"]) for a in answers} == {(201, turn, "CAPTURED")}
        other = await ask.post(path, body | {"amount": "41.00"}, key=key)
        assert (other.status_code, codes(other)) == (422, ["idempotency_key_reused"])
    async with pool.connection() as conn:
        found = await (
            await conn.execute("select count(*), (select count(*) from operation) from sandbox_request")
        ).fetchone()
    assert found == (ROUNDS, ROUNDS)


async def test_a_decline_is_an_answer_and_a_time_out_is_resolved_by_a_named_person(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    path = "/accounts/A1/card-transactions"
    await add_card(ask, gateway, pool, clock, "decline:insufficient_funds")
    declined = await ask.post(path, {"kind": "charge", "amount": "40.00"})
    assert (declined.status_code, declined.json()["state"], declined.json()["code"]) == (
        201, "DECLINED", "insufficient_funds",
    )  # fmt: skip
    lost = await add_card(ask, gateway, pool, clock, "request_lost")
    asked = (await ask.post(path, {"kind": "charge", "amount": "40.00", "card": lost})).json()
    assert asked["state"] == "UNKNOWN"
    resolve = f"{path}/{asked['id']}/resolve"
    assert codes(await ask.post(resolve, {"outcome": "failed", "reason": " "})) == ["action_reason_missing"]
    assert codes(await ask.post(resolve, {"outcome": "approved", "reason": "seen"})) == ["bad_resolution"]
    done = (await ask.post(resolve, {"outcome": "failed", "reason": "no such payment there"})).json()
    assert (done["state"], done["code"]) == ("FAILED", "resolved_by_hand")
    assert codes(await ask.post(resolve, {"outcome": "failed", "reason": "again"})) == ["not_resolvable"]
    detail = (await ask.get(f"{path}/{asked['id']}")).json()
    assert detail["attempts"][-1]["actor"] == "admin of a test"


async def test_above_the_limit_of_a_role_a_second_person_approves_and_the_janitor_carries_it_out(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    await add_card(ask, gateway, pool, clock)
    cashier = Asking(ask.client, await make_token(pool, clock, "cashier"))
    waits = await cashier.post("/accounts/A1/card-transactions", {"kind": "charge", "amount": "5000.01"}, key="mine")
    assert waits.status_code == 202, waits.text
    assert (await ask.get("/accounts/A1/card-transactions")).json()["items"] == []
    approved = await ask.post(f"/approvals/{waits.json()['approval']}/decision", {"approve": True})
    assert approved.status_code == 200, approved.text
    clock.advance(seconds=15)
    await tend_cards(pool, clock=clock, settings=SANDBOX)
    (one,) = (await ask.get("/accounts/A1/card-transactions")).json()["items"]
    assert (one["state"], one["amount"], one["actor"]) == ("CAPTURED", "5000.01", "cashier of a test")


async def test_who_may_not_and_what_is_switched_off(
    ask: Asking, accounts: list[str], pool: Pool, clock: TestClock
) -> None:
    agent = Asking(ask.client, await make_token(pool, clock, "agent"))
    refused = await agent.post("/accounts/A1/card-transactions", {"kind": "charge", "amount": "1.00"}, key="mine")
    assert (refused.status_code, codes(refused)) == (403, ["forbidden"])
    assert codes(await ask.post("/accounts/A1/card-transactions", {"kind": "charge", "amount": "1.00"})) == ["no_card"]
    features = (await ask.get("/features")).json()["items"]
    version = next(one["version"] for one in features if one["code"] == "card_payments")
    off = await ask.send("PUT", "/features/card_payments", json={"on": False}, headers={"if-match": f'"{version}"'})
    assert off.status_code == 200
    assert codes(await ask.get("/accounts/A1/cards")) == ["feature_off"]


async def test_an_event_is_taken_once_and_a_forged_or_stale_one_is_not(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    body = '{"kind": "other", "words": "hello"}'
    headers = await gateway.sign("evt_1", body)
    path = "/api/v1/gateway-events/sandbox"
    assert (await ask.client.post(path, content=body, headers=headers)).json() == {
        "told": "it concerns nothing of ours"
    }
    assert (await ask.client.post(path, content=body, headers=headers)).json() == {"told": "known"}
    forged = await ask.client.post(path, content=body.replace("hello", "hallo"), headers=headers)
    assert (forged.status_code, codes(forged)) == (401, ["gateway_event_forged"])
    unsigned = await ask.client.post(path, content=body)
    assert unsigned.status_code == 401
    clock.advance(minutes=5, seconds=1)
    stale = await ask.client.post(path, content=body, headers=headers)
    assert (stale.status_code, codes(stale)) == (400, ["gateway_event_stale"])
    assert (await ask.client.post("/api/v1/gateway-events/stripe", content=body)).status_code == 404


async def test_transactions_of_all_accounts_are_listed_newest_first_and_narrowed(
    ask: Asking, accounts: list[str], gateway: Sandbox, pool: Pool, clock: TestClock
) -> None:
    await add_card(ask, gateway, pool, clock)
    await add_card(ask, gateway, pool, clock, "decline:insufficient_funds")
    path = "/accounts/A1/card-transactions"
    for body in (
        {"kind": "charge", "amount": "40.00"}, {"kind": "refund", "transaction": 1, "amount": "15.00"},
        {"kind": "charge", "amount": "9.00", "card": 2},
    ):  # fmt: skip
        assert (await ask.post(path, body)).status_code in {201, 402, 409, 422}
    whole = (await ask.get("/card-transactions")).json()["items"]
    assert [(one["account"], one["id"], one["kind"]) for one in whole] == [
        ("A1", 3, "charge"), ("A1", 2, "refund"), ("A1", 1, "charge"),
    ]  # fmt: skip
    first = (await ask.get("/card-transactions?limit=2")).json()
    rest = (await ask.get(f"/card-transactions?limit=2&cursor={first['next']}")).json()
    assert [*first["items"], *rest["items"]] == whole
    assert rest["next"] is None
    for query, ids in (
        ("state=DECLINED", [3]), ("kind=refund", [2]), ("account=A1", [3, 2, 1]), ("account=A2", []),
        ("attention=true", []), ("date_until=2000-01-01", []), ("q=nobodyatall", []),
    ):  # fmt: skip
        found = (await ask.get(f"/card-transactions?{query}")).json()["items"]
        assert [one["id"] for one in found] == ids, query
    assert codes(await ask.get("/card-transactions?state=LOST")) == ["unknown_filter_value"]
    assert codes(await ask.get("/card-transactions?cursor=bm8")) == ["bad_cursor"]
