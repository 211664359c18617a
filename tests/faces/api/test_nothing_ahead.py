"""Nothing takes effect after today: every route that takes a day is asked for tomorrow and refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from faces.api.asking import Asking, codes

from solde.app.api.openapi import declarations, openapi_document
from solde.app.api.routes import api_routes

TODAY, TOMORROW = "2026-11-22", "2026-11-23"
A = "/accounts/{account}"
OPERATION, DEPOSIT = f"{A}/operations/{{number}}", f"{A}/security-deposits/{{number}}"
WHY = {"reason": "because"}
ONE = {"type": "INV_STD", "amount": "5"}

AHEAD_IS_FINE = {
    (f"{A}/operations", "due_date"),
    ("/operations", "due_date"),
    (f"{OPERATION}/litigation", "review_date"),
    (f"{A}/security-deposits", "valid_until"),
    (f"{A}/instalment-plans:propose", "first_date"),
    (f"{A}/instalment-plans", "due_date"),
    (f"{A}/instalment-plans", "first_date"),
    (f"{A}/instalment-plans/{{plan}}", "due_date"),
    ("/accounting-years", "starts_on"),
    ("/accounting-years", "ends_on"),
    ("/rejected-operations/repair", "date"),
    (f"{OPERATION}/accounting-date", "date"),
    ("/holidays", "date"),
    ("/journal-entries:generate", "until"),
    ("/accounting-exports", "from"),
    ("/accounting-exports", "until"),
}
"""Days that are due dates, ends, spans, or days of accounting, which move no balance."""

PAID, GIVEN_UP, NOTE, FUNDED = {"number": "3"}, {"number": "4"}, {"number": "5"}, {"number": "2"}
ASKED: Mapping[tuple[str, str], tuple[Mapping[str, str], Any]] = {
    (f"{A}/operations", "date"): ({}, ONE | {"date": TOMORROW}),
    (f"{A}/operations", "collection_date"): ({}, ONE | {"date": TODAY, "collection_date": TOMORROW}),
    ("/operations", "date"): ({}, {"operations": [ONE | {"account": "A1", "date": TOMORROW}]}),
    ("/operations", "collection_date"): ({}, {"operations": [ONE | {"account": "A1", "collection_date": TOMORROW}]}),
    (f"{OPERATION}/litigation", "effective_date"): ({"number": "1"}, WHY | {"effective_date": TOMORROW}),
    (f"{A}/matches", "effective_date"): ({}, {"debits": [1], "credits": [3], "effective_date": TOMORROW}),
    (f"{A}/matches/{{code}}/reversal", "effective_date"): ({"code": "A"}, {"effective_date": TOMORROW}),
    (f"{A}/payments", "date"): ({}, {"type": "PAY_WIRE", "amount": "5", "date": TOMORROW}),
    (f"{A}/payments", "collection_date"): ({}, {"type": "PAY_WIRE", "amount": "5", "collection_date": TOMORROW}),
    (f"{A}/refunds", "date"): ({}, {"credit": 3, "date": TOMORROW}),
    (f"{OPERATION}/rejection", "date"): (PAID, WHY | {"date": TOMORROW}),
    (f"{OPERATION}/write-off", "date"): ({"number": "1"}, WHY | {"date": TOMORROW}),
    (f"{OPERATION}/write-off/reversal", "date"): (GIVEN_UP, WHY | {"date": TOMORROW}),
    (f"{OPERATION}/credit-note", "date"): ({"number": "1"}, WHY | {"date": TOMORROW}),
    (f"{OPERATION}/credit-note/reversal", "date"): (NOTE, WHY | {"date": TOMORROW}),
    (f"{OPERATION}/transfer", "date"): (PAID, WHY | {"to": "A2", "date": TOMORROW}),
    ("/unidentified-receipts", "date"): ({}, {"amount": "5", "currency": "EUR", "date": TOMORROW}),
    ("/unidentified-receipts/{id}/return", "date"): ({"id": "1"}, WHY | {"date": TOMORROW}),
    (f"{A}/security-deposits", "date"): ({}, {"template": "STANDARD", "amount": "100", "date": TOMORROW}),
    (f"{DEPOSIT}/fund", "date"): (
        {"number": "1"}, {"amount": "100", "method": "WIRETRANSFER", "date": TOMORROW},
    ),
    (f"{DEPOSIT}/pay", "date"): (FUNDED, {"operation": 1, "amount": "5", "date": TOMORROW}),
    (f"{DEPOSIT}/refund", "date"): (FUNDED, WHY | {"method": "WIRETRANSFER", "date": TOMORROW}),
    (f"{DEPOSIT}/cancel", "date"): ({"number": "1"}, WHY | {"date": TOMORROW}),
    (f"{DEPOSIT}/reject-funding", "date"): (FUNDED, WHY | {"payment": 8, "date": TOMORROW}),
    (f"{A}/adjustments", "date"): ({}, {"type": "manual_charge", "amount": "5", "service": "CALLS", "date": TOMORROW}),
}  # fmt: skip
"""By route and field: what the path names, and a body that would be taken but for its day."""

DOCUMENT = openapi_document(declarations(api_routes()))


def days_in(node: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of the dates in a schema, those of schemas inside it too."""
    if isinstance(node, list):
        for one in node:
            yield from days_in(one, above)
    if not isinstance(node, dict):
        return
    if (name := str(node.get("$ref", "")).rpartition("/")[2]) and name not in above:
        yield from days_in(DOCUMENT["components"]["schemas"][name], (*above, name))
    for field, schema in node.get("properties", {}).items():
        if any(one.get("format") == "date" for one in (schema, *schema.get("anyOf", ()))):
            yield field
        yield from days_in(schema, above)
    for key in ("anyOf", "oneOf", "allOf", "items"):
        yield from days_in(node.get(key), above)


