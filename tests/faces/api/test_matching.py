"""Matches, reversals, suggestions, litigation and payments through the API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from faces.api.asking import Asking, codes

INVOICES = [
    {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "reference": "F-1"},
    {"type": "INV_STD", "amount": "50", "date": "2026-10-02", "reference": "F-2"},
]
PAYMENT = {"type": "PAY_WIRE", "amount": "120", "date": "2026-10-20", "description": "Transfer"}


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices (1, 2) and a payment (3)."""
    await ask.post(f"/accounts/{account}/operations", {"operations": [*INVOICES, PAYMENT]})
    return f"/accounts/{account}"


async def opens(ask: Asking, ledger: str) -> dict[int, str]:
    items = (await ask.get(f"{ledger}/operations")).json()["items"]
    return {item["number"]: item["open"] for item in items}


async def test_a_match_pays_the_oldest_first_and_is_listed(ask: Asking, ledger: str) -> None:
    made = (await ask.post(f"{ledger}/matches", {"debits": [2, 1], "credits": ["3"], "reason": "as agreed"})).json()
    assert (made["code"], made["amount"]) == ("A", "120")
    assert [(line["debit"], line["credit"], line["amount"]) for line in made["lines"]] == [(1, 3, "100"), (2, 3, "20")]
    assert await opens(ask, ledger) == {1: "0", 2: "30", 3: "0"}
    (listed,) = (await ask.get(f"{ledger}/matches")).json()["items"]
    assert listed == (await ask.get(f"{ledger}/matches/A")).json()
    assert (listed["kind"], listed["reason"]) == ("MANUAL", "as agreed")


async def test_named_amounts_are_matched_and_no_more(ask: Asking, ledger: str) -> None:
    answer = await ask.post(f"{ledger}/matches", {"debits": [1], "credits": [3], "amounts": {"1": "40.00"}})
    assert answer.json()["amount"] == "40"
    assert await opens(ask, ledger) == {1: "60", 2: "50", 3: "80"}


MATCHES: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"debits": ["A2/1"], "credits": [3]}, 422, "foreign_account", "/debits/0"),
    ({"debits": [1], "credits": ["A2/1"]}, 422, "foreign_account", "/credits/0"),
    ({"debits": [9], "credits": [3]}, 404, "unknown_operation", "/debits/0"),
    ({"debits": [3], "credits": [1]}, 422, "wrong_side", "/debits/0"),
    ({"debits": [], "credits": [3]}, 422, "both_sides_needed", "/debits"),
    ({"debits": ["one"], "credits": [3]}, 422, "bad_shape", "/debits/0"),
    ({"debits": [1], "credits": [3], "amounts": {"1": "101"}}, 409, "over_matching", "/debits/0"),
    ({"debits": [1], "credits": [3], "effective_date": "2026-01-01"}, 422, "effective_too_early", "/effective_date"),
]


@pytest.mark.parametrize(("body", "status", "code", "pointer"), MATCHES)
async def test_an_unfit_match_is_refused(
    ask: Asking, ledger: str, accounts: list[str], body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = await ask.post(f"{ledger}/matches", body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0].get("pointer")) == (status, code, pointer), (
        answer.text
    )


async def test_what_is_matched_or_disputed_is_not_matched_again(ask: Asking, ledger: str) -> None:
    await ask.change("PUT", f"{ledger}/operations/2/litigation", json={"reason": "never delivered"})
    await ask.post(f"{ledger}/matches", {"debits": [1], "credits": [3], "amounts": {"1": "100"}})
    answer = await ask.post(f"{ledger}/matches", {"debits": [1, 2], "credits": [3]})
    assert (answer.status_code, codes(answer)) == (409, ["already_matched", "in_litigation"])


async def test_a_reversal_opens_again_and_keeps_the_match_as_history(ask: Asking, ledger: str) -> None:
    await ask.post(f"{ledger}/matches", {"debits": [1, 2], "credits": [3]})
    part = await ask.post(f"{ledger}/matches/A/reversal", {"lines": [{"debit": 2, "credit": 3}]})
    assert (part.status_code, part.json()["amount"]) == (201, "20")
    assert (await ask.post(f"{ledger}/matches/A/reversal", {"reason": "all of it"})).json()["amount"] == "100"
    assert await opens(ask, ledger) == {1: "100", 2: "50", 3: "120"}
    again = await ask.post(f"{ledger}/matches/A/reversal", {})
    assert (again.status_code, codes(again)) == (409, ["already_unmatched"])
    assert all(line["reversed_on"] for line in (await ask.get(f"{ledger}/matches/A")).json()["lines"])


@pytest.mark.parametrize("code", ["B", "a1", "ZZZZZZZZZZZZZZZZ"])
async def test_a_match_that_is_not_there_is_not_found(ask: Asking, ledger: str, code: str) -> None:
    assert (await ask.get(f"{ledger}/matches/{code}")).status_code == 404
    assert (await ask.post(f"{ledger}/matches/{code}/reversal", {})).status_code == 404


