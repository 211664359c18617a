"""The work list, decisions and limits over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from applications import app_on, use
from faces.api.asking import COMPLETE, Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.approvals import Approvals, Proposal, Waiting
from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

TODAY = date(2026, 11, 22)


@pytest.fixture
async def client(database_url: str, clock: Clock, approvals: Approvals) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The application, with kinds of action of the tests."""
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        use(app, approvals=approvals)
        yield opened


@pytest.fixture
async def account_id(pool: Pool, clock: Clock) -> int:
    """An account of the seller MAIN."""

    async def work(conn: Connection) -> int:
        wanted = NewCustomer(**(COMPLETE | {"code": "C1", "account_code": "A1"}))
        await create_customers(conn, [wanted], actor="test", now=clock())
        await conn.execute(
            "insert into seller (code, name, country, currency, time_zone, language)"
            " values ('OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
        row = await (await conn.execute("select account_id from account_directory where code = 'A1'")).fetchone()
        assert row is not None
        return int(row[0])

    return await transaction(pool, work)


@pytest.fixture
async def waiting(pool: Pool, clock: Clock, approvals: Approvals, account_id: int) -> int:
    """A refund of 600 EUR that waits."""
    return await propose(pool, clock, approvals, account_id)


async def propose(pool: Pool, clock: Clock, approvals: Approvals, account_id: int, **content: object) -> int:
    refund = Proposal("refund", account_id, Decimal(600), "EUR", {"credit": 3} | content, "anna", "cashier", "overpaid")
    made = await transaction(pool, lambda conn: approvals.submit(conn, refund, now=clock(), today=TODAY))
    assert isinstance(made, Waiting)
    return made.approval_id


@pytest.fixture
async def ask(client: AsyncTestClient[Litestar], pool: Pool, clock: Clock) -> Asking:
    return Asking(client, await make_token(pool, clock, "controller"))


async def test_the_work_list_says_what_is_asked_and_why(ask: Asking, waiting: int) -> None:
    (item,) = (await ask.get("/approvals?state=WAITING")).json()["items"]
    assert item | {"digest": "", "id": 0} == {
        "id": 0,
        "state": "WAITING",
        "kind": "refund",
        "account": "A1",
        "seller": "MAIN",
        "amount": "600",
        "currency": "EUR",
        "content": {"credit": 3},
        "digest": "",
        "why": "600 EUR is above the limit of 500 of the role cashier",
        "proposed_by": "anna",
        "proposer_role": "cashier",
        "reason": "overpaid",
        "created_at": "2026-11-22T10:00:00Z",
        "expires_at": "2026-12-06T10:00:00Z",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
    }
    assert (await ask.get(f"/approvals/{waiting}")).json() == item
    assert (await ask.get("/approvals?kind=payment,write_off")).json() == {"items": [], "next": None}


async def test_a_decision_gives_what_was_done_and_is_repeated_once(ask: Asking, waiting: int) -> None:
    path = f"/approvals/{waiting}/decision"
    answer = await ask.post(path, {"approve": True, "reason": "checked"}, key="one")
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"] == {"noted": {"credit": 3}}
    assert answer.json()["approval"]["state"] == "APPROVED"
    again = await ask.post(path, {"approve": True, "reason": "checked"}, key="one")
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    other = await ask.post(path, {"approve": True})
    assert (other.status_code, codes(other)) == (409, ["approval_settled"])


async def test_a_decision_can_be_tried(ask: Asking, waiting: int) -> None:
    answer = await ask.post(f"/approvals/{waiting}/decision?dry_run=true", {"approve": True}, key=None)
    assert (answer.json()["approval"]["state"], answer.json()["dry_run"]) == ("APPROVED", True)
    assert (await ask.get(f"/approvals/{waiting}")).json()["state"] == "WAITING"


async def test_a_rejection_needs_a_reason(ask: Asking, waiting: int) -> None:
    path = f"/approvals/{waiting}/decision"
    bare = await ask.post(path, {"approve": False})
    assert (bare.status_code, codes(bare)) == (422, ["rejection_reason_missing"])
    answer = await ask.post(path, {"approve": False, "reason": "no"})
    assert (answer.json()["approval"]["state"], answer.json()["result"]) == ("REJECTED", None)


async def test_a_refused_action_is_told_and_goes_on_waiting(
    ask: Asking, pool: Pool, clock: Clock, approvals: Approvals, account_id: int
) -> None:
    number = await propose(pool, clock, approvals, account_id, refuse="give")
    answer = await ask.post(f"/approvals/{number}/decision", {"approve": True})
    assert (answer.status_code, codes(answer)) == (404, ["not_found"])
    assert (await ask.get(f"/approvals/{number}")).json()["state"] == "WAITING"


async def test_only_who_proposed_it_withdraws_it(
    ask: Asking, waiting: int, pool: Pool, clock: Clock, approvals: Approvals, account_id: int
) -> None:
    other = await ask.post(f"/approvals/{waiting}/withdrawal", {})
    assert (other.status_code, codes(other)) == (403, ["proposal_not_yours"])
    mine = Proposal("write_off", account_id, Decimal(6000), "EUR", {}, "controller of a test", "controller")
    made = await transaction(pool, lambda conn: approvals.submit(conn, mine, now=clock(), today=TODAY))
    assert isinstance(made, Waiting)
    own = await ask.post(f"/approvals/{made.approval_id}/decision", {"approve": True})
    assert codes(own) == ["own_proposal", "approver_limit_too_low"]
    answer = await ask.post(f"/approvals/{made.approval_id}/withdrawal", {"reason": "a mistake"})
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("WITHDRAWN", "a mistake")


async def test_another_seller_sees_and_decides_nothing(ask: Asking, waiting: int, pool: Pool, clock: Clock) -> None:
    stranger = replace(ask, token=await make_token(pool, clock, "admin", "OTHER"))
    assert (await stranger.get("/approvals")).json()["items"] == []
    assert (await stranger.get(f"/approvals/{waiting}")).status_code == 404
    for path, body in (("decision", {"approve": True}), ("withdrawal", {})):
        assert (await stranger.post(f"/approvals/{waiting}/{path}", body)).status_code == 404
    own = replace(ask, token=await make_token(pool, clock, "admin", "MAIN"))
    assert [one["id"] for one in (await own.get("/approvals")).json()["items"]] == [waiting]


async def test_a_cashier_may_not_decide(ask: Asking, waiting: int, pool: Pool, clock: Clock) -> None:
    cashier = replace(ask, token=await make_token(pool, clock, "cashier"))
    answer = await cashier.post(f"/approvals/{waiting}/decision", {"approve": True})
    assert (answer.status_code, codes(answer)) == (403, ["forbidden"])
    assert (await cashier.change("PUT", "/approval-limits", json={"items": []})).status_code == 403


@pytest.mark.parametrize("number", ["0", "-1", "x", "99", "9" * 30, "٣"])
async def test_what_is_no_approval_is_not_found(ask: Asking, number: str) -> None:
    answer = await ask.get(f"/approvals/{number}")
    assert (answer.status_code, codes(answer)) == (404, ["unknown_approval"])


async def test_an_administrator_sets_limits(ask: Asking, pool: Pool, clock: Clock) -> None:
    admin = replace(ask, token=await make_token(pool, clock, "admin"))
    item = {"role": "cashier", "kind": "refund", "currency": "JPY", "single_most": "80000", "day_most": None}
    answer = await admin.change("PUT", "/approval-limits", json={"items": [item], "reason": "yen"})
    assert answer.status_code == 200, answer.text
    assert item in answer.json()["items"]
    assert (await admin.get("/approval-limits")).json() == answer.json()


async def test_a_bad_limit_is_named_by_its_place(ask: Asking, pool: Pool, clock: Clock) -> None:
    admin = replace(ask, token=await make_token(pool, clock, "admin"))
    good = {"role": "cashier", "kind": "refund", "single_most": "1", "day_most": "1"}
    bad = good | {"kind": "refnud", "day_most": "-1"}
    answer = await admin.change("PUT", "/approval-limits", json={"items": [good, bad]})
    places = [error["pointer"] for error in answer.json()["errors"]]
    assert (answer.status_code, places) == (422, ["/items/1/kind", "/items/1/day_most"])
    listed = json.loads((await admin.get("/approval-limits")).content)["items"]
    assert {"role": "cashier", "kind": "refund", "currency": "*", "single_most": "500", "day_most": "2000"} in listed
