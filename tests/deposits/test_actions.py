"""Security deposits on a real database: the balances after each step are those of the specification."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from deposits.books import ACTIONS, TODAY, D, DepositBooks, ask_for, asked, bounce, cancel, fund, give_back, use
from ledger import invoice
from payments.books import NOW

from solde.db import transaction
from solde.deposits import (
    DepositEffect,
    EntryKind,
    pay_with_deposits,
)
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.payments import (
    Allocate,
)
from solde.verification import verify

NIL = D(0)
JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


async def test_the_table_of_the_specification_step_by_step(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100"))
    assert await books.balances(account) == (D(100), NIL)
    assert await books.stands(account) == ("VALIDATED", NIL, D(100))

    await books.did(fund(account, 1, "100"))
    assert await books.balances(account) == (D(-100), NIL)
    assert await books.stands(account) == ("LOCKED", D(100), NIL)

    await books.post(invoice(account, "80"))
    assert await books.balances(account) == (D(-100), D(80))
    await books.did(use(account, 1, 4, "80"))
    assert await books.balances(account) == (D(-20), NIL)
    assert await books.stands(account) == ("UNLOCKED", D(20), NIL)

    await books.did(give_back(account, 1, "20", method="WIRETRANSFER"))
    assert await books.balances(account) == (NIL, NIL)
    assert await books.stands(account) == ("REFUNDED", NIL, NIL)
    assert await books.open(account) == {}
    assert await books.types(account) == [
        (1, "INV_SD", D(100), False),
        (2, "PAY_WIRE", D(100), True),
        (3, "CRD_SD", D(100), False),
        (4, "INV_STD", D(80), False),
        (5, "DEB_SD", D(80), False),
        (6, "PAY_SD", D(80), False),
        (7, "REF_SD", D(20), False),
    ]


async def test_a_request_nobody_paid_is_cancelled(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(cancel(account, 1))
    assert await books.balances(account) == (NIL, NIL)
    assert await books.stands(account) == ("CANCELED", NIL, NIL)
    assert await books.open(account) == {}
    assert await books.types(account) == [(1, "INV_SD", D(100), False), (2, "CAN_SD", D(100), False)]


async def test_a_payment_of_150_for_a_deposit_of_100_is_two_operations(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.post(invoice(account, "30"))
    done = await books.did(fund(account, 1, "150"))
    assert (done.payment and done.payment.paid, done.payment_amount) == (D(30), D(50))
    assert await books.balances(account) == (D(-100), D(-20))
    assert await books.open(account) == {4: D(100), 5: D(20)}
    assert [row[1:] for row in await books.types(account)][2:] == [
        ("PAY_WIRE", D(100), True),
        ("CRD_SD", D(100), False),
        ("PAY_WIRE", D(50), False),
    ]


async def test_what_came_beyond_a_deposit_stays_unallocated_if_asked(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.post(invoice(account, "30"))
    await books.did(fund(account, 1, "150", rest_to=Allocate.NONE))
    assert await books.open(account) == {2: D(30), 4: D(100), 5: D(50)}


async def test_a_deposit_is_funded_in_parts(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "40"))
    assert await books.stands(account) == ("HOLD", D(40), D(60))
    assert await books.balances(account) == (D(20), NIL)
    await books.did(fund(account, 1, "60", method="CASH"))
    assert await books.stands(account) == ("LOCKED", D(100), NIL)
    assert await books.balances(account) == (D(-100), NIL)


async def test_paying_takes_the_oldest_money_first(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100", on=JAN))
    await books.did(fund(account, 1, "60", on=FEB))
    await books.did(fund(account, 1, "40", on=MAR))
    await books.post(invoice(account, "70", MAR))
    await books.did(use(account, 1, 6))
    assert await books.open(account) == {5: D(30)}


async def test_a_deposit_used_up_stays_unlocked_and_is_over(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(invoice(account, "130"))
    done = await books.did(use(account, 1, 4))
    assert done.amount == 100
    assert await books.stands(account) == ("UNLOCKED", NIL, NIL)
    assert await books.balances(account) == (NIL, D(30))
    assert await books.refusals(use(account, 1, 4)) == ["deposit_over_held"]
    assert await books.refusals(give_back(account, 1)) == ["deposit_over_held"]
    assert await books.rows("select is_over from deposit") == [(True,)]


async def test_using_a_deposit_partly_funded_cancels_the_rest_of_its_request(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "40"))
    await books.post(invoice(account, "30"))
    await books.did(use(account, 1, 4))
    assert await books.stands(account) == ("UNLOCKED", D(10), NIL)
    assert await books.balances(account) == (D(-10), NIL)
    assert await books.refusals(fund(account, 1, "60")) == ["deposit_state_forbids"]


@pytest.mark.parametrize(
    ("funded", "back", "stands", "apart"),
    [
        ("100", "30", ("UNLOCKED", D(70), NIL), D(-70)),
        ("100", None, ("REFUNDED", NIL, NIL), NIL),
        ("40", "10", ("UNLOCKED", D(30), NIL), D(-30)),
        ("40", None, ("REFUNDED", NIL, NIL), NIL),
    ],
)
async def test_a_refund_whole_or_in_part(
    books: DepositBooks, funded: str, back: str | None, stands: tuple[object, ...], apart: object
) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, funded))
    await books.did(give_back(account, 1, back))
    assert await books.stands(account) == stands
    assert await books.balances(account) == (apart, NIL)


async def test_never_more_than_is_held_or_available(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(invoice(account, "80"), invoice(account, "300"))
    assert await books.refusals(use(account, 1, 4, "80.01")) == ["over_matching"]
    assert await books.refusals(use(account, 1, 5, "100.01")) == ["deposit_over_held"]
    assert await books.refusals(give_back(account, 1, "100.01")) == ["deposit_over_held"]
    assert await books.refusals(use(account, 1, 5, "10.001")) == ["deposit_amount_too_fine"]
    assert await books.refusals(use(account, 1, 3, "10")) == ["wrong_side"]
    assert await books.refusals(use(account, 1, 1, "10")) == ["deposit_operation"]
    assert await books.refusals(use(account, 1, 99, "10")) == ["unknown_operation"]
    assert await books.refusals(use(account, 2, 4, "10")) == ["unknown_deposit"]


async def test_what_is_disputed_is_not_paid(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(invoice(account, "80"))
    wish = DisputeRequest(account, 4, DisputeVerb.ENTER, "test", D(30), reason="wrong price")
    await transaction(books.pool, lambda conn: dispute(conn, [wish], today=TODAY))
    assert await books.refusals(use(account, 1, 4, "60")) == ["over_matching"]
    assert (await books.did(use(account, 1, 4))).amount == 50


async def test_an_invoice_finer_than_its_currency_is_paid_to_the_last_cent(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(invoice(account, "80.00154"))
    assert (await books.did(use(account, 1, 4))).amount == 80
    # The trace is closed by a rounding operation of the invoice's side, as with any payment.
    assert await books.open(account) == {3: D(20)}
    assert (await books.types(account))[-1][1] == "RND_EXP"


async def test_a_rejected_funding_is_asked_for_again(books: DepositBooks) -> None:
    account = await asked(books)
    await books.did(bounce(account, 1, 2))
    assert await books.stands(account) == ("VALIDATED", NIL, D(100))
    assert await books.balances(account) == (D(100), NIL)
    assert await books.open(account) == {1: D(100)}
    assert [row[1] for row in await books.types(account)] == ["INV_SD", "PAY_WIRE", "CRD_SD", "REJ_WIRE", "DEB_SD"]
    assert await books.refusals(bounce(account, 1, 2)) == ["already_rejected"]
    await books.did(fund(account, 1, "100"))
    assert await books.stands(account) == ("LOCKED", D(100), NIL)


async def test_a_funding_is_rejected_as_far_as_money_is_held(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "50"))
    await books.did(fund(account, 1, "50"))
    await books.post(invoice(account, "60"))
    await books.did(use(account, 1, 6, "60"))
    assert await books.refusals(bounce(account, 1, 2)) == ["deposit_funding_used"]
    assert await books.refusals(bounce(account, 1, 6)) == ["deposit_funding_unknown"]


async def test_a_deposit_used_and_then_bounced_can_be_funded_again(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "50"))
    await books.did(fund(account, 1, "50"))
    await books.post(invoice(account, "20"))
    await books.did(use(account, 1, 6))
    await books.did(bounce(account, 1, 4))
    assert await books.stands(account) == ("HOLD", D(30), D(50))
    assert await books.balances(account) == (D(20), NIL)
    # Its own credit goes first: what is left is of the first payment.
    assert await books.open(account) == {1: D(50), 3: D(30)}
    await books.did(fund(account, 1, "50"))
    assert await books.stands(account) == ("UNLOCKED", D(80), NIL)


async def test_sixteen_cashiers_never_take_more_than_is_held(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(*(invoice(account, "10") for _ in range(16)))
    answers = await asyncio.gather(*(books.ask(pay_with_deposits, use(account, 1, 4 + i, "10")) for i in range(16)))
    assert sum(not isinstance(answer, tuple) for answer in answers) == 10
    assert {one.code for answer in answers if isinstance(answer, tuple) for one in answer} == {"deposit_over_held"}
    assert await books.stands(account) == ("UNLOCKED", NIL, NIL)
    assert await books.balances(account) == (NIL, D(60))
    await books.prove()


async def test_using_refunding_and_bouncing_a_deposit_at_once_never_goes_below_zero(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100"))
    await books.did(fund(account, 1, "60"))
    await books.did(fund(account, 1, "40"))
    await books.post(invoice(account, "500"))
    wishes = [use(account, 1, 6, "30"), give_back(account, 1, "50"), bounce(account, 1, 2), give_back(account, 1)] * 2
    answers = await asyncio.gather(*(books.ask(ACTIONS[type(wish)], wish) for wish in wishes))
    taken = sum(answer.amount for answer in answers if isinstance(answer, DepositEffect))
    state, held, _ = await books.stands(account)
    assert (taken + held, held >= 0) == (D(100), True), (state, answers)
    assert await books.balances(account) == (-held + (await books.deposit(account)).asked, D(500) - paid_of(answers))
    await books.prove()


def paid_of(answers: Sequence[object]) -> Decimal:
    """What a deposit paid."""
    return sum((a.amount for a in answers if isinstance(a, DepositEffect) and a.kind is EntryKind.PAY), NIL)


async def test_a_deposit_moves_in_the_order_of_days(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100", on=FEB))
    assert await books.refusals(fund(account, 1, "100", on=JAN)) == ["effective_too_early"]
    assert await books.refusals(fund(account, 1, "100", on=date(2026, 11, 23))) == ["dated_in_future"]
    await books.did(fund(account, 1, "100", on=MAR))
    assert await books.refusals(give_back(account, 1, on=FEB)) == ["effective_too_early"]


async def test_verification_finds_a_deposit_that_says_something_else(books: DepositBooks, database_url: str) -> None:
    account = await asked(books)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update deposit set balance = 90")
    report = await verify(books.pool, now=NOW)
    found = {
        (one.account_id, one.place, one.stored, one.computed) for one in report.differences if one.check == "deposits"
    }
    assert (account, "deposit 1", "held 90.000000", "held 100.000000") in found
