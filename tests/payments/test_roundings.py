"""Whatever undoes a match takes the rounding of it back: no way leaves it behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment, rows
from payments.books import Books

from solde.db import Connection, transaction
from solde.matching import UnmatchRequest, unmatch
from solde.payments import (
    Allocate,
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
from solde.verification import verify

ROUNDED = """
select coalesce(sum(o.side * o.amount), 0) from operation o
where o.account_id = %(account)s and o.source = 'rounding'
"""
STANDING = """
select l.group_number, l.debit_number, l.credit_number from match_line l
where l.account_id = %(account)s and not exists (
    select from unmatch_line u where (u.account_id, u.group_number, u.debit_number, u.credit_number)
        = (l.account_id, l.group_number, l.debit_number, l.credit_number)
)
order by 1, 2, 3
"""
OPERATIONS = "select number, class, source from operation where account_id = %(account)s order by number"


def back(account: int, number: int) -> ReversalRequest:
    return ReversalRequest(account, number, "test", "taken back")


async def look(books: Books, query: str, account: int) -> list[tuple[Any, ...]]:
    return await transaction(books.pool, lambda conn: rows(conn, query, account=account))


async def part(books: Books, account: int, line: tuple[int, int, int]) -> None:
    async def work(conn: Connection) -> None:
        await unmatch(conn, [UnmatchRequest(account, line[0], "test", (line[1:],))], today=TODAY)

    await transaction(books.pool, work)


async def unmatch_payment(books: Books, account: int) -> None:
    await part(books, account, (1, 1, 2))


async def reject(books: Books, account: int) -> None:
    await books.do(reject_payment, back(account, 2))


Way = Callable[[Books, int], Awaitable[None]]


@pytest.mark.parametrize("way", [unmatch_payment, reject])
@pytest.mark.parametrize(("owed", "paid"), [("100.004", "100"), ("59.996", "60")])
async def test_what_a_payment_paid_is_open_to_the_last_decimal(books: Books, way: Way, owed: str, paid: str) -> None:
    account = await books.account()
    await books.post(invoice(account, owed))
    await books.pay(payment(account, paid))
    assert await books.open(account) == {}
    await way(books, account)
    assert (await books.open(account))[1] == D(owed)
    assert await look(books, ROUNDED, account) == [(D(0),)]
    await books.prove()


async def test_a_rejected_refund_opens_the_credit_to_the_last_decimal(books: Books) -> None:
    account = await books.account()
    await books.pay(payment(account, "60.004"), Allocate.NONE)
    await books.do(refund, RefundRequest(account, 1, "test", D(60), reason="asked for", method="WIRETRANSFER"))
    assert await books.open(account) == {}
    await books.do(reject_payment, back(account, 2))
    assert await books.open(account) == {1: D("60.004")}
    assert await look(books, ROUNDED, account) == [(D(0),)]


async def test_a_write_off_taken_back_opens_the_debit_to_the_last_decimal(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "60.004"))
    await books.do(write_off, WriteOffRequest(account, 1, "test", "small", D(60)))
    assert await books.open(account) == {}
    await books.do(reverse_write_off, back(account, 2))
    assert await books.open(account) == {1: D("60.004")}


async def test_a_transfer_unmatched_opens_the_debit_to_the_last_decimal(books: Books) -> None:
    account, other = await books.account_in("Europe/Paris"), await books.account_in("Europe/Paris")
    await books.post(invoice(account, "60.004"))
    await books.do(transfer, TransferRequest(account, 1, other, "test", "theirs", D(60)))
    assert await books.open(account) == {}
    await part(books, account, (1, 1, 2))
    assert (await books.open(account))[1] == D("60.004")


async def test_verify_finds_a_rounding_that_was_left_behind(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100.004"))
    await books.pay(payment(account, "100"))

    async def leave_behind(conn: Connection) -> None:
        await conn.execute(
            "insert into open_item (account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before,"
            " latest_on, amount, open, disputed) select account_id, number, type_id, class, side, excluded, operation_on,"
            " due_on, operation_on, operation_on, amount, 100, 0 from operation where account_id = %s and number = 1",
            (account,),
        )

    await transaction(books.pool, leave_behind)
    found = [one for one in (await verify(books.pool, now=books.now)).differences if one.check == "roundings"]
    assert [(one.account_id, one.place) for one in found] == [(account, "rounding 3")]


@pytest.mark.parametrize("seed", range(4))
async def test_no_history_leaves_a_rounding_behind(books: Books, seed: int) -> None:
    """Invoices and payments with traces, paid and undone in any order: what rounding closed is closed, and nothing drifts."""
    random = Random(seed)
    account = await books.account(random.choice(["EUR", "JPY", "TND"]))

    def amount() -> str:
        whole, trace = random.randint(1, 60), random.choice(["0", "0.004", "-0.004", "0.0004", "0.4"])
        return str(Decimal(whole) + Decimal(trace))

    for _ in range(14):
        numbers = await look(books, OPERATIONS, account)
        lines = await look(books, STANDING, account)
        step = random.random()
        if step < 0.3 or not numbers:
            await books.post(invoice(account, amount()))
        elif step < 0.6:
            await books.pay(payment(account, amount()))
        elif step < 0.8 and lines:
            await part(books, account, random.choice(lines))
        else:
            number = random.choice(numbers)[0]
            asked: list[tuple[Callable[..., Awaitable[Any]], object]] = [
                (reject_payment, back(account, number)),
                (reverse_write_off, back(account, number)),
                (write_off, WriteOffRequest(account, number, "test", "small")),
                (refund, RefundRequest(account, number, "test", reason="asked for")),
            ]
            await books.ask(*random.choice(asked))
    await books.prove()
