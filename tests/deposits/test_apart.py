"""What other actions may do with the operations of deposits, and what not."""

from __future__ import annotations

from datetime import date

import pytest
from deposits.books import TODAY, D, DepositBooks, ask_for, asked, bounce, fund, use
from ledger import invoice, payment

from solde.db import Connection, transaction
from solde.matching import MatchRequest, UnmatchRequest, match, match_oldest, unmatch
from solde.operations import load_types
from solde.payments import (
    ReversalRequest,
    TransferRequest,
    WriteOffRequest,
    reject_payment,
    transfer,
    write_off,
)

NIL = D(0)
JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


async def test_cash_cannot_bounce(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "100", method="CASH"))
    assert await books.refusals(bounce(account, 1, 2)) == ["no_rejection_type"]


async def test_payments_reject_sends_to_the_deposit(books: DepositBooks) -> None:
    account = await asked(books)
    assert await books.codes(reject_payment, ReversalRequest(account, 2, "test", "no money")) == ["payment_of_deposit"]


async def test_nothing_else_touches_the_operations_of_a_deposit(books: DepositBooks) -> None:
    account, other = await asked(books), await books.account()
    await books.post(invoice(account, "80"), payment(account, "500"))
    codes = {
        "match": await books.codes(match, MatchRequest(account, (4,), (3,), "test")),
        "write_off": await books.codes(write_off, WriteOffRequest(account, 3, "test", "why")),
        "transfer": await books.codes(transfer, TransferRequest(account, 3, other, "test", "why")),
    }
    assert codes == {"match": ["deposit_operation"], "write_off": ["wrong_side"], "transfer": ["deposit_operation"]}
    async with books.pool.connection() as conn:
        (answer,) = await unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY)
    assert isinstance(answer, tuple)
    assert [one.code for one in answer] == ["deposit_operation"]


async def test_a_funding_that_bounced_stays_matched_with_its_rejection(books: DepositBooks) -> None:
    account = await asked(books)
    effect = (await books.did(bounce(account, 1, 2))).effect
    for group in {made.group_number for made in effect.matched}:
        async with books.pool.connection() as conn:
            (answer,) = await unmatch(conn, [UnmatchRequest(account, group, "test")], today=TODAY)
        assert isinstance(answer, tuple)
        assert [one.code for one in answer] == ["deposit_operation"]


async def test_what_a_deposit_paid_by_mistake_is_unmatched_and_stays_a_credit_of_the_customer(
    books: DepositBooks,
) -> None:
    account = await asked(books)
    await books.post(invoice(account, "80"))
    effect = (await books.did(use(account, 1, 4))).effect
    (group,) = [m.group_number for m in effect.matched if any(line.debit_number == 4 for line in m.lines)]
    await transaction(books.pool, lambda conn: unmatch(conn, [UnmatchRequest(account, group, "test")], today=TODAY))
    assert await books.open(account) == {3: D(20), 4: D(80), 6: D(80)}
    assert await books.stands(account) == ("UNLOCKED", D(20), D(0))
    assert await books.balances(account) == (D(-20), D(0))
    await books.prove()
    await books.post(invoice(account, "50"))
    answer = await books.ask(match, MatchRequest(account, (7,), (6,), "test"))
    assert not isinstance(answer, tuple)
    assert await books.open(account) == {3: D(20), 4: D(80), 6: D(30)}


async def test_automatic_matching_and_oldest_first_skip_deposits(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.post(invoice(account, "10", due=date(2027, 1, 1)))
    await books.pay(payment(account, "25"))
    assert await books.open(account) == {1: D(100), 3: D(15)}

    async def all_of_it(conn: Connection) -> object:
        return await match_oldest(conn, [account], await load_types(conn), today=TODAY, actor="test")

    assert await transaction(books.pool, all_of_it) == []
    await books.did(fund(account, 1, "100"))
    await books.post(invoice(account, "50"))
    await transaction(books.pool, all_of_it)
    assert await books.open(account) == {5: D(100), 6: D(35)}
    await books.prove()


@pytest.mark.parametrize("state", ["CLOSED"])
async def test_a_closed_account_takes_no_deposit(books: DepositBooks, state: str) -> None:
    account = await books.account(state=state)
    assert await books.refusals(ask_for(account, "100")) == ["account_closed"]
