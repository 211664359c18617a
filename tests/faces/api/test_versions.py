"""What is written whole says what it was made from: the last writer does not win unseen."""

from __future__ import annotations

from typing import Any

import pytest
from faces.api.asking import Asking, codes

LIMIT = {"role": "cashier", "kind": "refund", "single_most": "7", "day_most": "70"}
INVOICE = {"type": "INV_STD", "amount": "100", "currency": "EUR", "due_date": "2026-12-01", "reference": "F-1"}


async def version_of(ask: Asking, path: str, code: str, field: str = "version") -> str:
    listed = (await ask.get(path)).json()["items"]
    return f'"{next(one[field] for one in listed if one["code"] == code)}"'


@pytest.fixture
async def places(ask: Asking, account: str) -> dict[str, tuple[str, str, Any, Any, str]]:
    """Of each place: method, path, a change, another one, and the ETag of what is there."""
    await ask.post(f"/accounts/{account}/operations", INVOICE)
    dispute = f"/accounts/{account}/operations/1/litigation"
    days = {"seller": "MAIN", "holidays": [{"date": "2030-05-01", "label": "Labour Day"}]}
    limits, holidays = await ask.get("/approval-limits"), await ask.get("/holidays?seller=MAIN")
    schemes = (await ask.get("/accounting-schemes")).json()["items"]
    scheme = next(one for one in schemes if "INV_STD" not in one["types"])
    types = f"/accounting-schemes/{scheme['code']}/types"
    reason = "/litigation-reasons/PRICE"
    price = await version_of(ask, "/litigation-reasons", "PRICE")
    return {
        "limits": (
            "PUT",
            "/approval-limits",
            {"items": [LIMIT]},
            {"items": [LIMIT | {"single_most": "8"}]},
            limits.headers["etag"],
        ),
        "holidays": ("PUT", "/holidays", days, {"seller": "MAIN", "holidays": []}, holidays.headers["etag"]),
        "litigation": ("PUT", dispute, {"amount": "40", "reason": "x"}, {"amount": "50"}, '"0"'),
        "reason": ("PATCH", reason, {"label": "Wrong sum"}, {"active": False}, price),
        "types": ("PUT", types, {"types": ["INV_STD"]}, {"types": ["INV_STD"]}, f'"{scheme["types_version"]}"'),
    }


@pytest.mark.parametrize("name", ["limits", "holidays", "litigation", "reason", "types"])
async def test_a_change_made_from_what_is_no_more_is_refused(ask: Asking, places: dict[str, Any], name: str) -> None:
    method, path, change, other, etag = places[name]
    missing = await ask.send(method, path, json=change)
    assert (missing.status_code, codes(missing)) == (428, ["if_match_missing"])
    first = await ask.send(method, path, json=change, headers={"if-match": etag})
    assert first.status_code == 200, first.text
    late = await ask.send(method, path, json=other, headers={"if-match": etag})
    assert (late.status_code, codes(late)) == (412, ["version_differs"])
    after = await ask.send(method, path, json=other, headers={"if-match": first.headers["etag"]})
    assert after.status_code == 200, after.text


async def test_a_litigation_is_removed_from_the_event_that_was_seen(ask: Asking, places: dict[str, Any]) -> None:
    _, path, change, _, etag = places["litigation"]
    entered = await ask.send("PUT", path, json=change, headers={"if-match": etag})
    assert (await ask.get(path)).headers["etag"] == entered.headers["etag"]
    assert [one["verb"] for one in (await ask.get(path)).json()["items"]] == ["ENTER"]
    assert codes(await ask.send("DELETE", path)) == ["if_match_missing"]
    assert codes(await ask.send("DELETE", path, headers={"if-match": etag})) == ["version_differs"]
    assert (await ask.send("DELETE", path, headers={"if-match": entered.headers["etag"]})).status_code == 200
