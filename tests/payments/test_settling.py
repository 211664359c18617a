"""Refunds, write-offs and transfers on a real database."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment
from msgspec import structs
from payments.books import Books

from solde.db import transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.operations import NewOperation, load_types
from solde.payments import Effect, RefundRequest, TransferRequest, WriteOffRequest, refund, transfer, write_off

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


def give_back(account: int, number: int, amount: str | None = None, **more: Any) -> RefundRequest:
    return RefundRequest(account, number, "test", None if amount is None else D(amount), **more)


def give_up(account: int, number: int, amount: str | None = None, **more: Any) -> WriteOffRequest:
    return WriteOffRequest(account, number, "test", "hopeless", None if amount is None else D(amount), **more)


def move(account: int, number: int, to: int, amount: str | None = None, **more: Any) -> TransferRequest:
    return TransferRequest(account, number, to, "test", "wrong account", None if amount is None else D(amount), **more)


async def test_a_refund_gives_back_a_part_and_leaves_the_rest_open(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "100", JAN))
    effect = await books.do(refund, give_back(account, 1, "30", on=FEB))
    assert [(p.number, p.type_code, p.amount, p.operation_on) for p in effect.posted] == [(2, "REF_WIRE", D(30), FEB)]
    assert [(line.debit_number, line.credit_number, line.amount) for line in effect.lines] == [(2, 1, D(30))]
    assert [(t.number, t.before, t.after) for t in effect.touched] == [(1, D(100), D(70)), (2, None, D(0))]
    assert await books.open(account) == {1: D(70)}


async def test_a_refund_without_an_amount_gives_back_all_that_is_unallocated(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    await books.pay(payment(account, "100", JAN))
    effect = await books.do(refund, give_back(account, 2))
    assert effect.posted[0].amount == 40
    assert await books.open(account) == {}
    assert await books.balance(account) == 0


@pytest.mark.parametrize(
    ("came", "method", "goes"),
    [
        ("PAY_CRD", None, "REF_CRD"),
        ("PAY_CRD", "CASH", "REF_CASH"),
        ("PAY_PAL", None, "REF_PAL"),
        ("INV_CRN", "CHECK", "REF_CHK"),
    ],
)
async def test_a_refund_goes_back_as_the_money_came_unless_a_method_is_named(
    books: Books, came: str, method: str | None, goes: str
) -> None:
    account = await books.account()
    await books.post(NewOperation(account, came, D(10), JAN))
    assert (await books.do(refund, give_back(account, 1, method=method))).posted[0].type_code == goes


async def test_what_cannot_be_refunded_is_refused(books: Books) -> None:
    account, closed = await books.account(), await books.account(state="CLOSED")
    await books.post(
        invoice(account, "60", JAN), payment(account, "100", FEB), NewOperation(account, "CRD_SD", D(5), JAN)
    )
    await books.post(NewOperation(account, "EXP_WRT", D(1), JAN), NewOperation(account, "INV_CRN", D(1), JAN))
    wanted: list[tuple[RefundRequest, list[str]]] = [
        (give_back(account, 2, "100.000001"), ["over_matching"]),
        (give_back(account, 2, "0"), ["amount_not_positive"]),
        (give_back(account, 2, "-5"), ["amount_not_positive"]),
        (give_back(account, 2, "0.0000001"), ["amount_too_precise"]),
        (give_back(account, 1), ["wrong_side"]),
        (give_back(account, 3), ["deposit_operation"]),
        (give_back(account, 4, method="CASH"), ["not_refundable"]),
        (give_back(account, 5), ["no_refund_type"]),
        (give_back(account, 9), ["unknown_operation"]),
        (give_back(account, 2, method="GOLD"), ["payment_method_unknown"]),
        (give_back(account, 2, type_code="PAY_WIRE"), ["not_a_refund"]),
        (give_back(account, 2, on=JAN), ["effective_too_early"]),
        (give_back(account, 2, on=date(2300, 1, 1)), ["date_out_of_range"]),
        (give_back(account, 2, reference="x" * 101), ["text_too_long"]),
        (give_back(closed, 1), ["unknown_operation"]),
        (give_back(10**9, 1), ["unknown_account"]),
    ]
    assert [(r, await books.codes(refund, r)) for r, _ in wanted] == wanted


async def test_an_account_closed_since_takes_no_refund(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "100", FEB))
    async with books.pool.connection() as conn:
        await conn.execute("update account set state = 'CLOSED'")
    assert await books.codes(refund, give_back(account, 1)) == ["account_closed"]


async def test_two_refunds_of_a_batch_see_each_other(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "100", FEB))

    async def work(conn):  # type: ignore[no-untyped-def]
        wishes = [give_back(account, 1, "60"), give_back(account, 1, "60"), give_back(account, 1, "40")]
        return await refund(conn, wishes, await load_types(conn), today=TODAY)

    first, second, third = await transaction(books.pool, work)
    assert isinstance(first, Effect)
    assert second[0].code == "over_matching"
    assert isinstance(third, Effect)
    assert await books.open(account) == {}
    await books.prove()


async def test_twenty_refunds_at_once_give_back_no_more_than_there_is(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "100", FEB))
    answers = await asyncio.gather(*(books.ask(refund, give_back(account, 1, "15")) for _ in range(20)))
    assert sum(isinstance(answer, Effect) for answer in answers) == 6
    assert await books.open(account) == {1: D(10)}
    await books.prove()


async def test_a_trace_that_a_refund_leaves_is_rounded_off(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "10.003", FEB))
    effect = await books.do(refund, give_back(account, 1, "10"))
    assert effect.matched[0].rounding_number == 3
    assert [(t.number, t.before, t.after) for t in effect.touched] == [
        (1, D("10.003"), D(0)),
        (2, None, D(0)),
        (3, None, D(0)),
    ]
    assert await books.open(account) == {}


async def test_a_write_off_gives_up_a_part_of_a_debit_for_a_reason(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    effect = await books.do(write_off, give_up(account, 1, "20", on=FEB))
    assert [(p.type_code, p.amount) for p in effect.posted] == [("EXP_WRT", D(20))]
    assert await books.open(account) == {1: D(40)}
    assert await books.balance(account) == 40
    told = await books.rows(
        "select verb, reason from audit_record where actor = 'test' order by action_id desc limit 2"
    )
    assert told == [("match", "hopeless"), ("post", "hopeless")]


async def test_what_cannot_be_written_off_is_refused(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN), payment(account, "10", JAN), invoice(account, "5", JAN))
    await books.post(NewOperation(account, "INV_SD", D(5), JAN))
    entered = DisputeRequest(account, 3, DisputeVerb.ENTER, "test", None, None, "wrong")
    async with books.pool.connection() as conn:
        await dispute(conn, [entered], today=TODAY)
    for request, code in (
        (give_up(account, 1, "61"), "over_matching"),
        (give_up(account, 2), "wrong_side"),
        (give_up(account, 3), "in_litigation"),
        (give_up(account, 4), "deposit_operation"),
        (structs.replace(give_up(account, 1), reason=" "), "action_reason_missing"),
        (structs.replace(give_up(account, 1), reason="x" * 501), "action_reason_too_long"),
    ):
        assert await books.codes(write_off, request) == [code]


async def test_only_what_is_not_disputed_is_written_off(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60", JAN))
    entered = DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(45), None, "wrong")
    async with books.pool.connection() as conn:
        await dispute(conn, [entered], today=TODAY)
    assert (await books.do(write_off, give_up(account, 1))).posted[0].amount == 15
    assert await books.codes(write_off, give_up(account, 1)) == ["in_litigation"]


async def test_a_credit_is_transferred_and_stands_open_on_the_other_account(books: Books) -> None:
    here, there = await books.account(), await books.account()
    await books.post(payment(here, "100", JAN, reference="T-1"))
    effect = await books.do(transfer, move(here, 1, there, "30", on=FEB))
    assert [(p.account_id, p.number, p.type_code) for p in effect.posted] == [
        (here, 2, "DBT_TRS"),
        (there, 1, "CRD_TRS"),
    ]
    assert (await books.open(here), await books.open(there)) == ({1: D(70)}, {1: D(30)})
    assert (await books.balance(here), await books.balance(there)) == (D(-70), D(-30))
    told = await books.rows(
        "select account_id from audit_record where verb = 'post' and reason = 'wrong account' order by 1"
    )
    assert told == [(here,), (there,)]
    assert await books.rows(f"select reference from operation where account_id = {there}") == [("T-1",)]


async def test_a_debit_is_transferred_with_its_due_date(books: Books) -> None:
    here, there = await books.account(), await books.account()
    await books.post(invoice(here, "100", JAN, due=MAR))
    effect = await books.do(transfer, move(here, 1, there, on=FEB))
    assert [p.type_code for p in effect.posted] == ["CRD_TRS", "DBT_TRS"]
    assert (await books.open(here), await books.open(there)) == ({}, {1: D(100)})
    assert await books.rows(f"select due_on, operation_on from operation where account_id = {there}") == [(MAR, FEB)]


async def test_what_cannot_be_transferred_is_refused(books: Books) -> None:
    here, there = await books.account(), await books.account()
    dollars, closed = await books.account("USD"), await books.account(state="CLOSED")
    await books.post(payment(here, "100", JAN), NewOperation(here, "CRD_SD", D(5), JAN))
    for request, code in (
        (move(here, 1, here), "transfer_to_itself"),
        (move(here, 1, 10**9), "unknown_account"),
        (move(10**9, 1, here), "unknown_account"),
        (move(here, 1, dollars), "transfer_currency_differs"),
        (move(here, 1, closed), "account_closed"),
        (move(here, 1, there, "101"), "over_matching"),
        (move(here, 2, there), "deposit_operation"),
        (move(here, 7, there), "unknown_operation"),
        (structs.replace(move(here, 1, there), reason=""), "action_reason_missing"),
    ):
        assert await books.codes(transfer, request) == [code], request


async def test_transfers_both_ways_at_once_do_not_lock_each_other_out(books: Books) -> None:
    here, there = await books.account(), await books.account()
    await books.post(payment(here, "100", JAN))
    await books.post(payment(there, "100", JAN))
    ways = [move(here, 1, there, "5"), move(there, 1, here, "5")] * 8
    answers = await asyncio.gather(*(books.ask(transfer, way) for way in ways))
    assert all(isinstance(answer, Effect) for answer in answers)
    assert (await books.balance(here), await books.balance(there)) == (D(-100), D(-100))
    await books.prove()


async def test_what_stays_out_of_the_default_balance_is_settled_out_of_it(books: Books) -> None:
    account = await books.account()
    await books.post(payment(account, "100", JAN, excluded=True))
    await books.do(refund, give_back(account, 1, "100"))
    assert await books.rows("select bool_and(excluded) from operation") == [(True,)]
