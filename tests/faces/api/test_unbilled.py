"""Unbilled items and services through the API."""

from __future__ import annotations

from faces.api.asking import Asking, codes, make_token
from httpx import Response

from solde.db import Pool
from solde.kernel.dates import Clock


async def test_services_are_listed_made_and_edited(ask: Asking, pool: Pool, clock: Clock) -> None:
    listed = (await ask.get("/services")).json()["items"]
    assert listed[0] == {
        "code": "PROMO", "label": "Credits/Promotions", "tax_rate": "0", "is_service": False, "active": True, "version": 1,
    }  # fmt: skip
    made = await ask.post("/services", {"code": "ROAMING", "label": "Roaming", "tax_rate": "5.5"})
    assert (made.status_code, made.json()["tax_rate"], made.headers["etag"]) == (201, "5.5", '"1"')
    again = await ask.post("/services", {"code": "ROAMING", "label": "Roaming", "tax_rate": "5.5"})
    assert codes(again) == ["service_exists"]
    body = {"label": "Roaming abroad", "tax_rate": "10", "active": False}
    edited = await put(ask, "ROAMING", body)
    assert (edited.status_code, edited.json()["active"], edited.json()["version"]) == (200, False, 2)
    assert codes(await put(ask, "ROAMING", body)) == ["version_differs"]
    assert codes(await put(ask, "NONE", body)) == ["no_such_service"]
    agent = Asking(ask.client, await make_token(pool, clock, "agent"))
    assert (await agent.post("/services", {"code": "X1", "label": "x", "tax_rate": "0"})).status_code == 403


async def test_the_list_of_an_account_without_items_is_empty(ask: Asking, account: str) -> None:
    found = (await ask.get(f"/accounts/{account}/unbilled-items")).json()
    assert found == {
        "total": {"net": "0", "tax": "0", "gross": "0", "count": 0, "currency": "EUR"}, "items": [], "next": None,
    }  # fmt: skip
    assert codes(await ask.get(f"/accounts/{account}/unbilled-items/1")) == ["unknown_unbilled_item"]
    assert codes(await ask.get(f"/accounts/{account}/unbilled-items/x")) == ["unknown_unbilled_item"]
    assert (await ask.get(f"/accounts/{account}/unbilled-items:export?format=csv")).status_code == 200


async def put(ask: Asking, code: str, body: object) -> Response:
    return await ask.send("PUT", f"/services/{code}", headers={"If-Match": '"1"'}, json=body)