async def test_a_dry_match_writes_nothing_and_burns_no_key(ask: Asking, ledger: str) -> None:
    body = {"debits": [1], "credits": [3]}
    tried = await ask.post(f"{ledger}/matches?dry_run=true", body, key="k")
    assert (tried.json()["dry_run"], await opens(ask, ledger)) == (True, {1: "100", 2: "50", 3: "120"})
    done = await ask.post(f"{ledger}/matches", body, key="k")
    assert done.json() | {"dry_run": True} == tried.json()


async def test_twenty_matches_with_one_key_match_once(ask: Asking, ledger: str) -> None:
    body = {"debits": [1], "credits": [3], "amounts": {"1": "5"}}
    answers = await asyncio.gather(*(ask.post(f"{ledger}/matches", body, key="same") for _ in range(20)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert sum("idempotency-replayed" in a.headers for a in answers) == 19
    assert (await opens(ask, ledger))[1] == "95"


async def test_a_refused_match_keeps_no_key(ask: Asking, ledger: str) -> None:
    assert (await ask.post(f"{ledger}/matches", {"debits": [9], "credits": [3]}, key="k")).status_code == 404
    assert (await ask.post(f"{ledger}/matches", {"debits": [1], "credits": [3]}, key="k")).status_code == 201
    reused = await ask.post(f"{ledger}/matches", {"debits": [2], "credits": [3]}, key="k")
    assert codes(reused) == ["idempotency_key_reused"]


async def test_suggestions_say_why(ask: Asking, ledger: str) -> None:
    (suggestion, *_) = (await ask.get(f"{ledger}/matches/suggestions")).json()["items"]
    assert suggestion["credits"] == [3]
    assert suggestion["reason"]


async def test_litigation_is_entered_updated_and_removed(ask: Asking, ledger: str) -> None:
    place = f"{ledger}/operations/1/litigation"
    assert (await ask.change("PUT", place, json={"amount": 40, "reason": "wrong price"})).json()["verb"] == "ENTER"
    assert (await ask.change("PUT", place, json={"amount": "60"})).json()["verb"] == "UPDATE"
    shape = (await ask.get(f"{ledger}/operations/1")).json()["operation"]
    assert (shape["disputed"], shape["available"], shape["litigation_reason"]) == ("60", "40", "wrong price")
    assert (await ask.change("DELETE", f"{place}?dry_run=true")).json()["dry_run"] is True
    assert (await ask.change("DELETE", place)).json()["disputed"] == "0"
    assert codes(await ask.change("DELETE", place)) == ["not_disputed"]


@pytest.mark.parametrize(
    ("number", "body", "status", "code"),
    [
        (1, {"amount": "40"}, 422, "reason_needed"),
        (1, {"amount": "101", "reason": "x"}, 409, "disputed_more_than_open"),
        (1, {"reason": "x", "effective_date": "2026-12-31"}, 422, "dated_in_future"),
        (3, {"reason": "x"}, 409, "not_disputable"),
        (9, {"reason": "x"}, 404, "unknown_operation"),
    ],
)
async def test_an_unfit_litigation_is_refused(
    ask: Asking, ledger: str, number: int, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await ask.change("PUT", f"{ledger}/operations/{number}/litigation", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_payment_pays_the_oldest_unless_told_otherwise(ask: Asking, ledger: str) -> None:
    paid = {"type": "PAY_WIRE", "amount": "30"}
    oldest = (await ask.post(f"{ledger}/payments", paid)).json()
    named = (await ask.post(f"{ledger}/payments", paid | {"allocate_to": [2]})).json()
    kept = (await ask.post(f"{ledger}/payments", paid | {"allocate_to": "none"})).json()
    assert [line["debit"] for line in oldest["lines"]] == [1]
    assert [line["debit"] for line in named["lines"]] == [2]
    assert (kept["match"], kept["unallocated"]) == (None, "30")
    assert await opens(ask, ledger) == {1: "70", 2: "20", 3: "120", 4: "0", 5: "0", 6: "30"}


async def test_a_repeated_payment_is_registered_once(ask: Asking, ledger: str) -> None:
    body = {"type": "PAY_WIRE", "amount": "130"}
    answers = await asyncio.gather(*(ask.post(f"{ledger}/payments", body, key="same") for _ in range(5)))
    assert len({a.content for a in answers}) == 1
    assert len((await ask.get(f"{ledger}/operations")).json()["items"]) == 4


async def test_a_dry_payment_writes_nothing(ask: Asking, ledger: str) -> None:
    tried = (await ask.post(f"{ledger}/payments?dry_run=true", {"type": "PAY_WIRE", "amount": "30"}, key=None)).json()
    assert (tried["matched"], tried["dry_run"]) == ("30", True)
    assert len(await opens(ask, ledger)) == 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "INV_STD", "amount": "1"}, 422, "not_a_payment"),
        ({"type": "PAY_WIRE", "amount": "0"}, 422, "amount_not_positive"),
        ({"type": "PAY_WIRE", "amount": "1", "allocate_to": [9]}, 404, "unknown_operation"),
        ({"type": "PAY_WIRE", "amount": "1", "allocate_to": ["A2/1"]}, 422, "foreign_account"),
        ({"type": "PAY_WIRE", "amount": "1", "allocate_to": "newest"}, 422, "bad_shape"),
    ],
)
async def test_an_unfit_payment_is_refused(
    ask: Asking, ledger: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await ask.post(f"{ledger}/payments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
