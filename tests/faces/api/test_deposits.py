"""Security deposits through the API."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from faces.api.asking import Asking, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

PLACE = "/accounts/A1/security-deposits"


async def caller(ask: Asking, pool: Pool, clock: Clock, role: str) -> Asking:
    return Asking(ask.client, await make_token(pool, clock, role), itertools.count(5000))


@pytest.fixture
async def deposit(ask: Asking, account: str) -> str:
    """The address of a deposit of 100 that is funded; operations 1 to 3 are its own, 4 is an invoice of 80."""
    assert account == "A1"
    assert (await ask.post(PLACE, {"template": "STANDARD", "amount": "100"})).status_code == 201
    funded = await ask.post(f"{PLACE}/1/fund", {"amount": "100", "method": "WIRETRANSFER"})
    assert funded.status_code == 201, funded.text
    invoice = {"type": "INV_STD", "amount": "80", "date": "2026-11-01"}
    assert (await ask.post("/accounts/A1/operations", {"operations": [invoice]})).status_code == 201
    return f"{PLACE}/1"


async def balances(ask: Asking) -> tuple[str, str]:
    """security_deposit and default, each as the API says it."""
    found = (await ask.get("/accounts/A1/balances")).json()["items"]
    said = {one["definition"]: f"{one['balance']} {one['direction']}" for one in found}
    return said["security_deposit"], said["default"]


async def test_the_life_of_a_deposit(ask: Asking, deposit: str) -> None:
    assert await balances(ask) == ("-100 CR", "80 DR")
    paid = await ask.post(f"{deposit}/pay", {"operation": 4, "amount": "80"})
    assert paid.status_code == 201
    assert (paid.json()["kind"], paid.json()["deposit"]["state"], paid.json()["deposit"]["held"]) == (
        "PAY",
        "UNLOCKED",
        "20",
    )
    assert await balances(ask) == ("-20 CR", "0 ZERO")
    given = (await ask.post(f"{deposit}/refund", {"reason": "over"})).json()
    assert await balances(ask) == ("0 ZERO", "0 ZERO")
    assert [o["type"] for o in given["effect"]["operations"]] == ["REF_SD"]
    found = (await ask.get(deposit)).json()
    assert (found["state"], found["held"], found["asked"], found["expected"]) == ("REFUNDED", "0", "0", "100")
    assert [(e["kind"], e["amount"], e["held_after"], e["state_after"]) for e in found["history"]] == [
        ("REQUEST", "100", "0", "VALIDATED"),
        ("FUND", "100", "100", "LOCKED"),
        ("PAY", "80", "20", "UNLOCKED"),
        ("REFUND", "20", "0", "REFUNDED"),
    ]
    assert found["history"][1]["operations"] == [{"number": 2, "part": "PAYMENT"}, {"number": 3, "part": "HELD"}]


async def test_a_request_cancelled_and_a_funding_rejected(ask: Asking, deposit: str) -> None:
    assert (await ask.post(f"{deposit}/cancel", {"reason": "x"})).json()["code"] == "deposit_state_forbids"
    elsewhere = await ask.post("/accounts/A1/operations/2/rejection", {"reason": "no money"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "payment_of_deposit")
    back = (await ask.post(f"{deposit}/reject-funding", {"payment": 2, "reason": "no money"})).json()
    assert (back["deposit"]["state"], back["deposit"]["asked"], back["amount"]) == ("VALIDATED", "100", "100")
    gone = (await ask.post(f"{deposit}/cancel", {"reason": "no money"})).json()
    assert (gone["deposit"]["state"], gone["deposit"]["asked"]) == ("CANCELED", "0")


async def test_what_comes_beyond_a_deposit_is_an_ordinary_payment(ask: Asking, account: str) -> None:
    await ask.post(
        f"/accounts/{account}/operations", {"operations": [{"type": "INV_STD", "amount": "30", "date": "2026-11-01"}]}
    )
    await ask.post(PLACE, {"template": "STANDARD", "amount": "100"})
    done = (await ask.post(f"{PLACE}/1/fund", {"amount": "150", "method": "CARD"})).json()
    assert (done["amount"], done["payment"]["amount"], done["payment"]["matched"]) == ("100", "50", "30")
    assert [o["type"] for o in done["effect"]["operations"]] == ["PAY_CRD", "CRD_SD"]


async def test_matches_of_a_deposit_are_not_undone_by_hand(ask: Asking, deposit: str) -> None:
    answer = await ask.post("/accounts/A1/matches/A/reversal", {"reason": "x"})
    assert (answer.status_code, answer.json().get("code")) == (409, "deposit_operation"), deposit


UNFIT: list[tuple[str, dict[str, Any], int, str]] = [
    ("/pay", {"operation": 4, "amount": "80.01"}, 409, "over_matching"),
    ("/pay", {"operation": 9}, 404, "unknown_operation"),
    ("/pay", {"operation": 1}, 409, "deposit_operation"),
    ("/pay", {"operation": 3}, 422, "wrong_side"),
    ("/pay", {"operation": 4, "amount": "1.001"}, 422, "deposit_amount_too_fine"),
    ("/refund", {"amount": "100.01"}, 409, "deposit_over_held"),
    ("/refund", {"method": "GOLD"}, 422, "payment_method_unknown"),
    ("/refund", {"reason": "a\0b"}, 422, "action_reason_unprintable"),
    ("/fund", {"amount": "1", "method": "CASH"}, 409, "deposit_state_forbids"),
    ("/fund", {"amount": "1"}, 422, "bad_shape"),
    ("/cancel", {"reason": " "}, 409, "deposit_state_forbids"),
    ("/reject-funding", {"payment": 4, "reason": "x"}, 404, "deposit_funding_unknown"),
    ("/reject-funding", {"payment": 2, "reason": ""}, 422, "action_reason_missing"),
]


@pytest.mark.parametrize(("path", "body", "status", "code"), UNFIT)
async def test_what_cannot_be_done_is_refused(
    ask: Asking, deposit: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    for trial in ("", "?dry_run=true"):
        answer = await ask.post(f"{deposit}{path}{trial}", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await ask.get(deposit)).json()["state"] == "LOCKED"


@pytest.mark.parametrize("number", ["2", "0", "x", "9" * 30])
async def test_a_deposit_that_is_not_there(ask: Asking, account: str, number: str) -> None:
    answer = await ask.get(f"{PLACE}/{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_deposit"), account


async def test_lists_are_filtered_and_paged(ask: Asking, accounts: list[str]) -> None:
    for account, count in (("A1", 3), ("A2", 2)):
        for _ in range(count):
            body = {"template": "STANDARD", "amount": "10", "valid_until": f"2027-01-0{count}"}
            await ask.post(f"/accounts/{account}/security-deposits", body)
    await ask.post("/accounts/A2/security-deposits/1/fund", {"amount": "10", "method": "CASH"})
    first = (await ask.get("/security-deposits?limit=3")).json()
    rest = (await ask.get(f"/security-deposits?limit=3&cursor={first['next']}")).json()
    assert [(d["account"], d["number"]) for d in (*first["items"], *rest["items"])] == [
        ("A1", 1), ("A1", 2), ("A1", 3), ("A2", 1), ("A2", 2),
    ]  # fmt: skip
    assert rest["next"] is None

    async def numbers(query: str) -> list[tuple[str, int]]:
        return [(d["account"], d["number"]) for d in (await ask.get(f"/security-deposits?{query}")).json()["items"]]

    assert await numbers("state=LOCKED") == [("A2", 1)]
    assert len(await numbers("state=LOCKED,VALIDATED")) == 5
    assert await numbers("account=A2") == [("A2", 1), ("A2", 2)]
    assert await numbers("expiring_before=2027-01-03") == [("A2", 1), ("A2", 2)]
    assert len(await numbers("seller=MAIN")) == 5
    assert await numbers("seller=NONE") == []
    assert (await ask.get("/security-deposits?state=OPEN")).json()["code"] == "bad_shape"
    assert (await ask.get("/security-deposits?cursor=eA")).json()["code"] == "bad_cursor"
    assert accounts


async def test_templates_and_settings(ask: Asking, account: str) -> None:
    body = {
        "code": "OFFICE",
        "label": "Office",
        "currency": "EUR",
        "min": "50",
        "max": "80",
        "validity": 12,
        "validity_unit": "MONTHS",
    }
    made = await ask.post("/deposit-templates", body)
    assert (made.status_code, made.json()["state"], made.headers["etag"]) == (201, "DRAFT", '"1"')
    assert (await ask.post("/deposit-templates", body)).json()["code"] == "deposit_template_exists"
    idle = await ask.post(PLACE, {"template": "OFFICE", "amount": "60"})
    assert idle.json()["code"] == "deposit_template_not_active"
    headers = {"If-Match": '"1"'}
    active = await ask.send("PATCH", "/deposit-templates/OFFICE", headers, json={"state": "ACTIVE"})
    assert (active.json()["state"], active.json()["version"]) == ("ACTIVE", 2)
    late = await ask.send("PATCH", "/deposit-templates/OFFICE", headers, json={"max": None})
    assert late.json()["code"] == "version_differs"
    asked = (await ask.post(PLACE, {"template": "OFFICE", "amount": "60"})).json()["deposit"]
    assert (asked["name"], asked["valid_until"]) == ("OFFICE-1", "2027-11-22")
    assert [one["code"] for one in (await ask.get("/deposit-templates")).json()["items"]] == ["OFFICE", "STANDARD"]
    assert (await ask.get("/deposit-templates/OFFICE")).headers["etag"] == '"2"'
    assert (await ask.get("/deposit-templates/NONE")).json()["code"] == "unknown_deposit_template"
    kept = {"auto_refund": True, "limits": [{"currency": "EUR", "max_per_deposit": "70", "max_per_customer": "100"}]}
    changed = await ask.send("PUT", "/deposit-settings", headers, json=kept)
    assert changed.json() == kept | {"version": 2}
    assert (await ask.get("/deposit-settings")).json() == changed.json()
    codes = [
        (await ask.post(PLACE, {"template": "OFFICE", "amount": amount})).json()["errors"][0]["code"]
        for amount in ("71", "60")
    ]
    assert codes == ["deposit_above_limit", "deposit_above_customer_limit"], account


async def test_a_switched_off_feature_has_no_routes_and_keeps_its_data(ask: Asking, deposit: str) -> None:
    async def switch(on: bool) -> None:
        found = {one["code"]: one for one in (await ask.get("/features")).json()["items"]}["security_deposits"]
        await ask.send("PUT", "/features/security_deposits", {"If-Match": f'"{found["version"]}"'}, json={"on": on})

    await switch(False)
    for path in (deposit, "/security-deposits", "/deposit-templates", "/deposit-settings"):
        assert ((await ask.get(path)).json()["code"]) == "feature_off"
    assert (await ask.post(f"{deposit}/pay", {"operation": 4})).json()["code"] == "feature_off"
    await switch(True)
    assert (await ask.get(deposit)).json()["held"] == "100"


ALLOWED = {
    "viewer": set(),
    "agent": set(),
    "cashier": {"request", "pay", "refund"},
    "controller": {"request", "pay"},
    "accountant": {"request", "pay"},
    "auditor": set(),
    "program": {"request", "pay", "refund"},
}


@pytest.mark.parametrize("role", list(ALLOWED))
async def test_who_may_do_what(ask: Asking, deposit: str, pool: Pool, clock: Clock, role: str) -> None:
    mine = await caller(ask, pool, clock, role)
    done = {
        "request": await mine.post(f"{PLACE}?dry_run=true", {"template": "STANDARD", "amount": "1"}),
        "pay": await mine.post(f"{deposit}/pay?dry_run=true", {"operation": 4}),
        "refund": await mine.post(f"{deposit}/refund?dry_run=true", {}),
    }
    assert {name for name, answer in done.items() if answer.status_code == 201} == ALLOWED[role]
    assert {answer.status_code for answer in done.values()} <= {201, 403}
    assert (await mine.get(deposit)).status_code == 200


async def test_a_refund_above_the_limit_waits_for_a_second_person(
    ask: Asking, account: str, pool: Pool, clock: Clock
) -> None:
    await ask.post(PLACE, {"template": "STANDARD", "amount": "900"})
    await ask.post(f"{PLACE}/1/fund", {"amount": "900", "method": "CASH"})
    cashier = await caller(ask, pool, clock, "cashier")
    waits = await cashier.post(f"{PLACE}/1/refund", {})
    assert waits.status_code == 202
    waiting = (await ask.get("/approvals?state=WAITING")).json()["items"]
    assert [(one["kind"], one["amount"]) for one in waiting] == [("deposit_refund", "900")]
    assert (await ask.get(f"{PLACE}/1")).json()["state"] == "LOCKED"
    decided = await ask.post(f"/approvals/{waiting[0]['id']}/decision", {"approve": True})
    assert decided.status_code == 200, decided.text
    found = (await ask.get(f"{PLACE}/1")).json()
    assert (found["state"], found["history"][-1]["actor"]) == ("REFUNDED", waiting[0]["proposed_by"]), account


async def test_an_account_with_a_deposit_stays_open(ask: Asking, account: str) -> None:
    await ask.post(PLACE, {"template": "STANDARD", "amount": "100"})
    held = (await ask.get(f"/accounts/{account}/blockers")).json()["items"]
    assert [(one["kind"], one["amount"], one["count"]) for one in held] == [("DEPOSITS", "0", 1)]
    refused = await ask.post(f"/accounts/{account}/close", {"reason": "left"})
    assert (refused.status_code, refused.json()["code"]) == (409, "account_has_deposits")
    await ask.post(f"{PLACE}/1/cancel", {"reason": "left"})
    assert (await ask.post(f"/accounts/{account}/close", {"reason": "left"})).status_code == 200


async def test_sixteen_at_once_never_take_more_than_is_held(ask: Asking, deposit: str) -> None:
    invoices = [{"type": "INV_STD", "amount": "10", "date": "2026-11-01"}] * 16
    await ask.post("/accounts/A1/operations", {"operations": invoices})
    answers = await asyncio.gather(*(ask.post(f"{deposit}/pay", {"operation": 5 + i}) for i in range(16)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 6
    assert (await ask.get(deposit)).json()["held"] == "0"
