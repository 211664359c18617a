"""Location: an answer says where what it made is read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from faces.api.asking import Asking, make_token
from litestar import Litestar

from solde.db import Pool
from solde.kernel.dates import Clock

INVOICE = {"type": "INV_STD", "amount": "100", "due_date": "2026-12-01", "reference": "F-1"}


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/accounts/{account}/operations", INVOICE, "/accounts/{account}/operations/1"),
        ("/accounts/{account}/payments", {"amount": "5", "type": "PAY_WIRE"}, "/accounts/{account}/operations/1"),
        ("/users", {"login": "anna", "name": "A", "role": "agent", "password": "three words suffice"}, "/users/anna"),
        (
            "/accounting-years",
            {"label": "2031", "starts_on": "2031-01-01", "ends_on": "2031-12-31"},
            "/accounting-years/2031",
        ),
    ],
)
async def test_what_was_made_is_read_at_its_location(
    ask: Asking, account: str, path: str, body: dict[str, Any], where: str
) -> None:
    path, where = path.format(account=account), where.format(account=account)
    made = await ask.post(path, body, key="once")
    assert (made.status_code, made.headers.get("location")) == (201, f"/api/v1{where}"), made.text
    assert (await ask.get(made.headers["location"])).status_code == 200
    again = await ask.post(path, body, key="once")
    assert again.headers["location"] == made.headers["location"]


async def test_a_dry_run_and_a_batch_have_no_location(ask: Asking, account: str) -> None:
    tried = await ask.post(f"/accounts/{account}/operations?dry_run=true", INVOICE)
    many = await ask.post(f"/accounts/{account}/operations", {"operations": [INVOICE]})
    assert (tried.status_code, many.status_code) == (201, 201)
    assert "location" not in tried.headers
    assert "location" not in many.headers


async def test_long_work_is_read_at_its_location(ask: Asking) -> None:
    begun = await ask.post("/verify")
    assert begun.headers["location"] == f"/api/v1/jobs/{begun.json()['id']}"
    while (await ask.get(begun.headers["location"])).json()["state"] in {"WAITING", "RUNNING"}:
        await asyncio.sleep(0.05)


async def test_what_waits_for_a_second_person_is_read_at_its_location(
    ask: Asking, account: str, pool: Pool, clock: Clock
) -> None:
    limits = {"items": [{"role": "controller", "kind": "write_off", "single_most": "1", "day_most": "1"}]}
    await ask.change("PUT", "/approval-limits", json=limits)
    await ask.post(f"/accounts/{account}/operations", INVOICE)
    controller = Asking(ask.client, await make_token(pool, clock, "controller"), ask.keys)
    waits = await controller.post(f"/accounts/{account}/operations/1/write-off", {"reason": "lost"})
    assert waits.status_code == 202, waits.text
    assert waits.headers["location"] == f"/api/v1/approvals/{waits.json()['approval']}"


def test_every_location_is_the_address_of_a_route_that_reads(ask: Asking) -> None:
    app: Litestar = ask.client.app
    declared = [
        one.opt["declared"]
        for route in app.routes
        for one in getattr(route, "route_handlers", ())
        if "declared" in one.opt
    ]
    read = {one.path.split("{")[0] for one in declared if one.method == "GET"}
    assert [one.location for one in declared if one.location and one.location.split("{")[0] not in read] == []
