"""Amounts and parameters mean one thing: what a request says in an odd way, or twice, is refused."""

from __future__ import annotations

import json

import pytest
from faces.api.asking import Asking, codes

ODD = ["1_000", "1__0", "_1", "1_", "５", "٣", "1２", "5e2", "1E3", "1e", "0x10", "1,5", "1 000"]


@pytest.mark.parametrize("amount", ODD)
async def test_an_amount_is_digits_with_a_decimal_point(ask: Asking, account: str, amount: str) -> None:
    answer = await ask.post(f"/accounts/{account}/operations?dry_run=true", {"type": "INV_STD", "amount": amount})
    assert (answer.status_code, codes(answer)) == (422, ["amount_not_a_number"])
    assert answer.json()["errors"][0]["pointer"] == "/amount"


@pytest.mark.parametrize("amount", ['"1_000"', '"\\uff15"', '"5e2"'])
async def test_an_amount_deep_in_a_document_is_named_by_its_place(ask: Asking, account: str, amount: str) -> None:
    first = '{"type":"INV_STD","amount":"1"}'
    body = f'{{"operations":[{first},{{"type":"INV_STD","amount":{amount}}}]}}'
    answer = await ask.post(
        f"/accounts/{account}/operations?dry_run=true", content=body, headers={"content-type": "application/json"}
    )
    assert codes(answer) == ["amount_not_a_number"]
    assert answer.json()["errors"][0]["pointer"] == "/operations/1/amount"


@pytest.mark.parametrize("amount", ["1000", "1000.50", 1000, 10.5, "0.000001"])
async def test_plain_amounts_are_taken_as_before(ask: Asking, account: str, amount: str | float) -> None:
    answer = await ask.post(f"/accounts/{account}/operations?dry_run=true", {"type": "INV_STD", "amount": amount})
    assert answer.status_code == 201, answer.text


async def test_a_text_may_look_like_an_odd_amount(ask: Asking, account: str) -> None:
    odd = {"type": "INV_STD", "amount": "1", "reference": "1_000", "description": "5e2"}
    assert (await ask.post(f"/accounts/{account}/operations?dry_run=true", odd)).status_code == 201


@pytest.mark.parametrize("amount", ODD)
async def test_an_amount_in_an_address_is_written_the_same_way(ask: Asking, account: str, amount: str) -> None:
    for path in (f"/accounts/{account}/operations", "/operations", "/payments", "/journal-entries"):
        answer = await ask.get(path, params={"amount_from": amount})
        assert (answer.status_code, codes(answer)) == (422, ["amount_not_a_number"]), path


async def test_a_parameter_given_twice_is_refused(ask: Asking, account: str) -> None:
    body = json.dumps({"type": "INV_STD", "amount": "1"})
    for twice in ("dry_run=true&dry_run=false", "dry_run=false&dry_run=true", "dry_run=true&dry_run=true"):
        answer = await ask.post(
            f"/accounts/{account}/operations?{twice}", content=body, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, codes(answer)) == (422, ["parameter_twice"])
    for path in (f"/accounts/{account}/balances?as_of=2026-01-01&as_of=2026-02-01", "/customers?limit=1&limit=2"):
        assert codes(await ask.get(path)) == ["parameter_twice"], path
    assert (await ask.get(f"/accounts/{account}/operations")).json()["items"] == []


async def test_a_filter_of_several_values_may_be_repeated(ask: Asking, account: str) -> None:
    for asked in ("class=I&class=P", "class=I,P", "class=I,P&class=R"):
        assert (await ask.get(f"/accounts/{account}/operations?{asked}")).status_code == 200, asked
