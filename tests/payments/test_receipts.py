"""Unidentified receipts on a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from faces.api.asking import COMPLETE
from ledger import TODAY, D, invoice, post_all, rows
from payments.books import NOW, Books

from solde.customers import NewCustomer, create_customers, find_account
from solde.db import Connection, transaction
from solde.kernel.refusals import Refused
from solde.operations import load_types
from solde.payments import (
    Allocate,
    Assigned,
    AssignRequest,
    Receipt,
    ReceiptFilter,
    ReceiptRequest,
    ReceiptState,
    RecordedReceipt,
    ReturnRequest,
    assign_receipts,
    assignments_of,
    get_receipt,
    list_receipts,
    record_unidentified,
    return_receipts,
    suggest_accounts,
)

JAN, FEB = date(2026, 1, 10), date(2026, 2, 10)
MONEY = ReceiptRequest(0, "EUR", D(100), FEB, "test", reference="INV F-2026/17", payer_text="KONTOR BEISPIEL GMBH")


@pytest.fixture
async def seller(books: Books) -> int:
    """The key of the seller MAIN; 2 is another one."""
    async with books.pool.connection() as conn:
        await conn.execute(
            "insert into seller (seller_id, code, name, country, currency, time_zone, language)"
            " values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
    return 1


@pytest.fixture
async def customer(books: Books, seller: int) -> int:
    """The account A1 of a customer, with the open invoice F-2026/17 of 60."""

    async def work(conn: Connection) -> int:
        new = NewCustomer(**(COMPLETE | {"code": "C1", "account_code": "A1-2026"}))
        await create_customers(conn, [new], actor="test", now=NOW)
        found = await find_account(conn, "A1-2026")
        assert found is not None
        await post_all(conn, invoice(found.account_id, "60", JAN, reference="F-2026/17"))
        return found.account_id

    return await transaction(books.pool, work)


async def record(books: Books, *requests: ReceiptRequest) -> list[Any]:
    async def work(conn: Connection) -> list[Any]:
        return list(await record_unidentified(conn, requests, await load_types(conn), today=TODAY))

    return await transaction(books.pool, work)


async def receive(books: Books, seller: int, amount: str = "100", **more: Any) -> int:
    (made,) = await record(books, replace(MONEY, seller_id=seller, amount=D(amount), **more))
    assert isinstance(made, RecordedReceipt), made
    return made.receipt_id


def part(receipt: int, account: int, amount: str | None = None, **more: Any) -> AssignRequest:
    return AssignRequest(receipt, account, "test", None if amount is None else D(amount), **more)


async def read(books: Books, receipt: int) -> Receipt:
    async with books.pool.connection() as conn:
        return await get_receipt(conn, receipt)


async def test_a_receipt_is_in_no_balance_until_it_is_assigned(books: Books, seller: int, customer: int) -> None:
    receipt = await receive(books, seller)
    assert await books.balance(customer) == 60
    done = await books.ask(assign_receipts, part(receipt, customer))
    assert isinstance(done, Assigned)
    assert (done.amount, done.rest, done.payment.paid) == (D(100), D(0), D(60))
    assert await books.open(customer) == {2: D(40)}
    found = await books.rows("select operation_on, reference, source, payment_method from operation where number = 2")
    assert found == [(FEB, "INV F-2026/17", "receipt", "WIRETRANSFER")]
    assert (await read(books, receipt)).state is ReceiptState.ASSIGNED
    await books.prove()


async def test_parts_go_to_several_accounts_and_never_more_than_there_is(books: Books, seller: int) -> None:
    here, there = await books.account(), await books.account()
    receipt = await receive(books, seller)
    first = await books.ask(assign_receipts, part(receipt, here, "70", allocate_to=Allocate.NONE))
    assert first.rest == 30
    assert await books.codes(assign_receipts, part(receipt, there, "30.01")) == ["receipt_over_assigned"]
    assert (await books.ask(assign_receipts, part(receipt, there))).amount == 30
    assert await books.codes(assign_receipts, part(receipt, there, "1")) == ["receipt_closed"]
    async with books.pool.connection() as conn:
        parts = await assignments_of(conn, receipt)
    assert [(one.number, one.amount) for one in parts] == [(1, D(70)), (1, D(30))]


async def test_twenty_assignments_at_once_give_out_no_more_than_came_in(books: Books, seller: int) -> None:
    accounts = [await books.account() for _ in range(4)]
    receipt = await receive(books, seller)
    wishes = [part(receipt, accounts[i % 4], "15") for i in range(20)]
    answers = await asyncio.gather(*(books.ask(assign_receipts, wish) for wish in wishes))
    assert sum(isinstance(answer, Assigned) for answer in answers) == 6
    assert (await read(books, receipt)).rest == 10
    assert sum([await books.balance(account) for account in accounts]) == -90
    assert await books.rows("select sum(amount) from receipt_assignment") == [(D(90),)]
    await books.prove()


async def test_parts_in_one_batch_see_each_other(books: Books, seller: int) -> None:
    account = await books.account()
    receipt = await receive(books, seller)

    async def work(conn: Connection) -> list[Any]:
        wishes = [part(receipt, account, "60"), part(receipt, account, "60"), part(receipt, account, "40")]
        return list(await assign_receipts(conn, wishes, await load_types(conn), today=TODAY))

    first, second, third = await transaction(books.pool, work)
    assert (first.rest, second[0].code, third.rest) == (40, "receipt_over_assigned", 0)


async def test_an_assignment_that_cannot_be_is_refused_and_the_receipt_waits(
    books: Books, seller: int, customer: int
) -> None:
    receipt, foreign = await receive(books, seller), await receive(books, 2)
    closed, dollars = await books.account(state="CLOSED"), await books.account("USD")
    for request, code in (
        (part(receipt, closed), "account_closed"),
        (part(receipt, dollars), "currency_differs"),
        (part(receipt, 10**9), "unknown_account"),
        (part(10**9, customer), "unknown_receipt"),
        (part(receipt, customer, "0"), "amount_not_positive"),
        (part(receipt, customer, allocate_to=(9,)), "unknown_operation"),
        (part(foreign, customer), "receipt_seller_differs"),
    ):
        assert await books.codes(assign_receipts, request) == [code]
    assert (await read(books, receipt)).rest == 100


async def test_the_rest_is_returned_and_nothing_is_left(books: Books, seller: int) -> None:
    account = await books.account()
    receipt = await receive(books, seller)
    await books.ask(assign_receipts, part(receipt, account, "70"))

    async def give_back(request: ReturnRequest) -> Any:
        return (await transaction(books.pool, lambda conn: return_receipts(conn, [request], today=TODAY)))[0]

    assert (await give_back(ReturnRequest(receipt, "test", " ")))[0].code == "action_reason_missing"
    assert (await give_back(ReturnRequest(receipt, "test", "why", JAN)))[0].code == "effective_too_early"
    returned = await give_back(ReturnRequest(receipt, "test", "not ours"))
    assert (returned.state, returned.returned_on, returned.rest) == (ReceiptState.RETURNED, TODAY, 30)
    assert (await give_back(ReturnRequest(receipt, "test", "not ours")))[0].code == "receipt_closed"
    assert await books.codes(assign_receipts, part(receipt, account)) == ["receipt_closed"]
    assert (await give_back(ReturnRequest(99, "test", "not ours")))[0].code == "unknown_receipt"


async def test_a_receipt_sent_twice_under_its_own_key_is_recorded_once(books: Books, seller: int) -> None:
    keyed = replace(MONEY, seller_id=seller, entry_key="statement 7, line 3")
    first, again = await record(books, keyed, keyed)
    (later,) = await record(books, keyed)
    assert (first.known, again, later) == (False, RecordedReceipt(first.receipt_id, known=True), again)
    assert await books.rows("select count(*) from audit_record where verb = 'receipt_record'") == [(1,)]


async def test_a_blank_key_names_no_receipt(books: Books, seller: int) -> None:
    blank = replace(MONEY, seller_id=seller, entry_key=" ")
    first, second = await record(books, blank, blank)
    assert first.receipt_id != second.receipt_id


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": D(0)}, "amount_not_positive", "amount"),
        ({"currency": "eur"}, "unknown_currency", "currency"),
        ({"currency": "ZZZ"}, "unknown_currency", "currency"),
        ({"on": date(1800, 1, 1)}, "date_out_of_range", "date"),
        ({"method": "GOLD"}, "payment_method_unknown", "method"),
        ({"payer_text": "x" * 501}, "text_too_long", "payer_text"),
        ({"reference": "a\x00b"}, "text_unprintable", "reference"),
    ],
)
async def test_an_unfit_receipt_is_refused(
    books: Books, seller: int, change: dict[str, Any], code: str, field: str
) -> None:
    ((refusal,),) = await record(books, replace(MONEY, seller_id=seller, **change))
    assert (refusal.code, refusal.field) == (code, field)


async def test_receipts_are_listed_by_state_seller_currency_day_and_text(books: Books, seller: int) -> None:
    numbers = [await receive(books, seller, str(n)) for n in (1, 2, 3)]
    other = await receive(books, 2, "4", currency="USD", on=JAN, reference=None, payer_text="Nobody 100%")
    account = await books.account()
    await books.ask(assign_receipts, part(numbers[0], account))

    async def listed(**more: Any) -> list[int]:
        async with books.pool.connection() as conn:
            return [r.receipt_id for r in (await list_receipts(conn, ReceiptFilter(**more))).items]

    assert await listed() == [other, *reversed(numbers)]
    assert await listed(state=ReceiptState.WAITING, seller_id=seller) == [numbers[2], numbers[1]]
    assert await listed(currency="USD") == await listed(date_until=JAN) == await listed(q="nobody 100%") == [other]
    assert await listed(date_from=FEB, q="f-2026/17") == list(reversed(numbers))
    async with books.pool.connection() as conn:
        page = await list_receipts(conn, ReceiptFilter(), limit=3)
        rest = await list_receipts(conn, ReceiptFilter(), limit=3, cursor=page.next)
        with pytest.raises(Refused, match="bad_cursor"):
            await list_receipts(conn, ReceiptFilter(), cursor="nonsense")
    assert [r.receipt_id for r in (*page.items, *rest.items)] == [other, *reversed(numbers)]


async def test_suggestions_come_by_invoice_by_code_and_by_name(books: Books, seller: int, customer: int) -> None:
    async def suggested(**texts: str | None) -> list[tuple[str, str]]:
        receipt = await receive(books, seller, "60", **({"reference": None, "payer_text": None} | texts))
        async with books.pool.connection() as conn:
            return [(s.account, s.why) for s in await suggest_accounts(conn, await get_receipt(conn, receipt))]

    assert await suggested(reference="Invoice F-2026/17, thank you") == [("A1-2026", "invoice")]
    assert await suggested(reference="customer a1-2026 A1-2026") == [("A1-2026", "code")]
    assert await suggested(payer_text="Kontor Beispiel") == [("A1-2026", "name")]
    assert await suggested(payer_text="Someone else") == []
    assert await suggested() == []
    async with books.pool.connection() as conn:
        foreign = await get_receipt(conn, await receive(books, 2))
        assert await suggest_accounts(conn, foreign) == []
        assert await rows(conn, "select count(*) from unidentified_receipt where state = 'WAITING'") == [(6,)]