def every_day() -> dict[tuple[str, str], str]:
    """Every day that a changing route takes in its body, with the method."""
    found: dict[tuple[str, str], str] = {}
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            if method in ("post", "put", "patch", "delete"):
                bodies = operation.get("requestBody", {}).get("content", {})
                schema = bodies.get("application/json", {}).get("schema")
                found |= {(path.removeprefix("/api/v1"), day): method for day in days_in(schema)}
    return found


DAYS = every_day()


def test_every_day_that_a_route_takes_is_asked_for_or_may_lie_ahead() -> None:
    assert set(DAYS) == AHEAD_IS_FINE | set(ASKED)


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices, a payment that pays a part, a write-off, a credit note, two deposits, and a receipt."""
    place = f"/accounts/{account}"
    posted = [
        {"type": "INV_STD", "amount": "100", "date": "2026-10-01"},
        {"type": "INV_STD", "amount": "50", "date": "2026-10-02"},
        {"type": "PAY_WIRE", "amount": "120", "date": "2026-10-20"},
    ]
    made = [
        await ask.post(f"{place}/operations", {"operations": posted}),
        await ask.post(f"{place}/operations/2/write-off", {"amount": "5", **WHY}),
        await ask.post(f"{place}/operations/2/credit-note", {"amount": "5", **WHY}),
        await ask.post(f"{place}/matches", {"debits": [2], "credits": [3], "amounts": {"2": "10"}}),
        await ask.post(f"{place}/security-deposits", {"template": "STANDARD", "amount": "100"}),
        await ask.post(f"{place}/security-deposits", {"template": "STANDARD", "amount": "100"}),
        await ask.post(f"{place}/security-deposits/2/fund", {"amount": "100", "method": "WIRETRANSFER", **WHY}),
        await ask.post("/unidentified-receipts", {"amount": "5", "currency": "EUR"}),
    ]
    assert [answer.status_code for answer in made] == [201] * len(made), [answer.text for answer in made]
    return account


@pytest.mark.parametrize("dry_run", ["false", "true"])
async def test_tomorrow_is_refused_and_today_is_not(ask: Asking, ledger: str, dry_run: str) -> None:
    wrong: dict[tuple[str, ...], str] = {}
    for (path, field), (named, body) in ASKED.items():
        method = DAYS[path, field].upper()
        place = path.format(account=ledger, **named) if "{" in path else path
        headers = {"idempotency-key": f"{path}{field}", "if-match": '"0"'}
        ahead = await ask.send(method, f"{place}?dry_run={dry_run}", headers=headers, json=body)
        if (ahead.status_code, codes(ahead) if ahead.is_error else []) != (422, ["dated_in_future"]):
            wrong[path, field] = ahead.text
        now = await ask.send(method, f"{place}?dry_run=true", headers=headers, json=_today(body))
        if now.is_error:
            wrong[path, field, "today"] = now.text
    assert wrong == {}


def _today(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _today(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_today(one) for one in body]
    return TODAY if body == TOMORROW else body
