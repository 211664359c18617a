"""A refund above the limit, from the cashier's request to the controller's decision, over HTTP and on the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from applications import app_on
from faces.api.asking import COMPLETE, Asking, codes, make_token
from litestar.testing import AsyncTestClient

from solde.app.web.approval_words import waiting_words
from solde.approvals import list_waiting
from solde.customers import NewCustomer, create_customers, find_account
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.verification import verify

ACCOUNTS = [f"A{i}" for i in range(8)]


@pytest.fixture
async def admin(database_url: str, pool: Pool, clock: Clock) -> AsyncIterator[Asking]:
    """An administrator, and eight accounts that paid 1,000 too much, as operation 1 of each."""

    async def work(conn: Connection) -> None:
        wanted = [NewCustomer(**(COMPLETE | {"code": f"C{a}", "account_code": a})) for a in ACCOUNTS]
        made = await create_customers(conn, wanted, actor="test", now=clock())
        assert all(not isinstance(one, tuple) for one in made), made

    await transaction(pool, work)
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        asking = Asking(client, await make_token(pool, clock, "admin"))
        for account in ACCOUNTS:
            paid = {"type": "PAY_WIRE", "amount": "1000", "allocate_to": "none"}
            answer = await asking.post(f"/accounts/{account}/payments", paid)
            assert answer.status_code == 201, answer.text
        yield asking


@pytest.fixture
async def cashier(admin: Asking, pool: Pool, clock: Clock) -> Asking:
    return replace(admin, token=await make_token(pool, clock, "cashier"))


@pytest.fixture
async def controller(admin: Asking, pool: Pool, clock: Clock) -> Asking:
    return replace(admin, token=await make_token(pool, clock, "controller"))


def refund(amount: str) -> dict[str, object]:
    return {"credit": 1, "amount": amount, "reason": "paid too much"}


async def available(asking: Asking, account: str) -> str:
    answer = await asking.get(f"/accounts/{account}/operations/1")
    return str(answer.json()["operation"]["available"])


async def test_a_refund_above_the_limit_is_made_when_a_second_person_approves(
    cashier: Asking, controller: Asking, pool: Pool, clock: Clock
) -> None:
    asked = await cashier.post("/accounts/A0/refunds", refund("600"))
    assert asked.status_code == 202, asked.text
    assert await available(cashier, "A0") == "1000"
    number = asked.json()["approval"]
    own = await cashier.post(f"/approvals/{number}/decision", {"approve": True})
    assert own.status_code == 403
    tried = await controller.post(f"/approvals/{number}/decision?dry_run=true", {"approve": True}, key=None)
    assert tried.json()["result"]["operations"], tried.text
    assert await available(cashier, "A0") == "1000"
    done = await controller.post(f"/approvals/{number}/decision", {"approve": True})
    assert done.status_code == 200, done.text
    assert await available(cashier, "A0") == "400"
    assert (await verify(pool, now=clock())).clean


async def test_an_approved_refund_of_what_is_gone_is_refused_and_waits(
    admin: Asking, cashier: Asking, controller: Asking
) -> None:
    number = (await cashier.post("/accounts/A0/refunds", refund("600"))).json()["approval"]
    assert (await admin.post("/accounts/A0/refunds", refund("900"))).status_code == 201
    late = await controller.post(f"/approvals/{number}/decision", {"approve": True})
    assert (late.status_code, len(codes(late))) == (409, 1)
    assert (await controller.get(f"/approvals/{number}")).json()["state"] == "WAITING"
    assert await available(cashier, "A0") == "100"


async def test_a_day_is_not_passed_by_refunds_of_many_accounts_at_once(
    cashier: Asking, pool: Pool, clock: Clock
) -> None:
    asked = [
        cashier.post(f"/accounts/{account}/refunds", refund(amount))
        for amount in ("450", "449")
        for account in ACCOUNTS
    ]
    answers = await asyncio.gather(*asked)
    assert sorted(one.status_code for one in answers) == [201] * 4 + [202] * 12
    assert (await verify(pool, now=clock())).clean


async def test_a_second_equal_request_is_refused_while_the_first_waits(
    cashier: Asking, pool: Pool, clock: Clock
) -> None:
    first = await cashier.post("/accounts/A0/refunds", refund("600"))
    assert first.status_code == 202
    again = await cashier.post("/accounts/A0/refunds", refund("600") | {"reason": "asked twice"})
    assert (again.status_code, codes(again)) == (409, ["approval_waiting_already"])
    for other in (
        await cashier.post("/accounts/A0/refunds", refund("601")),
        await cashier.post("/accounts/A1/refunds", refund("600")),
    ):
        assert other.status_code == 202, other.text
    number = first.json()["approval"]
    assert (await cashier.post(f"/approvals/{number}/withdrawal", {})).status_code == 200
    assert (await cashier.post("/accounts/A0/refunds", refund("600"))).status_code == 202


async def test_two_equal_requests_at_once_make_one(cashier: Asking) -> None:
    answers = await asyncio.gather(*(cashier.post("/accounts/A2/refunds", refund("700")) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]


async def test_what_waits_is_told_of_the_operation_it_is_about(cashier: Asking, pool: Pool, clock: Clock) -> None:
    assert (await cashier.post("/accounts/A3/refunds", refund("600"))).status_code == 202
    async with pool.connection() as conn:
        account = await find_account(conn, "A3")
        assert account is not None
        waiting = await list_waiting(conn, account.account_id, now=clock())
    assert waiting_words(waiting) == {1: ["Refund of 600.00 EUR waits for approval"]}
