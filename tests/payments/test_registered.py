"""The payments of all accounts as a list: whose, in order, page by page, narrowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from faces.api.asking import COMPLETE
from ledger import TODAY, D, invoice, payment, post_all, rows
from payments.books import NOW

from solde.customers import NewCustomer, create_customers, list_sellers, resolve_accounts
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations import load_types
from solde.payments import ListedPayment, PaymentFilter, PaymentRequest, list_payments, register

SOME = date(2026, 3, 10)


@pytest.fixture
async def accounts(conn: Connection) -> dict[str, int]:
    """ACME paid 100 of its invoice of 60 and then 7; Borea paid 30 on the day of the first."""
    new = [
        NewCustomer(**{**COMPLETE, "code": code, "name": name})
        for code, name in (("ACME", "Acme Sons"), ("BOREA", "Boréa SA"))
    ]
    await create_customers(conn, new, actor="test", now=NOW)
    found = await resolve_accounts(conn, ["ACME", "BOREA"])
    at = {code: one.account_id for code, one in found.items()}
    await post_all(conn, invoice(at["ACME"], "60", SOME, SOME + timedelta(days=30)))
    for code, amount, day, method in (
        ("ACME", "100", SOME, "WIRETRANSFER"), ("BOREA", "30", SOME, "CHECK"),
        ("ACME", "7", SOME + timedelta(days=1), "WIRETRANSFER"),
    ):  # fmt: skip
        await pay(conn, at[code], amount, day, method)
    return at


async def pay(conn: Connection, account: int, amount: str, day: date, method: str | None = None) -> None:
    wish = PaymentRequest(replace(payment(account, amount, day), payment_method=method), "Carla")
    (made,) = await register(conn, [wish], await load_types(conn), today=TODAY)
    assert not isinstance(made, tuple), made


async def amounts(conn: Connection, sort: str | None = None, **chosen: Any) -> list[Decimal]:
    return [one.amount for one in (await list_payments(conn, PaymentFilter(**chosen), sort=sort)).items]


async def test_payments_of_all_accounts_are_listed_newest_first_and_nothing_else(
    conn: Connection, accounts: dict[str, int]
) -> None:
    found = (await list_payments(conn)).items
    # Of one day the last one registered comes first.
    assert [(one.account, one.number, one.amount) for one in found] == [
        ("ACME", 3, D(7)), ("BOREA", 1, D(30)), ("ACME", 2, D(100)),
    ]  # fmt: skip
    last = found[-1]
    assert (last.name, last.unallocated, last.method, last.actor) == ("Acme Sons", D(40), "WIRETRANSFER", "Carla")
    assert isinstance(last, ListedPayment)


@pytest.mark.parametrize(
    ("chosen", "listed"),
    [
        ({"q": "borea"}, ["30"]),
        ({"q": "acm so"}, ["7", "100"]),
        ({"q": "acme borea"}, []),
        ({"q": "--"}, []),
        ({"account": "ACME"}, ["7", "100"]),
        ({"payment_method": "CHECK"}, ["30"]),
        ({"date_from": SOME + timedelta(days=1)}, ["7"]),
        ({"date_until": SOME}, ["30", "100"]),
        ({"amount_from": D(30), "amount_until": D("99.99")}, ["30"]),
        ({"unallocated": True}, ["7", "30", "100"]),
        ({"currency": "USD"}, []),
    ],
)
async def test_a_filter_leaves_what_fits_it(
    conn: Connection, accounts: dict[str, int], chosen: dict[str, Any], listed: list[str]
) -> None:
    assert await amounts(conn, **chosen) == [D(amount) for amount in listed]


async def test_what_is_wholly_allocated_is_not_among_the_unallocated(
    conn: Connection, accounts: dict[str, int]
) -> None:
    await post_all(conn, invoice(accounts["BOREA"], "12", SOME, SOME))
    await pay(conn, accounts["BOREA"], "12", TODAY)
    assert D(12) in await amounts(conn)
    assert D(12) not in await amounts(conn, unallocated=True)


@pytest.mark.parametrize(
    ("sort", "listed"),
    [("date", ["100", "30", "7"]), ("-date", ["7", "30", "100"]), ("amount", ["7", "30", "100"]), ("-amount", ["100", "30", "7"])],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 2])
async def test_pages_in_every_order_hold_each_payment_once(
    conn: Connection, accounts: dict[str, int], sort: str, listed: list[str], size: int
) -> None:
    cursor, found = None, []
    while True:
        page = await list_payments(conn, sort=sort, limit=size, cursor=cursor)
        found += [one.amount for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == [D(amount) for amount in listed]


async def test_who_is_kept_to_a_seller_sees_its_payments_alone(conn: Connection, accounts: dict[str, int]) -> None:
    (seller,) = await list_sellers(conn)
    assert len(await amounts(conn, seller_id=seller.seller_id)) == 3
    assert await amounts(conn, seller_id=seller.seller_id + 1) == []


@pytest.mark.parametrize(("asked", "code"), [({"sort": "colour"}, "unknown_sort"), ({"limit": 0}, "bad_limit")])
async def test_nonsense_is_refused(conn: Connection, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        await list_payments(conn, **asked)
    assert [one.code for one in caught.value.refusals] == [code]


async def test_a_cursor_of_another_order_is_refused(conn: Connection, accounts: dict[str, int]) -> None:
    cursor = (await list_payments(conn, sort="amount", limit=1)).next
    for bad in (cursor, "x", "W10"):
        with pytest.raises(Refused) as caught:
            await list_payments(conn, cursor=bad)
        assert [one.code for one in caught.value.refusals] == ["bad_cursor"]


async def test_a_page_is_read_from_the_index_of_payments(conn: Connection, accounts: dict[str, int]) -> None:
    await conn.execute("set local enable_sort = off")
    plan = await rows(
        conn,
        "explain select number from operation o where o.class in ('P', 'AP')"
        " order by o.operation_on desc, o.action_id desc, o.account_id desc, o.number desc limit 50",
    )
    lines = [str(line) for (line,) in plan]
    assert any("operation_payment" in line for line in lines)
    assert not any("Sort" in line for line in lines)
