"""Invoices that say no due date are due by the payment terms of their account."""

from __future__ import annotations

import pytest
from faces.api.asking import Asking


@pytest.mark.parametrize(
    ("body", "due"),
    [
        ({"type": "INV_STD"}, "2026-12-01"),
        ({"type": "INV_STD", "due_date": "2026-11-05"}, "2026-11-05"),
        ({"type": "INV_CRN"}, "2026-11-01"),
        ({"type": "PAY_WIRE"}, "2026-11-01"),
    ],
)
async def test_an_invoice_is_due_by_the_terms_of_its_account(
    ask: Asking, account: str, body: dict[str, str], due: str
) -> None:
    body = {"amount": "10", "date": "2026-11-01"} | body
    alone = await ask.post(f"/accounts/{account}/operations", body)
    assert alone.json()["due_date"] == due
    await ask.post("/operations", {"operations": [body | {"account": account}]})
    items = (await ask.get(f"/accounts/{account}/operations")).json()["items"]
    assert [item["due_date"] for item in items] == [due, due]
