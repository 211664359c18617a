"""Balances, their explanation and their definitions through the API."""

from __future__ import annotations

from typing import Any

import pytest
from faces.api.asking import Asking, codes

DRAFT = {
    "code": "invoices",
    "label": "Invoices over 60",
    "credit": {"choice": "none"},
    "expression": "#{ accountOperation.type == 'I' && accountOperation.amount > 60 }",
}


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices and a payment."""
    operations = [
        {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "due_date": "2026-10-31"},
        {"type": "INV_STD", "amount": "50.5", "date": "2026-11-01", "due_date": "2026-12-01"},
        {"type": "PAY_WIRE", "amount": "20", "date": "2026-11-10"},
    ]
    await ask.post(f"/accounts/{account}/operations", {"operations": operations})
    return f"/accounts/{account}"


async def test_a_balance_says_what_is_owed_and_from_what(ask: Asking, ledger: str) -> None:
    balance = (await ask.get(f"{ledger}/balances/default")).json()
    assert balance.pop("source")
    assert balance == {
        "definition": "default",
        "label": "Default balance",
        "debit": "150.5",
        "credit": "20",
        "balance": "130.5",
        "direction": "DR",
        "currency": "EUR",
        "count": 3,
        "as_of": None,
        "known_at": None,
    }


async def test_every_balance_is_listed_and_an_empty_account_owes_nothing(ask: Asking, accounts: list[str]) -> None:
    items = (await ask.get("/accounts/A3/balances")).json()["items"]
    assert [(b["definition"], b["balance"], b["direction"], b["currency"]) for b in items] == [
        (code, "0", "ZERO", "USD") for code in ("default", "dunning", "security_deposit", "current")
    ]


async def test_a_past_balance_is_asked_by_date(ask: Asking, ledger: str) -> None:
    past = {b["definition"]: b for b in (await ask.get(f"{ledger}/balances?as_of=2026-10-31")).json()["items"]}
    assert (past["default"]["balance"], past["default"]["as_of"]) == ("100", "2026-10-31")
    assert past["dunning"]["balance"] == "0"
    assert (await ask.get(f"{ledger}/balances/dunning?as_of=2026-11-01")).json()["balance"] == "100"
    known = (await ask.get(f"{ledger}/balances/default?known_at=2020-01-01T00:00:00%2B01:00")).json()
    assert (known["balance"], known["known_at"]) == ("0", "2019-12-31T23:00:00Z")


async def test_before_the_first_definition_there_was_no_balance(ask: Asking, ledger: str) -> None:
    assert (await ask.get(f"{ledger}/balances?known_at=1900-01-01T00:00:00Z")).json() == {"items": [], "next": None}
    assert (await ask.get(f"{ledger}/balances/default?known_at=1900-01-01T00:00:00Z")).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("balances/defalut", 404, "unknown_balance"),
        ("balances?as_of=1.1.2026", 422, "date_not_readable"),
        ("balances?known_at=2026-01-01", 422, "instant_not_readable"),
        ("balances?known_at=2030-01-01T00:00:00Z", 422, "known_at_in_future"),
        ("balances?asof=2026-01-01", 422, "unknown_filter"),
    ],
)
async def test_an_unfit_question_is_refused(ask: Asking, ledger: str, path: str, status: int, code: str) -> None:
    answer = await ask.get(f"{ledger}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_the_last_running_sum_of_an_explanation_is_the_balance(ask: Asking, ledger: str) -> None:
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await ask.get(f"{ledger}/balances/default?explain=true&limit=2{cursor and '&cursor=' + cursor}")).json()
        items, cursor = items + page["items"], page["next"]
    assert [item["running"] for item in items] == ["100", "150.5", page["balance"]["balance"]]
    assert all(item["reasons"] for item in items)


async def test_a_definition_is_made_changed_and_taken_away_with_its_version(ask: Asking, ledger: str) -> None:
    made = await ask.post("/balance-definitions", DRAFT)
    assert (made.status_code, made.headers["etag"], made.json()["version"]) == (201, '"1"', 1)
    assert (await ask.get(f"{ledger}/balances/invoices")).json()["balance"] == "100"
    place = "/balance-definitions/invoices"
    patched = await ask.send("PATCH", place, json={"label": "Big invoices"}, headers={"if-match": '"1"'})
    assert (patched.json()["label"], patched.json()["expression"], patched.headers["etag"]) == (
        "Big invoices",
        DRAFT["expression"],
        '"2"',
    )
    put = await ask.send("PUT", place, json={"label": "All invoices"}, headers={"if-match": '"2"'})
    assert (put.json()["expression"], put.json()["version"]) == ("", 3)
    gone = await ask.send("DELETE", place, headers={"if-match": '"3"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await ask.get(place)).status_code == 404
    assert [v["version"] for v in (await ask.get(f"{place}/versions")).json()["items"]] == [4, 3, 2, 1]


async def test_a_change_names_the_version_it_was_made_from(ask: Asking) -> None:
    place, body = "/balance-definitions/dunning", {"label": "Arrears"}
    assert (await ask.get(place)).headers["etag"] == '"1"'
    for headers, status, code in (
        ({}, 428, "if_match_missing"),
        ({"if-match": "one"}, 400, "if_match_invalid"),
        ({"if-match": '"7"'}, 412, "version_differs"),
    ):
        answer = await ask.send("PATCH", place, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_default_balance_stays(ask: Asking) -> None:
    answer = await ask.send("DELETE", "/balance-definitions/default", headers={"if-match": '"1"'})
    assert (answer.status_code, codes(answer)) == (409, ["default_balance_stays"])


async def test_a_wrong_expression_is_refused_with_its_column(ask: Asking) -> None:
    answer = await ask.post(
        "/balance-definitions", DRAFT | {"label": "", "expression": "#{ accountOperation.amuont > 1 }"}
    )
    label, expression = answer.json()["errors"]
    assert (label["pointer"], expression["pointer"], expression["column"] > 1) == ("/label", "/expression", True)
    assert "amount" in expression["message"]


async def test_a_repeated_key_makes_one_definition(ask: Asking) -> None:
    first = await ask.post("/balance-definitions", DRAFT, key="d")
    again = await ask.post("/balance-definitions", DRAFT, key="d")
    assert (again.content, again.headers["etag"], again.headers["idempotency-replayed"]) == (
        first.content,
        '"1"',
        "true",
    )
    assert codes(await ask.post("/balance-definitions", DRAFT, key="e")) == ["balance_code_taken"]


async def test_the_lab_shows_totals_and_movers_and_saves_nothing(ask: Asking, ledger: str) -> None:
    draft = DRAFT | {"code": "default", "label": "Default balance"}
    seen = (await ask.post("/balance-definitions:preview", draft, key=None)).json()
    assert (seen["operations"], seen["accounts"], seen["new"][0]["balance"], seen["old"][0]["balance"]) == (
        1,
        1,
        "100",
        "130.5",
    )
    assert (seen["movers"][0]["account"], seen["movers"][0]["difference"]) == ("A1", "-30.5")
    assert (await ask.get("/balance-definitions/default")).json()["version"] == 1
