"""The tax that credit notes take back, on a real database: kept, taken to accounting, verified."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger import D, invoice, payment
from payments.books import NOW, Books

from solde.accounting import generate
from solde.db import Connection
from solde.operations import NewOperation
from solde.payments import (
    CreditNoteRequest,
    ReversalRequest,
    WriteOffRequest,
    credit_note,
    reverse_credit_note,
    reverse_write_off,
    write_off,
)
from solde.verification import verify

JAN = date(2026, 1, 10)
PARTS = "select number, net, tax from operation where type_id in (select type_id from operation_type where code like 'INV_CR%%')"


def credit(account: int, number: int, amount: str | None = None, **more: Any) -> CreditNoteRequest:
    return CreditNoteRequest(account, number, "test", "wrong price", None if amount is None else D(amount), **more)


def back(account: int, number: int) -> ReversalRequest:
    return ReversalRequest(account, number, "test", "the price was right")


async def taxed(books: Books) -> int:
    account = await books.account()
    await books.post(invoice(account, "120", JAN, net=D(100), tax=D(20)))
    return account


async def test_credit_notes_take_the_tax_of_their_invoice_back_to_the_last_cent(books: Books) -> None:
    account = await taxed(books)
    for _ in range(3):
        await books.do(credit_note, credit(account, 1, "33.33"))
    await books.do(credit_note, credit(account, 1))
    assert await books.rows(f"{PARTS} order by number") == [
        (2, D("27.78"), D("5.55")), (3, D("27.78"), D("5.55")), (4, D("27.78"), D("5.55")), (5, D("16.66"), D("3.35")),
    ]  # fmt: skip


async def test_a_credit_note_taken_back_gives_its_tax_back_too(books: Books) -> None:
    account = await taxed(books)
    await books.do(credit_note, credit(account, 1, "60"))
    await books.do(reverse_credit_note, back(account, 2))
    await books.do(credit_note, credit(account, 1))
    assert await books.rows(f"{PARTS} order by number") == [(2, D(50), D(10)), (3, D(50), D(10)), (4, D(100), D(20))]


async def test_the_tax_of_a_credit_note_may_be_named(books: Books) -> None:
    account = await taxed(books)
    await books.do(credit_note, credit(account, 1, net=D(30), tax=D(0)))
    assert await books.codes(credit_note, credit(account, 1, "30", tax=D("20.01"))) == ["over_credited"]
    await books.do(credit_note, credit(account, 1))
    assert await books.rows(f"{PARTS} order by number") == [(2, D(30), D(0)), (3, D(70), D(20))]


async def test_a_credit_note_of_the_billing_system_takes_its_tax_too(books: Books) -> None:
    account = await taxed(books)
    await books.post(NewOperation(account, "INV_CRN", D(60), JAN, net=D(60), tax=D(0)))
    await books.match(account, (1,), (2,))
    await books.do(credit_note, credit(account, 1))
    assert await books.rows(f"{PARTS} and number > 2") == [(3, D(40), D(20))]


async def test_an_invoice_paid_by_the_credit_note_of_another_is_credited_with_its_own_tax(books: Books) -> None:
    account = await taxed(books)
    await books.post(invoice(account, "60", JAN, net=D(60), tax=D(0)))
    await books.pay(payment(account, "60", JAN), (2,))
    await books.do(credit_note, credit(account, 2))
    await books.match(account, (1,), (4,))
    await books.do(credit_note, credit(account, 1, "60"))
    await books.do(credit_note, credit(account, 1))
    assert await books.rows(f"{PARTS} and number > 4 order by number") == [(5, D(50), D(10)), (6, D(50), D(10))]


async def test_entries_of_credit_notes_take_revenue_and_tax_back_and_their_reversal_restores_both(books: Books) -> None:
    account = await taxed(books)
    await books.do(credit_note, credit(account, 1, "33.33"))
    await books.do(reverse_credit_note, back(account, 2))
    await books.do(credit_note, credit(account, 1))
    await generate(books.pool, actor="test", until=None, most=100)
    entries = "select number, general_account, side, amount from journal_entry where number > 1"
    assert sorted(await books.rows(entries)) == [
        (2, "411", -1, D("33.33")), (2, "44571", 1, D("5.55")), (2, "701", 1, D("27.78")),
        (3, "411", 1, D("33.33")), (3, "44571", -1, D("5.55")), (3, "701", -1, D("27.78")),
        (4, "411", -1, D(120)), (4, "44571", 1, D(20)), (4, "701", 1, D(100)),
    ]  # fmt: skip


async def test_a_write_off_gives_the_whole_amount_up_and_leaves_the_tax_declared(books: Books) -> None:
    account = await taxed(books)
    await books.do(write_off, WriteOffRequest(account, 1, "test", "hopeless"))
    await books.do(reverse_write_off, back(account, 2))
    await generate(books.pool, actor="test", until=None, most=100)
    entries = "select number, general_account, side, amount from journal_entry where number > 1"
    assert sorted(await books.rows(entries)) == [
        (2, "411", -1, D(120)), (2, "654", 1, D(120)), (3, "411", 1, D(120)), (3, "654", -1, D(120)),
    ]  # fmt: skip


async def test_a_planted_credit_note_with_too_much_tax_is_found(books: Books, owner: Connection) -> None:
    account = await taxed(books)
    await books.do(credit_note, credit(account, 1, "60"))
    await owner.execute("update operation set tax = 21, net = 39 where number = 2")
    found = (await verify(books.pool, now=NOW)).differences
    assert [one.place for one in found if one.check == "credited_tax"] == ["invoice 1"]
