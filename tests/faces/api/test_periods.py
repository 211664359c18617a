"""Accounting years and the rejected queue over HTTP."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.db import Pool
from solde.kernel.dates import Clock

YEAR = {"label": "2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
MARCH = "/accounting-years/2026/periods/3"
CHARGE = {"type": "XCH_GAIN", "amount": "100.00", "date": "2026-03-10"}


async def caller(
    client: AsyncTestClient[Litestar], pool: Pool, clock: Clock, role: str, seller: str | None = None
) -> Asking:
    """Somebody else, with keys of their own."""
    return Asking(
        client, await make_token(pool, clock, role, seller), count(sum(map(ord, role + (seller or ""))) * 100)
    )


async def close(ask: Asking, **body: Any) -> None:
    answer = await ask.post(f"{MARCH}/close", {"for": "regular"} | body)
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def agent(ask: Asking, client: AsyncTestClient[Litestar], pool: Pool, clock: Clock) -> Asking:
    """A care agent; March is closed for regular users."""
    assert (await ask.post("/accounting-years", YEAR)).status_code == 201
    await close(ask)
    return await caller(client, pool, clock, "agent")


async def test_a_year_is_made_read_and_closed(ask: Asking) -> None:
    made = (await ask.post("/accounting-years", YEAR)).json()
    assert (made["cut"], made["on_closed"], len(made["periods"]), made["version"]) == ("MONTHLY", "BLOCK", 12, 1)
    tried = await ask.post("/accounting-years/2026/close?dry_run=true", {"for": "all"}, key=None)
    assert all(period["closed_for_all"] for period in tried.json()["periods"])
    read = await ask.get("/accounting-years/2026")
    assert not any(period["closed_for_regular"] for period in read.json()["periods"])
    policy = {"on_closed": "FORCE", "force_day": 31, "regular_after": 5}
    changed = await ask.send("PUT", "/accounting-years/2026/policy", json=policy, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["regular_after"], changed.headers["etag"]) == (200, 5, '"2"')
    closed = await ask.post("/accounting-years/2026/close", {"for": "all", "reason": "signed"})
    assert {p["changed_by"] for p in closed.json()["periods"]} == {"admin of a test"}
    again = await ask.post("/accounting-years/2026/close", {"for": "all"})
    assert (again.status_code, codes(again)) == (409, ["period_closed_already"])


async def test_who_may_close_and_who_may_open_again(
    ask: Asking, client: AsyncTestClient[Litestar], pool: Pool, clock: Clock
) -> None:
    await ask.post("/accounting-years", YEAR)
    accountant = await caller(client, pool, clock, "accountant")
    assert (await accountant.post(f"{MARCH}/close", {"for": "regular"})).status_code == 200
    assert (await accountant.post(f"{MARCH}/close", {"for": "all"})).status_code == 403
    assert (await accountant.post(f"{MARCH}/reopen", {"reason": "late"})).status_code == 403
    for_seller = await caller(client, pool, clock, "accountant", "MAIN")
    kept = await for_seller.post("/accounting-years/2026/periods/4/close", {"for": "regular"})
    assert (kept.status_code, codes(kept)) == (403, ["forbidden"])
    auditor = await caller(client, pool, clock, "auditor")
    assert (await auditor.get("/accounting-years")).json()["items"][0]["periods"][2]["closed_for_regular"]


async def test_an_operation_dated_in_a_closed_period_says_so(agent: Asking, ask: Asking, account: str) -> None:
    answer = await agent.post(f"/accounts/{account}/operations", CHARGE, key="once")
    assert (answer.status_code, answer.json()["posting_status"], answer.json()["accounting_date"]) == (
        201, "REJECTED", None,
    )  # fmt: skip
    again = await agent.post(f"/accounts/{account}/operations", CHARGE, key="once")
    assert again.json() == answer.json()
    late = await ask.post(f"/accounts/{account}/operations", CHARGE)
    assert (late.json()["posting_status"], late.json()["accounting_date"]) == ("POSTED", "2026-03-10")
    balances = (await ask.get(f"/accounts/{account}/balances")).json()["items"]
    assert balances[0]["balance"] == "200"
    listed = (await ask.get(f"/accounts/{account}/operations?posting_status=REJECTED")).json()
    assert [o["number"] for o in listed["items"]] == [1]


@pytest.mark.usefixtures("agent")
async def test_a_payment_and_a_write_off_in_a_closed_period_say_so(
    ask: Asking, account: str, pool: Pool, clock: Clock
) -> None:
    cashier = await caller(ask.client, pool, clock, "cashier")
    body = {"amount": "40", "date": "2026-03-12", "type": "PAY_WIRE"}
    tried = await cashier.post(f"/accounts/{account}/payments?dry_run=true", body, key=None)
    made = await cashier.post(f"/accounts/{account}/payments", body, key="paid")
    again = await cashier.post(f"/accounts/{account}/payments", body, key="paid")
    found = [(answer.status_code, answer.json()["posting_status"]) for answer in (tried, made, again)]
    assert found == [(201, "REJECTED")] * 3
    listed = (await ask.get("/payments")).json()["items"]
    assert [(one["number"], one["posting_status"]) for one in listed] == [(1, "REJECTED")]
    await ask.post(f"/accounts/{account}/operations", CHARGE)
    given_up = await ask.post(f"/accounts/{account}/operations/2/write-off", {"reason": "small"})
    assert [one["posting_status"] for one in given_up.json()["operations"]] == ["POSTED"]


async def test_of_a_batch_the_lines_that_were_rejected_say_so(agent: Asking, account: str) -> None:
    bodies = [CHARGE, CHARGE | {"date": "2026-04-01"}]
    answer = await agent.post(f"/accounts/{account}/operations", {"operations": bodies})
    assert answer.json()["items"] == [
        {"account": account, "number": 1, "posting_status": "REJECTED", "accounting_date": None},
        {"account": account, "number": 2},
    ]


async def test_a_rejected_operation_is_listed_and_repaired(agent: Asking, ask: Asking, account: str) -> None:
    await agent.post(f"/accounts/{account}/operations", CHARGE)
    (waits,) = (await ask.get("/rejected-operations")).json()["items"]
    assert (waits["account"], waits["number"], waits["own_accounting_date"], waits["reason"]) == (
        account, 1, "2026-03-10", "CLOSED_PERIOD",
    )  # fmt: skip
    place = f"/accounts/{account}/operations/1"
    tried = await ask.post(f"{place}/post?dry_run=true", {}, key=None)
    assert tried.json()["accounting_date"] == "2026-03-10", "open for an administrator"
    await close(ask, **{"for": "all"})
    refused = await ask.post(f"{place}/post", {})
    assert (refused.status_code, codes(refused)) == (409, ["accounting_day_closed"])
    refused = await ask.post(f"{place}/accounting-date", {"date": "2026-03-31", "reason": "late"})
    assert codes(refused) == ["accounting_day_closed"]
    forbidden = await agent.post(f"{place}/force", {})
    assert forbidden.status_code == 403
    forced = await ask.post(f"{place}/force", {"reason": "late"})
    assert forced.json() == {
        "account": account, "number": 1, "posting_status": "POSTED", "accounting_date": "2026-04-01",
    }  # fmt: skip
    assert (await ask.get("/rejected-operations")).json()["items"] == []
    moved = await ask.post(f"{place}/accounting-date", {"date": "2026-05-02", "reason": "belongs to May"})
    assert moved.json()["accounting_date"] == "2026-05-02"
    read = (await ask.get(place)).json()["operation"]
    assert (read["date"], read["posting_status"], read["accounting_date"]) == ("2026-03-10", "POSTED", "2026-05-02")


async def test_many_are_repaired_together_or_none(agent: Asking, ask: Asking, account: str) -> None:
    for _ in range(2):
        await agent.post(f"/accounts/{account}/operations", CHARGE)
    await agent.post(f"/accounts/{account}/operations", CHARGE | {"date": "2026-04-01"})
    chosen = [{"account": account, "number": n} for n in (1, 2, 3)]
    refused = await ask.post("/rejected-operations/repair", {"operations": chosen, "way": "force"})
    assert (refused.status_code, codes(refused)) == (409, ["not_rejected"])
    assert f"operation 3 of {account}" in refused.text
    chosen = chosen[:2]
    done = await ask.post("/rejected-operations/repair?dry_run=true", {"operations": chosen, "way": "force"}, key=None)
    assert [one["accounting_date"] for one in done.json()["items"]] == ["2026-04-01"] * 2
    done = await ask.post("/rejected-operations/repair", {"operations": chosen, "way": "force"})
    assert [one["accounting_date"] for one in done.json()["items"]] == ["2026-04-01"] * 2


async def test_what_is_dated_in_a_period_is_counted(agent: Asking, ask: Asking, account: str) -> None:
    await agent.post(f"/accounts/{account}/operations", CHARGE)
    await ask.post(f"/accounts/{account}/operations", CHARGE)
    counted = (await ask.get(f"{MARCH}/operations")).json()
    assert counted == {"posted": 1, "exported": 0, "rejected": 1, "export_failed": 0}


async def test_a_payment_proposed_by_a_cashier_follows_the_rules_of_cashiers(
    agent: Asking, ask: Asking, client: AsyncTestClient[Litestar], pool: Pool, clock: Clock, account: str
) -> None:
    cashier = await caller(client, pool, clock, "cashier")
    body = {"amount": "5.00", "type": "PAY_WIRE", "date": "2026-03-10", "allocate_to": "none"}
    assert (await cashier.post(f"/accounts/{account}/payments", body)).status_code == 201
    assert (await ask.post(f"/accounts/{account}/payments", body)).status_code == 201
    operations = (await ask.get(f"/accounts/{account}/operations?sort=number")).json()["items"]
    assert [o["posting_status"] for o in operations] == ["REJECTED", "POSTED"]
