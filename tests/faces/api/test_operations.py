"""Posting through the API."""

from __future__ import annotations

from faces.api.conftest import Asking


async def test_one_operation_is_posted_and_shown_in_the_balance(ask: Asking, account: str) -> None:
    answer = await ask.post(f"/accounts/{account}/operations", {"type": "INV_STD", "amount": "1610.81544", "due_date": "2026-12-01"})
    assert answer.status_code == 201, answer.text
    shape = answer.json()
    assert (shape["number"], shape["amount"], shape["side"], shape["date"]) == (1, "1610.81544", "debit", "2026-11-22")
    balances = (await ask.get(f"/accounts/{account}/balances")).json()["items"]
    assert balances[0]["balance"] == "1610.81544"
    assert balances[0]["direction"] == "DR"
