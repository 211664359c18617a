"""Litigation through the API: enter, update, remove; the work list and its file; reasons."""

from __future__ import annotations

import itertools

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

POSTED = [
    {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "due_date": "2026-10-20", "reference": "F-1"},
    {"type": "INV_STD", "amount": "50", "date": "2026-10-02", "due_date": "2026-10-20", "reference": "F-2"},
    {"type": "PAY_WIRE", "amount": "120", "date": "2026-10-20"},
]


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices (1, 2) and a payment (3)."""
    await ask.post(f"/accounts/{account}/operations", {"operations": POSTED})
    return f"/accounts/{account}"


async def put(ask: Asking, ledger: str, number: int = 1, **body: object) -> dict[str, object]:
    answer = await ask.change("PUT", f"{ledger}/operations/{number}/litigation", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def figures(ask: Asking, ledger: str) -> tuple[str, str, str]:
    """What is available of the first invoice, the dunning balance, the default balance."""
    operation = (await ask.get(f"{ledger}/operations/1?definition=default")).json()["operation"]
    balances = {one["definition"]: one for one in (await ask.get(f"{ledger}/balances")).json()["items"]}
    return operation["available"], balances["dunning"]["balance"], balances["default"]["balance"]


async def test_a_disputed_part_leaves_the_dunning_balance_and_stays_in_the_default_one(
    ask: Asking, accounts: list[str]
) -> None:
    ledger = f"/accounts/{accounts[1]}"
    await ask.post(f"{ledger}/operations", POSTED[0])
    assert await figures(ask, ledger) == ("100", "100", "100")
    await put(ask, ledger, amount="40", reason_code="PRICE")
    assert await figures(ask, ledger) == ("60", "60", "100")
    assert (await ask.change("DELETE", f"{ledger}/operations/1/litigation")).status_code == 200
    assert await figures(ask, ledger) == ("100", "100", "100")


async def test_an_update_changes_what_it_names_and_takes_away_what_is_null(ask: Asking, ledger: str) -> None:
    await put(
        ask, ledger, amount="40", reason_code="PRICE", reason="old tariff", owner="anna", review_date="2026-12-01"
    )
    assert await put(ask, ledger, amount="30", owner="ben", review_date=None) == {
        "operation": 1, "event": 2, "verb": "UPDATE", "disputed": "30", "effective_date": "2026-11-22",
        "reason_code": "PRICE", "reason": "old tariff", "owner": "ben", "review_date": None,
    }  # fmt: skip
    told = (await ask.get(f"{ledger}/operations/1")).json()["litigation"]
    assert [(e["disputed"], e["reason_code"], e["owner"]) for e in told] == [
        ("40", "PRICE", "anna"),
        ("30", "PRICE", "ben"),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "reason_needed"),
        ({"reason_code": "NONE"}, "unknown_litigation_reason"),
        ({"reason": "x", "amount": "101"}, "disputed_more_than_open"),
        ({"reason": "a\0b"}, "litigation_text_unfit"),
        ({"reason": "x", "review_date": "soon"}, "date_not_readable"),
    ],
)
async def test_what_cannot_be_so_is_refused(ask: Asking, ledger: str, body: dict[str, object], code: str) -> None:
    assert codes(await ask.change("PUT", f"{ledger}/operations/1/litigation", json=body)) == [code]


async def test_the_work_list_is_of_all_accounts_one_may_see(ask: Asking, ledger: str, pool: Pool, clock: Clock) -> None:
    await put(ask, ledger, amount="40", reason_code="PRICE", owner="anna", review_date="2026-11-01")
    await put(ask, ledger, 2, reason="lost", owner="admin of a test", effective_date="2026-10-05")
    told = (await ask.get("/litigation?sort=since")).json()
    assert told["totals"] == [{"currency": "EUR", "count": 2, "disputed": "90"}]
    assert [(one["reference"], one["age_days"], one["review_overdue"]) for one in told["items"]] == [
        ("F-2", 48, False),
        ("F-1", 0, True),
    ]
    for query, references in (
        ("mine=true", ["F-2"]),
        ("owner=ANNA", ["F-1"]),
        ("review_overdue=true", ["F-1"]),
        ("age_from=30", ["F-2"]),
        ("reason_code=PRICE,OTHER", ["F-1"]),
        ("owned=false", []),
        ("q=lost", ["F-2"]),
        ("seller=MAIN&limit=1", ["F-2"]),
    ):
        found = (await ask.get(f"/litigation?{query}")).json()["items"]
        assert [one["reference"] for one in found] == references, query
    other = Asking(ask.client, await make_token(pool, clock, "viewer", "OTHER"), itertools.count(50))
    assert (await other.get("/litigation")).json() == {"items": [], "next": None, "totals": []}
    assert codes(await ask.get("/litigation?seller=OTHER")) == ["unknown_seller"]
    assert codes(await other.get("/litigation?seller=MAIN")) == ["unknown_seller"]


async def test_the_list_is_a_file_too(ask: Asking, ledger: str) -> None:
    await put(ask, ledger, amount="40", reason_code="PRICE", owner="anna")
    answer = await ask.get("/litigation:export?format=csv&owner=anna")
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert (answer.status_code, len(lines)) == (200, 3)
    assert "F-1" in lines[1]
    assert lines[2].startswith("Total")


async def test_reasons_are_added_and_taken_out_of_use(ask: Asking, ledger: str) -> None:
    made = await ask.post("/litigation-reasons", {"code": "DAMAGED", "label": "Damaged", "position": 1})
    assert (made.status_code, made.json()["active"]) == (201, True)
    gone = await ask.send(
        "PATCH", "/litigation-reasons/DAMAGED", json={"active": False}, headers={"if-match": made.headers["etag"]}
    )
    version = gone.json()["version"]
    assert gone.json() == {"code": "DAMAGED", "label": "Damaged", "active": False, "position": 1, "version": version}
    assert version != made.json()["version"]
    listed = (await ask.get("/litigation-reasons")).json()["items"]
    assert {one["code"]: one["active"] for one in listed}["DAMAGED"] is False
    refused = await ask.change("PUT", f"{ledger}/operations/1/litigation", json={"reason_code": "DAMAGED"})
    assert codes(refused) == ["litigation_reason_retired"]
    assert codes(await ask.send("PATCH", "/litigation-reasons/NONE", json={}, headers={"if-match": '"1"'})) == [
        "no_such_litigation_reason"
    ]


async def test_reasons_are_added_by_those_who_may(ask: Asking, ledger: str, pool: Pool, clock: Clock) -> None:
    assert ledger
    viewer = Asking(ask.client, await make_token(pool, clock, "viewer"), itertools.count(50))
    assert (await viewer.post("/litigation-reasons", {"code": "NEW", "label": "x"})).status_code == 403


async def test_switched_off_its_routes_are_gone_and_its_data_is_kept(ask: Asking, ledger: str) -> None:
    await put(ask, ledger, reason_code="PRICE")
    for on in (False, True):
        version = next(f["version"] for f in (await ask.get("/features")).json()["items"] if f["code"] == "litigation")
        await ask.send("PUT", "/features/litigation", json={"on": on}, headers={"if-match": f'"{version}"'})
        paths = ("/litigation", "/litigation:export", "/litigation-reasons")
        statuses = [(await ask.get(path)).status_code for path in paths]
        assert statuses == [200 if on else 404] * 3
    assert (await ask.get("/litigation")).json()["totals"][0]["count"] == 1
