"""Instalment plans through the API."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

pytest_plugins = ["faces.api.conftest"]

POSTED = [
    {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "reference": "F-2026/1"},
    {"type": "INV_STD", "amount": "20", "date": "2026-10-02"},
]


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices of 120 in all."""
    await ask.post(f"/accounts/{account}/operations", {"operations": POSTED})
    return f"/accounts/{account}"


async def opens(ask: Asking, ledger: str) -> dict[int, str]:
    items = (await ask.get(f"{ledger}/operations?matching_status=O,P")).json()["items"]
    return {item["number"]: item["open"] for item in items}


async def drafted(ask: Asking, ledger: str, **more: Any) -> dict[str, Any]:
    made = await ask.post(f"{ledger}/instalment-plans", {"debits": [1, 2], **more})
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def active(ask: Asking, ledger: str, **more: Any) -> dict[str, Any]:
    draft = await drafted(ask, ledger, **more)
    made = await ask.post(f"{ledger}/instalment-plans/{draft['number']}/activate", {"version": draft["version"]})
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def test_a_proposal_writes_nothing(ask: Asking, ledger: str) -> None:
    made = await ask.post(f"{ledger}/instalment-plans:propose", {"debits": ["1", 2], "count": 2}, key=None)
    assert made.json() == {
        "account": "A1",
        "currency": "EUR",
        "amount": "120",
        "debt": "120",
        "fee": "0",
        "interest": "0",
        "instalments": [
            {"number": 1, "due_date": "2026-12-01", "amount": "60"},
            {"number": 2, "due_date": "2027-01-01", "amount": "60"},
        ],
    }
    assert (await ask.get("/instalment-plans")).json() == {"items": [], "next": None}


async def test_the_life_of_a_plan(ask: Asking, ledger: str) -> None:
    place = f"{ledger}/instalment-plans/1"
    draft = await drafted(ask, ledger, note="agreed by telephone")
    assert (draft["state"], draft["amount"], draft["paid"], draft["note"]) == (
        "DRAFT", "120", "0", "agreed by telephone",
    )  # fmt: skip
    changed = await ask.send(
        "PATCH",
        place,
        json={"instalments": [{"due_date": f"2026-12-{day}", "amount": "40"} for day in (10, 20, 30)]},
        headers={"if-match": '"1"'},
    )
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"2"')
    tried = await ask.post(f"{place}/activate?dry_run=true", {"version": 2}, key=None)
    assert (tried.json()["state"], tried.json()["dry_run"]) == ("ACTIVE", True)
    assert (await ask.get(place)).json()["state"] == "DRAFT"
    done = (await ask.post(f"{place}/activate", {"version": 2})).json()
    assert done | {"dry_run": True, "activated_at": ""} == tried.json() | {"activated_at": ""}
    assert [one["type"] for one in done["effect"]["operations"]] == ["PPL_CREATION", *["PPL_INSTALLMENT"] * 3]
    assert [one["operation"] for one in done["instalments"]] == [4, 5, 6]
    await ask.post(f"{ledger}/payments", {"type": "PAY_WIRE", "amount": "40"})
    listed = (await ask.get("/instalment-plans?account=A1&state=ACTIVE")).json()["items"]
    assert [(one["paid"], one["open"], one["next_due_date"]) for one in listed] == [("40", "80", "2026-12-20")]
    broken = (await ask.post(f"{place}/break", {"reason": "does not pay"})).json()
    assert (broken["state"], broken["unmatched"], broken["paid"], broken["open"]) == ("BROKEN", "80", "40", "0")
    assert await opens(ask, ledger) == {1: "60", 2: "20"}
    assert [one["state"] for one in (await ask.get("/instalment-plans?state=BROKEN,DRAFT")).json()["items"]] == [
        "BROKEN"
    ]


async def test_an_activation_above_the_limit_waits_and_is_refused_when_the_draft_changed(
    ask: Asking, ledger: str, pool: Pool, clock: Clock
) -> None:
    limit = {"role": "controller", "kind": "instalment_plan", "single_most": "100", "day_most": None}
    assert (await ask.change("PUT", "/approval-limits", json={"items": [limit]})).status_code == 200
    controller = Asking(ask.client, await make_token(pool, clock, "controller"), itertools.count(1000))
    await drafted(ask, ledger)
    place = f"{ledger}/instalment-plans/1"
    waiting = await controller.post(f"{place}/activate", {"version": 1})
    assert waiting.status_code == 202
    assert (await ask.get(place)).json()["state"] == "DRAFT"
    await ask.send(
        "PATCH", place, json={"instalments": [{"due_date": "2030-01-01", "amount": "120"}]}, headers={"if-match": '"1"'}
    )
    number = waiting.json()["approval"]
    assert codes(await ask.post(f"/approvals/{number}/decision", {"approve": True})) == ["version_differs"]
    second = (await controller.post(f"{place}/activate", {"version": 2})).json()["approval"]
    decided = await ask.post(f"/approvals/{second}/decision", {"approve": True})
    assert decided.status_code == 200, decided.text
    assert (await ask.get(place)).json()["state"] == "ACTIVE"


