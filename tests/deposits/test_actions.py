"""Security deposits on a real database: the balances after each step are those of the specification."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from deposits.books import TODAY, D, DepositBooks, ask_for, bounce, cancel, fund, give_back, use
from ledger import invoice, payment
from payments.books import NOW

from solde.app.jobs.deposits import expire_by_itself
from solde.db import Connection, transaction
from solde.deposits import (
    DepositEffect,
    DepositSettings,
    Limit,
    Template,
    TemplateState,
    ValidityUnit,
    change_settings,
    create_template,
    expire_deposits,
    get_settings,
    pay_with_deposits,
    request_deposits,
)
from solde.features import switch
from solde.kernel.refusals import Refusal
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, match_oldest, unmatch
from solde.operations import load_types
from solde.payments import (
    Allocate,
    TakeBackRequest,
    TransferRequest,
    WriteOffRequest,
    reject_payment,
    transfer,
    write_off,
)
from solde.verification import verify

NIL = D(0)
JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


async def asked(books: DepositBooks, amount: str = "100", *, funded: bool = True) -> int:
    account = await books.account()
    await books.did(ask_for(account, amount))
    if funded:
        await books.did(fund(account, 1, amount))
    return account


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
    assert (await books.types(account))[-1][1] == "RND_INC"


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


async def test_cash_cannot_bounce(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(fund(account, 1, "100", method="CASH"))
    assert await books.refusals(bounce(account, 1, 2)) == ["no_rejection_type"]


async def test_payments_reject_sends_to_the_deposit(books: DepositBooks) -> None:
    account = await asked(books)
    assert await books.codes(reject_payment, TakeBackRequest(account, 2, "test", "no money")) == ["payment_of_deposit"]


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


async def make_template(books: DepositBooks, template: Template) -> None:
    await transaction(books.pool, lambda conn: create_template(conn, template, actor="test"))


def active(code: str, currency: str = "EUR", state: TemplateState = TemplateState.ACTIVE, **more: Any) -> Template:
    return Template(code, "Test", currency, state=state, **more)


async def limit(books: DepositBooks, most: str | None, customer: str | None, *, auto: bool = False) -> DepositSettings:
    async def work(conn: Connection) -> DepositSettings:
        before = await get_settings(conn)
        limits = [Limit("EUR", None if most is None else D(most), None if customer is None else D(customer))]
        return await change_settings(conn, auto_refund=auto, limits=limits, version=before.version, actor="test")

    return await transaction(books.pool, work)


async def test_a_template_bounds_what_is_asked(books: DepositBooks) -> None:
    account = await books.account()
    await make_template(books, active("BOUND", least=D(50), most=D(200)))
    await make_template(books, active("DRAFTED", state=TemplateState.DRAFT))
    await make_template(books, active("DOLLARS", currency="USD"))
    assert await books.refusals(ask_for(account, "49.99", template="BOUND")) == ["deposit_below_template"]
    assert await books.refusals(ask_for(account, "200.01", template="BOUND")) == ["deposit_above_template"]
    assert await books.refusals(ask_for(account, "60", template="DRAFTED")) == ["deposit_template_not_active"]
    assert await books.refusals(ask_for(account, "60", template="DOLLARS")) == ["deposit_currency_differs"]
    assert await books.refusals(ask_for(account, "60", template="NONE")) == ["unknown_deposit_template"]
    await books.did(ask_for(account, "200", template="BOUND"))


async def test_names_are_numbered_and_unique(books: DepositBooks) -> None:
    account = await books.account()
    assert (await books.did(ask_for(account, "10"))).deposit.name == "STANDARD-1"
    await books.did(ask_for(account, "10", name="Bureau 12"))
    assert await books.refusals(ask_for(account, "10", name="Bureau 12")) == ["deposit_name_taken"]
    assert (await books.did(ask_for(account, "10"))).deposit.name == "STANDARD-3"


async def test_limits_of_a_deposit_and_of_a_customer(books: DepositBooks) -> None:
    account = await books.account()
    await limit(books, "150", "200")
    assert await books.refusals(ask_for(account, "150.01")) == ["deposit_above_limit"]
    await books.did(ask_for(account, "150"))
    assert await books.refusals(ask_for(account, "50.01")) == ["deposit_above_customer_limit"]
    await books.did(cancel(account, 1))
    await books.did(ask_for(account, "150"))


async def test_a_limit_holds_over_all_accounts_of_a_customer(books: DepositBooks) -> None:
    one, two, strange = await books.account(), await books.account(), await books.account()

    async def belong(conn: Connection) -> None:
        for account, customer in ((one, 7), (two, 7), (strange, 8)):
            await conn.execute(
                "insert into account_directory (code, account_id, customer_id, seller_id) values (%s, %s, %s, 1)",
                (f"A{account}", account, customer),
            )

    await transaction(books.pool, belong)
    await limit(books, None, "250")
    await books.did(ask_for(one, "150"))
    assert await books.refusals(ask_for(two, "101")) == ["deposit_above_customer_limit"]
    await books.did(ask_for(strange, "101"))
    answers = await asyncio.gather(*(books.ask(request_deposits, ask_for(a, "60")) for a in (one, two) * 4))
    assert sum(not isinstance(answer, tuple) for answer in answers) == 1
    await books.prove()


async def test_a_batch_minds_what_it_decided_before(books: DepositBooks) -> None:
    account = await books.account()
    await limit(books, None, "100")

    async def work(conn: Connection) -> list[DepositEffect | tuple[Refusal, ...]]:
        wishes = [
            ask_for(account, "60", name="A"),
            ask_for(account, "60", name="B"),
            ask_for(account, "40", name="A"),
            ask_for(account, "40"),
        ]
        return await request_deposits(conn, wishes, await load_types(conn), today=TODAY)

    answers = await transaction(books.pool, work)
    codes = [[one.code for one in a] if isinstance(a, tuple) else a.deposit.name for a in answers]
    assert codes == ["A", ["deposit_above_customer_limit"], ["deposit_name_taken"], "STANDARD-2"]
    await books.prove()


async def test_sixteen_cashiers_never_take_more_than_is_held(books: DepositBooks) -> None:
    account = await asked(books)
    await books.post(*(invoice(account, "10") for _ in range(16)))
    answers = await asyncio.gather(*(books.ask(pay_with_deposits, use(account, 1, 4 + i, "10")) for i in range(16)))
    assert sum(not isinstance(answer, tuple) for answer in answers) == 10
    assert {one.code for answer in answers if isinstance(answer, tuple) for one in answer} == {"deposit_over_held"}
    assert await books.stands(account) == ("UNLOCKED", NIL, NIL)
    assert await books.balances(account) == (NIL, D(60))
    await books.prove()


async def test_a_deposit_moves_in_the_order_of_days(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100", on=FEB))
    assert await books.refusals(fund(account, 1, "100", on=JAN)) == ["effective_too_early"]
    assert await books.refusals(fund(account, 1, "100", on=date(2026, 11, 23))) == ["deposit_in_future"]
    await books.did(fund(account, 1, "100", on=MAR))
    assert await books.refusals(give_back(account, 1, on=FEB)) == ["effective_too_early"]


async def test_what_is_over_moves_no_more(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(cancel(account, 1))
    await books.post(invoice(account, "80"))
    for wish in (fund(account, 1, "1"), use(account, 1, 3), give_back(account, 1), cancel(account, 1)):
        assert await books.refusals(wish) == ["deposit_state_forbids"]


async def test_expired_deposits_are_given_back_once_it_is_switched_on(books: DepositBooks) -> None:
    account = await books.account()
    await make_template(books, active("MONTH", validity=1, validity_unit=ValidityUnit.MONTHS))
    await books.did(ask_for(account, "100", template="MONTH", on=JAN))
    await books.did(ask_for(account, "100", template="MONTH"))
    await books.did(ask_for(account, "100", template="MONTH"))
    await books.did(fund(account, 2, "40"))
    await books.did(fund(account, 3, "100"))
    assert await books.refusals(fund(account, 1, "100")) == ["deposit_expired"]
    types = await transaction(books.pool, load_types)
    last, over = date(2026, 12, 22), date(2026, 12, 23)
    tried = await expire_deposits(books.pool, types, today=over, actor="test", dry_run=True)
    assert (tried.deposits, tried.amounts) == (2, {"EUR": D(140)})
    assert (await books.stands(account, 2))[0] == "HOLD"
    with pytest.raises(Exception, match="deposit_auto_refund_off"):
        await expire_deposits(books.pool, types, today=over, actor="test")
    await limit(books, None, None, auto=True)
    assert (await expire_deposits(books.pool, types, today=last, actor="test")).deposits == 0
    assert (await expire_deposits(books.pool, types, today=over, actor="test")).deposits == 2
    assert [(await books.stands(account, n))[0] for n in (1, 2, 3)] == ["VALIDATED", "AUTO_REFUND", "AUTO_REFUND"]
    assert await books.balances(account) == (D(100), NIL)
    assert (await expire_deposits(books.pool, types, today=over, actor="test")).deposits == 0
    await books.prove()


async def test_verification_finds_a_deposit_that_says_something_else(books: DepositBooks, database_url: str) -> None:
    account = await asked(books)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update deposit set balance = 90")
    report = await verify(books.pool, now=NOW)
    found = {
        (one.account_id, one.place, one.stored, one.computed) for one in report.differences if one.check == "deposits"
    }
    assert (account, "deposit 1", "held 90.000000", "held 100.000000") in found


async def test_the_nightly_run_gives_back_what_is_over_only_where_it_is_wanted(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100", on=date(2020, 1, 1), valid_until=date(2020, 2, 1)))
    assert await books.refusals(fund(account, 1, "100")) == ["deposit_expired"]
    assert await expire_by_itself(books.pool) == 0
    other = await books.account()
    await books.did(ask_for(other, "100", on=date(2020, 1, 1), valid_until=TODAY))
    await books.did(fund(other, 1, "100", on=date(2020, 1, 2)))
    over = datetime(TODAY.year + 1, 1, 1, tzinfo=UTC)
    assert await expire_by_itself(books.pool, clock=lambda: over) == 0, "the automatic refund is off"
    await limit(books, None, None, auto=True)
    async with books.pool.connection() as conn, conn.transaction():
        await switch(conn, "security_deposits", False, "test")
    assert await expire_by_itself(books.pool, clock=lambda: over) == 0, "the feature is off"
    async with books.pool.connection() as conn, conn.transaction():
        await switch(conn, "security_deposits", True, "test")
    assert await expire_by_itself(books.pool, clock=lambda: over) == 1
    assert (await books.stands(other))[0] == "AUTO_REFUND"
    await books.prove()
