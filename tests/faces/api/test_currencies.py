"""Deposits, plans, litigation, write-offs and credit notes in currencies without decimals and with three, through the API."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from faces.api.asking import COMPLETE, Asking

from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.verification import verify


@dataclass(frozen=True)
class Money:
    """A currency: the smallest amount it has, and one too fine for it."""

    code: str
    unit: Decimal
    too_fine: str

    def of(self, units: int) -> str:
        return f"{self.unit * units:f}"


CURRENCIES = [Money("JPY", Decimal(1), "10.5"), Money("TND", Decimal("0.001"), "10.0005")]


@pytest.fixture(params=CURRENCIES, ids=lambda money: money.code)
def money(request: pytest.FixtureRequest) -> Money:
    found: Money = request.param
    return found


@pytest.fixture
async def place(ask: Asking, pool: Pool, clock: Clock, money: Money) -> str:
    """An account in the currency with an invoice of 1000 units, operation 1; and a template of deposits."""

    async def work(conn: Connection) -> None:
        new = NewCustomer(**(COMPLETE | {"code": "C1", "account_code": "A1", "currency": money.code}))
        (made,) = await create_customers(conn, [new], actor="test", now=clock())
        assert not isinstance(made, tuple), made

    await transaction(pool, work)
    template = {"code": "OWN", "label": "Deposit", "currency": money.code, "state": "ACTIVE"}
    await done(ask, "/deposit-templates", template)
    invoice = {"type": "INV_STD", "amount": money.of(1000), "date": "2026-10-01"}
    await done(ask, "/accounts/A1/operations", {"operations": [invoice]})
    return "/accounts/A1"


async def done(ask: Asking, path: str, body: object) -> Any:
    answer = await ask.post(path, body)
    assert answer.is_success, answer.text
    return answer.json()


async def refused(ask: Asking, path: str, body: object) -> str:
    answer = await ask.post(path, body)
    assert answer.status_code in (409, 422), answer.text
    return str(answer.json()["code"])


async def units(ask: Asking, place: str, money: Money) -> dict[str, Decimal]:
    """Each balance in smallest units, debit above zero."""
    found = (await ask.get(f"{place}/balances")).json()["items"]
    return {one["definition"]: Decimal(one["balance"]) / money.unit for one in found}


async def test_a_deposit_is_funded_used_and_given_back_in_whole_units(
    ask: Asking, place: str, money: Money, pool: Pool, clock: Clock
) -> None:
    deposits, wish = f"{place}/security-deposits", {"template": "OWN", "amount": money.of(101)}
    assert await refused(ask, deposits, wish | {"amount": money.too_fine}) == "deposit_amount_too_fine"
    await done(ask, deposits, wish)
    fund = {"method": "WIRETRANSFER"}
    assert await refused(ask, f"{deposits}/1/fund", fund | {"amount": money.too_fine}) == "deposit_amount_too_fine"
    await done(ask, f"{deposits}/1/fund", fund | {"amount": money.of(34)})
    await done(ask, f"{deposits}/1/fund", fund | {"amount": money.of(70)})
    assert await units(ask, place, money) | {"dunning": 0} == {
        "default": 997, "security_deposit": -101, "current": 997, "dunning": 0,
    }  # fmt: skip
    assert await refused(ask, f"{deposits}/1/pay", {"operation": 1, "amount": money.of(102)}) == "deposit_over_held"
    await done(ask, f"{deposits}/1/pay", {"operation": 1, "amount": money.of(33)})
    given = await done(ask, f"{deposits}/1/refund", {"reason": "over"})
    assert Decimal(given["amount"]) == money.unit * 68
    assert given["deposit"]["state"] == "REFUNDED"
    found = await units(ask, place, money)
    assert found["default"] == 964
    assert found["security_deposit"] == 0
    assert (await verify(pool, now=clock())).clean


async def test_a_plan_is_split_in_whole_units_paid_in_part_and_broken(
    ask: Asking, place: str, money: Money, pool: Pool, clock: Clock
) -> None:
    plans = f"{place}/instalment-plans"
    plan = await done(ask, plans, {"debits": [1], "count": 3})
    assert [Decimal(one["amount"]) / money.unit for one in plan["instalments"]] == [334, 333, 333]
    days = [one["due_date"] for one in plan["instalments"]]
    fine = [
        {"due_date": day, "amount": f"{money.unit * 333 + part:f}"}
        for day, part in zip(days, (money.unit / 2, money.unit / 2, Decimal(0)), strict=True)
    ]
    patched = await ask.send("PATCH", f"{plans}/1", json={"instalments": fine}, headers={"if-match": '"1"'})
    assert patched.status_code == 422, patched.text
    assert "decimals" in patched.text
    await done(ask, f"{plans}/1/activate", {"version": 1})
    await done(ask, f"{place}/payments", {"type": "PAY_WIRE", "amount": money.of(335)})
    broken = await done(ask, f"{plans}/1/break", {"reason": "does not pay"})
    assert broken["state"] == "BROKEN"
    assert Decimal(broken["unmatched"]) / money.unit == 665
    assert [Decimal(one["paid"]) / money.unit for one in broken["instalments"]] == [334, 1, 0]
    invoice = (await ask.get(f"{place}/operations/1")).json()["operation"]
    assert Decimal(invoice["open"]) / money.unit == 665
    assert (await units(ask, place, money))["default"] == 665
    assert (await verify(pool, now=clock())).clean


async def test_what_is_disputed_credited_and_given_up_is_told_to_the_unit(
    ask: Asking, place: str, money: Money, pool: Pool, clock: Clock
) -> None:
    invoice = f"{place}/operations/1"
    disputed = {"amount": money.of(1), "reason": "one too many"}
    assert (await ask.change("PUT", f"{invoice}/litigation", json=disputed)).status_code == 200
    await done(ask, f"{invoice}/credit-note", {"amount": money.of(332), "reason": "wrong price"})
    written = await done(ask, f"{invoice}/write-off", {"reason": "hopeless"})
    assert [Decimal(one["amount"]) / money.unit for one in written["operations"]] == [667]
    found = await units(ask, place, money)
    assert found["default"] == 1
    assert found["dunning"] == 0
    back = (await ask.post(f"{place}/operations/3/write-off/reversal", {"reason": "paid after all"})).json()
    assert Decimal(back["operations"][0]["amount"]) / money.unit == 667
    assert (await units(ask, place, money))["default"] == 668
    assert (await verify(pool, now=clock())).clean
