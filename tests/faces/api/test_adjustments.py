"""The wizard's transactions through the API."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock


@pytest.fixture
async def agent(ask: Asking, pool: Pool, clock: Clock) -> Asking:
    """A caller who may credit 50 alone, and take no money."""
    return Asking(ask.client, await make_token(pool, clock, "agent"), itertools.count(1000))


async def test_a_charge_tells_what_it_made_and_a_trial_what_it_would(ask: Asking, account: str) -> None:
    path = f"/accounts/{account}/adjustments"
    body = {"type": "Manual charge", "amount": "12.00", "service": "CALLS", "comments": {"visible": "calls of May"}}
    tried = await ask.post(f"{path}?dry_run=true", body, key=None)
    assert (await ask.get(path)).json() == {"items": [], "next": None}
    done = await ask.post(path, body, key="once")
    told = done.json()
    assert told | {"dry_run": True, "recorded_at": ""} == tried.json() | {"recorded_at": ""}
    assert told | {"recorded_at": ""} == {
        "number": 1, "account": "A1", "type": "manual_charge", "amount": "12", "currency": "EUR",
        "payment_mode": "POSTPAID", "outcome": "done", "balance": {"before": "0", "after": "12"}, "funds": None,
        "unallocated": {"before": "0", "after": "0"},
        "item": {"number": 1, "service": "CALLS", "net": "10", "tax": "2"}, "operations": [], "transaction_id": None,
        "visible_comment": "calls of May", "internal_comment": None, "date": "2026-11-22", "recorded_at": "",
        "actor": "admin of a test",
    }  # fmt: skip
    assert (await ask.post(path, body, key="once")).json() == told
    assert codes(await ask.post(path, body | {"amount": "13"}, key="once")) == ["idempotency_key_reused"]
    assert (await ask.get(f"{path}/1")).json() == told
    assert (await ask.get(path)).json()["items"] == [told]
    assert codes(await ask.get(f"{path}/2")) == ["unknown_adjustment"]
    items = (await ask.get(f"/accounts/{account}/unbilled-items")).json()
    assert (items["total"]["gross"], items["items"][0]["visible_comment"]) == ("12", "calls of May")
    current = (await ask.get(f"/accounts/{account}/balances/current")).json()
    assert (current["balance"], current["direction"]) == ("12", "DR")


async def test_an_item_is_taken_back(ask: Asking, account: str) -> None:
    await ask.post(f"/accounts/{account}/adjustments", {"type": "manual_charge", "amount": "12", "service": "CALLS"})
    back = await ask.post(f"/accounts/{account}/unbilled-items/1/take-back", {"comment": "wrong customer"})
    assert (back.status_code, back.json()["gross"], back.json()["takes_back"]) == (201, "-12", 1)
    again = await ask.post(f"/accounts/{account}/unbilled-items/1/take-back", {})
    assert codes(again) == ["unbilled_item_corrected"]


async def test_above_a_limit_a_second_person_approves_exactly_that(ask: Asking, agent: Asking, account: str) -> None:
    path = f"/accounts/{account}/adjustments"
    body = {"type": "manual_credit", "amount": "60", "service": "CALLS", "comments": {"internal": "outage"}}
    waits = await agent.post(path, body)
    assert waits.status_code == 202
    assert (await ask.get(path)).json()["items"] == []
    (approval,) = (await ask.get("/approvals")).json()["items"]
    assert (approval["kind"], approval["amount"], approval["reason"]) == ("adjustment_manual_credit", "60", "outage")
    assert (await ask.post(f"/approvals/{approval['id']}/decision", {"approve": True})).status_code in {200, 201}
    (made,) = (await ask.get(path)).json()["items"]
    assert (made["balance"], made["internal_comment"]) == ({"before": "0", "after": "-60"}, "outage")
    assert (await agent.post(path, body | {"amount": "50"})).status_code == 201


async def test_what_would_be_refused_does_not_wait(agent: Asking, account: str) -> None:
    body = {"type": "manual_credit", "amount": "60", "service": "NONE"}
    assert codes(await agent.post(f"/accounts/{account}/adjustments", body)) == ["unknown_service"]


async def test_a_role_does_what_it_may(ask: Asking, agent: Asking, account: str) -> None:
    path = f"/accounts/{account}/adjustments"
    assert codes(await agent.post(path, {"type": "manual_payment", "amount": "5"})) == ["forbidden"]
    assert codes(await agent.post(path, {"type": "theft", "amount": "5"})) == ["unknown_adjustment_type"]
    found = (await agent.get(f"{path}:options")).json()
    by_type = {one["type"]: one for one in found["items"]}
    assert by_type["manual_charge"]["available"]
    assert (
        by_type["manual_payment"]["why"]
        == "Your role may not register and reject payments, assign unidentified receipts."
    )
    await ask.post(path, {"type": "manual_payment", "amount": "100"})
    found = (await ask.get(f"{path}:options")).json()
    assert found["standing"]["unallocated"] == "100"
    assert {one["type"]: one["most"] for one in found["items"]}["refund"] == "100"


async def test_many_requests_with_one_key_are_one_adjustment(ask: Asking, account: str) -> None:
    path, body = f"/accounts/{account}/adjustments", {"type": "promotional_credit", "amount": "5"}
    answers = await asyncio.gather(*(ask.post(path, body, key="same") for _ in range(10)))
    assert {(answer.status_code, answer.json()["number"]) for answer in answers} == {(201, 1)}
    assert len((await ask.get(path)).json()["items"]) == 1


async def test_switched_off_there_are_no_adjustments(ask: Asking, account: str) -> None:
    on = next(f for f in (await ask.get("/features")).json()["items"] if f["code"] == "adjustments")
    off = await ask.send("PUT", "/features/adjustments", headers={"If-Match": f'"{on["version"]}"'}, json={"on": False})
    assert off.status_code == 200
    assert codes(await ask.get(f"/accounts/{account}/adjustments")) == ["feature_off"]