async def test_a_draft_is_cancelled_and_an_active_plan_is_not(ask: Asking, ledger: str) -> None:
    await drafted(ask, ledger)
    gone = await ask.send("DELETE", f"{ledger}/instalment-plans/1?reason=changed+their+mind")
    assert (gone.json()["state"], gone.json()["end_reason"]) == ("CANCELED", "changed their mind")
    await active(ask, ledger)
    assert codes(await ask.send("DELETE", f"{ledger}/instalment-plans/2")) == ["plan_not_draft"]


async def test_plans_are_listed_a_page_at_a_time_newest_first(ask: Asking, ledger: str) -> None:
    for _ in range(3):
        await drafted(ask, ledger)
    first = (await ask.get("/instalment-plans?limit=2")).json()
    rest = (await ask.get(f"/instalment-plans?limit=2&cursor={first['next']}")).json()
    assert [one["number"] for one in (*first["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next"] is None
    assert codes(await ask.get("/instalment-plans?cursor=xyz")) == ["bad_cursor"]
    assert codes(await ask.get("/instalment-plans?state=PAID")) == ["unknown_plan_state"]


async def test_overdue_plans_are_found(ask: Asking, ledger: str, clock: Any) -> None:
    await active(ask, ledger, count=2, first_date="2026-11-23")
    assert (await ask.get("/instalment-plans?overdue=true")).json()["items"] == []
    clock.advance(days=3)
    (plan,) = (await ask.get("/instalment-plans?overdue=true&seller=MAIN")).json()["items"]
    assert (plan["overdue"], plan["next_due_date"]) == ("60", "2026-11-23")


async def test_who_is_kept_to_another_seller_sees_no_plan(ask: Asking, ledger: str, pool: Pool, clock: Clock) -> None:
    await drafted(ask, ledger)
    other = Asking(ask.client, await make_token(pool, clock, "admin", "OTHER"))
    assert (await other.get("/instalment-plans")).json()["items"] == []
    assert codes(await other.get(f"{ledger}/instalment-plans/1")) == ["unknown_account"]
    assert (await other.get("/instalment-plans?seller=MAIN")).json()["items"] == []


async def test_a_viewer_reads_plans_and_makes_none(ask: Asking, ledger: str, pool: Pool, clock: Clock) -> None:
    viewer = Asking(ask.client, await make_token(pool, clock, "viewer"))
    assert (await viewer.post(f"{ledger}/instalment-plans", {"debits": [1]})).status_code == 403
    assert (await viewer.get("/instalment-plans")).status_code == 200


async def test_plans_that_are_not_there_are_not_found(ask: Asking, ledger: str) -> None:
    for number in ("1", "0", "x", "9" * 30):
        assert codes(await ask.get(f"{ledger}/instalment-plans/{number}")) == ["unknown_plan"]


async def test_the_rule_is_changed_under_its_version(ask: Asking) -> None:
    (rule,) = (await ask.get("/instalment-rules")).json()["items"]
    assert (rule["seller"], rule["version"], rule["grace_days"]) == (None, 1, 15)
    body = {key: value for key, value in rule.items() if key != "version"}
    body |= {"default_count": 6, "limits": [{"currency": "EUR", "min_instalment": "10"}]}
    changed = await ask.send("PUT", "/instalment-rules", json=body, headers={"if-match": '"1"'})
    assert (changed.json()["version"], changed.json()["default_count"]) == (2, 6)
    assert codes(await ask.send("PUT", "/instalment-rules", json=body, headers={"if-match": '"1"'})) == [
        "version_differs"
    ]


async def test_a_seller_has_a_rule_of_its_own(ask: Asking, ledger: str) -> None:
    (rule,) = (await ask.get("/instalment-rules")).json()["items"]
    body = {key: value for key, value in rule.items() if key != "version"}
    own = await ask.send(
        "PUT", "/instalment-rules", json=body | {"seller": "MAIN", "default_count": 2}, headers={"if-match": '"0"'}
    )
    assert own.json()["seller"] == "MAIN"
    assert len((await drafted(ask, ledger))["instalments"]) == 2


async def test_the_calendar_of_a_seller_is_written_whole(ask: Asking, ledger: str) -> None:
    days = [{"date": "2026-12-01", "label": "Feast"}]
    put = await ask.change("PUT", "/holidays", read="/holidays?seller=MAIN", json={"seller": "MAIN", "holidays": days})
    assert put.json() == {"seller": "MAIN", "holidays": days, "version": put.json()["version"]}
    assert (await ask.get("/holidays?seller=MAIN")).json()["items"] == [put.json()]
    assert (await drafted(ask, ledger))["first_due_date"] == "2026-12-02"
    assert codes(await ask.change("PUT", "/holidays", json={"seller": "NONE", "holidays": []})) == ["unknown_seller"]


async def test_without_the_feature_there_are_no_plans(ask: Asking, ledger: str) -> None:
    await drafted(ask, ledger)
    features = {one["code"]: one for one in (await ask.get("/features")).json()["items"]}
    version = features["instalment_plans"]["version"]
    off = await ask.send("PUT", "/features/instalment_plans", json={"on": False}, headers={"if-match": f'"{version}"'})
    assert off.status_code == 200
    for path in ("/instalment-plans", f"{ledger}/instalment-plans/1", "/instalment-rules", "/holidays"):
        assert codes(await ask.get(path)) == ["feature_off"]
