"""Credit notes, and those taken back, on a real database."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment
from payments.books import NOW, Books

from solde.db import Connection, transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import UnmatchRequest, unmatch
from solde.operations import NewOperation, load_types
from solde.payments import (
    CreditNoteRequest,
    Effect,
    RefundRequest,
    ReversalRequest,
    TransferRequest,
    WriteOffRequest,
    credit_note,
    refund,
    reverse_credit_note,
    reverse_write_off,
    transfer,
    write_off,
)
from solde.verification import verify

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


def credit(account: int, number: int, amount: str | None = None, **more: Any) -> CreditNoteRequest:
    return CreditNoteRequest(account, number, "test", "wrong price", None if amount is None else D(amount), **more)


def back(account: int, number: int, **more: Any) -> ReversalRequest:
    return ReversalRequest(account, number, "test", "the price was right", **more)


async def argue(books: Books, account: int, amount: str | None, verb: DisputeVerb = DisputeVerb.ENTER) -> None:
    async def work(conn: Connection) -> None:
        request = DisputeRequest(account, 1, verb, "test", None if amount is None else D(amount), reason="why")
        (answer,) = await dispute(conn, [request], today=TODAY)
        assert not isinstance(answer, tuple), answer

    await transaction(books.pool, work)


async def test_a_part_is_credited_and_the_rest_stays_open(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    effect = await books.do(credit_note, credit(account, 1, "30", on=FEB, reference="CN-1"))
    assert [(p.number, p.type_code, p.amount, p.operation_on) for p in effect.posted] == [(2, "INV_CRN", D(30), FEB)]
    assert [(line.debit_number, line.credit_number, line.amount) for line in effect.lines] == [(1, 2, D(30))]
    assert await books.open(account) == {1: D(70)}
    assert await books.rows("select number, invoice_number, amount from credit_note") == [(2, 1, D(30))]


async def test_all_that_may_be_is_credited_unless_an_amount_is_named(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.do(credit_note, credit(account, 1, "30"))
    assert (await books.do(credit_note, credit(account, 1))).posted[0].amount == 70
    assert await books.open(account) == {}
    assert await books.codes(credit_note, credit(account, 1, "0.01")) == ["over_credited"]


async def test_of_a_paid_invoice_the_credit_stays_unallocated_and_may_be_refunded(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.pay(payment(account, "80", FEB))
    effect = await books.do(credit_note, credit(account, 1, "50"))
    assert [(line.credit_number, line.amount) for line in effect.lines] == [(3, D(20))]
    assert await books.open(account) == {3: D(30)}
    await books.do(refund, RefundRequest(account, 3, "test", method="WIRETRANSFER"))
    assert await books.open(account) == {}
    assert await books.balance(account) == 0


async def test_of_a_wholly_paid_invoice_nothing_is_matched(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.pay(payment(account, "100", FEB))
    effect = await books.do(credit_note, credit(account, 1, "40", on=JAN))
    assert (effect.lines, await books.open(account)) == ((), {3: D(40)})
    assert await books.codes(credit_note, credit(account, 1, "60.01")) == ["over_credited"]


async def test_what_is_disputed_is_credited_only_after_the_litigation(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await argue(books, account, "40")
    assert await books.codes(credit_note, credit(account, 1, "60.01")) == ["credit_note_in_dispute"]
    assert (await books.do(credit_note, credit(account, 1))).posted[0].amount == 60
    assert await books.codes(credit_note, credit(account, 1)) == ["credit_note_in_dispute"]
    await argue(books, account, None, DisputeVerb.REMOVE)
    await books.do(credit_note, credit(account, 1))
    assert await books.open(account) == {}


async def test_what_was_given_up_or_transferred_is_not_credited(books: Books) -> None:
    account, other = await books.account(), await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.do(write_off, WriteOffRequest(account, 1, "test", "hopeless", D(30)))
    await books.do(transfer, TransferRequest(account, 1, other, "test", "wrong account", D(10)))
    assert await books.codes(credit_note, credit(account, 1, "60.01")) == ["over_credited"]
    await books.do(reverse_write_off, back(account, 2))
    assert (await books.do(credit_note, credit(account, 1))).posted[0].amount == 90


async def test_a_credit_note_of_the_billing_system_counts_too(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.post(NewOperation(account, "INV_CRN", D(30), JAN))

    async def pair(conn: Connection) -> None:
        from solde.matching import MatchRequest, match

        await match(conn, [MatchRequest(account, (1,), (2,), "test")], await load_types(conn), today=TODAY)

    await transaction(books.pool, pair)
    assert (await books.do(credit_note, credit(account, 1))).posted[0].amount == 70


async def test_what_cannot_be_credited_is_refused(books: Books) -> None:
    account, closed = await books.account(), await books.account(state="CLOSED")
    await books.post(
        invoice(account, "60", FEB), payment(account, "100", FEB), NewOperation(account, "RND_INC", D(1), FEB)
    )
    await books.post(NewOperation(account, "INV_CRN", D(1), FEB))
    wanted = [
        (credit(account, 1, "60.000001"), ["over_credited"]),
        (credit(account, 1, "0"), ["amount_not_positive"]),
        (credit(account, 1, on=JAN), ["effective_too_early"]),
        (CreditNoteRequest(account, 1, "test", " "), ["action_reason_missing"]),
        (credit(account, 2), ["not_creditable"]),
        (credit(account, 3), ["not_creditable"]),
        (credit(account, 4), ["not_creditable"]),
        (credit(account, 9), ["unknown_operation"]),
        (credit(999_999, 1), ["unknown_account"]),
        (credit(closed, 1), ["unknown_operation"]),
    ]
    for request, codes in wanted:
        assert await books.codes(credit_note, request) == codes, request


async def test_taken_back_the_invoice_is_open_and_may_be_credited_again(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.do(credit_note, credit(account, 1, "30", on=FEB))
    effect = await books.do(reverse_credit_note, back(account, 2, on=MAR))
    assert [(p.number, p.type_code, p.amount) for p in effect.posted] == [(3, "INV_CRR", D(30))]
    assert [(t.number, t.before, t.after) for t in effect.touched] == [
        (1, D(70), D(100)),
        (2, D(0), D(0)),
        (3, None, D(0)),
    ]
    assert await books.open(account) == {1: D(100)}
    assert await books.balance(account) == 100
    assert await books.codes(reverse_credit_note, back(account, 2)) == ["credit_note_already_reversed"]
    assert await books.codes(reverse_credit_note, back(account, 1)) == ["not_a_credit_note"]
    assert await books.codes(credit_note, credit(account, 3)) == ["not_creditable"]
    assert (await books.do(credit_note, credit(account, 1))).posted[0].amount == 100


async def test_one_that_was_refunded_is_not_taken_back(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.pay(payment(account, "100", FEB))
    await books.do(credit_note, credit(account, 1, "50"))
    await books.do(refund, RefundRequest(account, 3, "test", D(20), method="WIRETRANSFER"))
    assert await books.codes(reverse_credit_note, back(account, 3)) == ["credit_note_refunded"]


async def test_one_that_was_transferred_is_not_taken_back(books: Books) -> None:
    account, other = await books.account(), await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.pay(payment(account, "100", FEB))
    await books.do(credit_note, credit(account, 1, "50"))
    await books.do(transfer, TransferRequest(account, 3, other, "test", "asked for it"))
    assert await books.codes(reverse_credit_note, back(account, 3)) == ["payment_moved"]


async def test_one_that_stands_unallocated_is_taken_back(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.do(credit_note, credit(account, 1, "30"))
    await transaction(books.pool, lambda conn: unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY))
    await books.do(reverse_credit_note, back(account, 2))
    assert await books.open(account) == {1: D(100)}


async def test_of_many_at_once_no_more_is_credited_than_invoiced(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    answers = await asyncio.gather(*(books.ask(credit_note, credit(account, 1, "30")) for _ in range(5)))
    assert sum(isinstance(one, Effect) for one in answers) == 3
    assert await books.open(account) == {1: D(10)}
    await books.prove()


async def test_a_batch_sees_what_its_own_requests_credited(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))

    async def work(conn: Connection) -> list[object]:
        wishes = [credit(account, 1, "60"), credit(account, 1, "60"), credit(account, 1)]
        return list(await credit_note(conn, wishes, await load_types(conn), today=TODAY))

    first, second, third = await transaction(books.pool, work)
    assert isinstance(first, Effect)
    assert isinstance(second, tuple)
    assert isinstance(third, Effect)
    assert third.posted[0].amount == 40
    await books.prove()


@pytest.mark.parametrize(
    "tampering",
    [
        "update credit_note set amount = 31",
        "update credit_note set invoice_number = 2",
        "delete from credit_note",
    ],
)
async def test_verification_finds_a_credit_note_that_is_not_so(books: Books, database_url: str, tampering: str) -> None:
    import psycopg

    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.do(credit_note, credit(account, 1, "30"))
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute(tampering.encode())
    assert "credit_notes" in {one.check for one in (await verify(books.pool, now=NOW)).differences}
