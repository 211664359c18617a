"""Rejections, and write-offs taken back, on a real database."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment
from msgspec import structs
from payments.books import Books

from solde.db import transaction
from solde.matching import UnmatchRequest, unmatch
from solde.operations import NewOperation, load_types
from solde.payments import (
    Allocate,
    Effect,
    RefundRequest,
    ReversalRequest,
    TransferRequest,
    WriteOffRequest,
    refund,
    reject_payment,
    reverse_write_off,
    transfer,
    write_off,
)

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


def back(account: int, number: int, **more: Any) -> ReversalRequest:
    return ReversalRequest(account, number, "test", "returned by the bank", **more)


async def test_a_rejected_payment_opens_what_it_paid_and_is_settled_by_its_rejection(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN), invoice(account, "30", JAN))
    number = await books.pay(payment(account, "100", FEB))
    effect = await books.do(reject_payment, back(account, number, on=MAR, reference="R-1"))
    assert [(p.number, p.type_code, p.amount, p.operation_on) for p in effect.posted] == [(4, "REJ_WIRE", D(100), MAR)]
    assert [u.effective_on for u in effect.unmatched] == [MAR]
    assert [(line.debit_number, line.credit_number, line.amount) for line in effect.lines] == [(4, 3, D(100))]
    told = [(t.number, t.before, t.after) for t in effect.touched]
    assert told == [(1, D(0), D(60)), (2, D(0), D(30)), (3, D(10), D(0)), (4, None, D(0))]
    assert await books.open(account) == {1: D(60), 2: D(30)}
    assert await books.balance(account) == 90


async def test_matches_of_other_payments_stand(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    await books.pay(payment(account, "20", FEB))
    second = await books.pay(payment(account, "40", FEB))
    await books.do(reject_payment, back(account, second))
    assert await books.open(account) == {1: D(40)}


async def test_an_unallocated_payment_is_rejected_whole(books: Books) -> None:
    account = await books.account()
    await books.pay(payment(account, "40", FEB), Allocate.NONE)
    effect = await books.do(reject_payment, back(account, 1))
    assert (effect.unmatched, await books.open(account)) == ((), {})


async def test_a_payment_whose_trace_was_rounded_off_is_rejected_to_the_last_digit(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100", JAN))
    await books.pay(payment(account, "100.003", FEB))
    assert await books.balance(account) == 0
    await books.do(reject_payment, back(account, 2))
    assert await books.open(account) == {1: D(100)}
    assert await books.balance(account) == 100


async def test_an_invoice_whose_trace_was_rounded_off_is_open_with_it_again(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100.003", JAN))
    await books.pay(payment(account, "100", FEB))
    await books.do(reject_payment, back(account, 2))
    assert await books.open(account) == {1: D("100.003")}


async def test_a_rejection_happens_once(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    await books.pay(payment(account, "60", FEB))
    answers = await asyncio.gather(*(books.ask(reject_payment, back(account, 2)) for _ in range(5)))
    assert sum(isinstance(answer, Effect) for answer in answers) == 1
    assert await books.codes(reject_payment, back(account, 2)) == ["already_rejected"]
    await books.prove()


async def test_a_rejection_happens_once_even_where_its_match_was_reversed(books: Books) -> None:
    account = await books.account()
    await books.pay(payment(account, "60", FEB))
    effect = await books.do(reject_payment, back(account, 1))
    group = effect.matched[0].group_number
    await transaction(books.pool, lambda conn: unmatch(conn, [UnmatchRequest(account, group, "test")], today=TODAY))
    assert await books.open(account) == {1: D(60), 2: D(60)}
    assert await books.codes(reject_payment, back(account, 1)) == ["already_rejected"]


async def test_a_payment_met_by_a_rejection_entered_by_hand_is_rejected_already(books: Books) -> None:
    account = await books.account()
    await books.post(NewOperation(account, "REJ_WIRE", D(60), JAN), NewOperation(account, "REJ_WIRE", D(5), JAN))
    whole, part = await books.pay(payment(account, "60", FEB)), await books.pay(payment(account, "30", FEB))
    assert await books.codes(reject_payment, back(account, whole)) == ["already_rejected"]
    await books.do(reject_payment, back(account, part))
    assert await books.open(account) == {2: D(5)}


async def test_one_batch_rejects_a_payment_once(books: Books) -> None:
    account = await books.account()
    await books.pay(payment(account, "60", FEB))

    async def work(conn):  # type: ignore[no-untyped-def]
        wishes = [back(account, 1), back(account, 1)]
        return await reject_payment(conn, wishes, await load_types(conn), today=TODAY)

    first, second = await transaction(books.pool, work)
    assert isinstance(first, Effect)
    assert [bad.code for bad in second] == ["already_rejected"]


async def test_a_payment_that_was_refunded_or_moved_is_not_rejected(books: Books) -> None:
    account, other = await books.account(), await books.account()
    await books.post(payment(account, "60", FEB), payment(account, "60", FEB))
    await books.do(refund, RefundRequest(account, 1, "test", D(10)))
    await books.do(transfer, TransferRequest(account, 2, other, "test", "wrong account", D(10)))
    assert await books.codes(reject_payment, back(account, 1)) == ["payment_refunded"]
    assert await books.codes(reject_payment, back(account, 2)) == ["payment_moved"]


async def test_a_rejected_refund_opens_the_credit_and_then_the_payment_may_be_rejected(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "60", FEB))
    await books.do(refund, RefundRequest(account, 1, "test", D(10)))
    effect = await books.do(reject_payment, back(account, 2))
    assert effect.posted[0].type_code == "REJ_RWI"
    assert await books.open(account) == {1: D(60)}
    await books.do(reject_payment, back(account, 1))
    assert await books.open(account) == {}


async def test_what_cannot_be_rejected_is_refused(books: Books) -> None:
    account = await books.account()
    await books.post(
        invoice(account, "60", JAN), payment(account, "60", FEB), NewOperation(account, "PAY_CASH", D(5), JAN)
    )
    for request, code in (
        (back(account, 1), "not_rejectable"),
        (back(account, 3), "no_rejection_type"),
        (back(account, 9), "unknown_operation"),
        (back(10**9, 1), "unknown_account"),
        (back(account, 2, on=JAN), "effective_too_early"),
        (structs.replace(back(account, 2), reason=""), "action_reason_missing"),
    ):
        assert await books.codes(reject_payment, request) == [code]


async def test_a_rejection_is_no_earlier_than_the_match_it_reverses(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", MAR))
    await books.pay(payment(account, "60", JAN))
    assert await books.codes(reject_payment, back(account, 2, on=FEB)) == ["effective_too_early"]
    await books.do(reject_payment, back(account, 2, on=MAR))


async def test_a_write_off_unmatched_by_hand_stands_open_until_it_is_matched_again_or_taken_back(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    await books.do(write_off, WriteOffRequest(account, 1, "test", "hopeless"))
    await transaction(books.pool, lambda conn: unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY))
    assert await books.open(account) == {1: D(60), 2: D(60)}
    assert await books.balance(account) == 0
    effect = await books.do(reverse_write_off, back(account, 2))
    assert (effect.unmatched, await books.open(account)) == ((), {1: D(60)})
    assert await books.balance(account) == 60


async def test_a_write_off_is_taken_back(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    await books.do(write_off, WriteOffRequest(account, 1, "test", "hopeless", D(60), FEB))
    effect = await books.do(reverse_write_off, back(account, 2))
    assert [(p.type_code, p.amount) for p in effect.posted] == [("EXP_REV", D(60))]
    assert await books.open(account) == {1: D(60)}
    assert await books.codes(reverse_write_off, back(account, 2)) == ["write_off_already_reversed"]
    assert await books.codes(reverse_write_off, back(account, 1)) == ["not_a_write_off"]


@pytest.mark.parametrize("again", [1, 2])
async def test_an_invoice_is_given_up_and_taken_back_again_and_again(books: Books, again: int) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    for turn in range(again):
        await books.do(write_off, WriteOffRequest(account, 1, "test", "hopeless"))
        await books.do(reverse_write_off, back(account, 2 + 2 * turn))
    assert await books.open(account) == {1: D(60)}
