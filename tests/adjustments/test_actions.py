"""The transactions that need no card, on a real database: the table of product §6, row by row."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment
from payments.books import NOW, Books

from solde.adjustments import AccountStanding, Adjusted, AdjustmentRequest, AdjustmentType, adjust, standings_of
from solde.db import Connection, transaction
from solde.kernel.refusals import Refused
from solde.operations import NewOperation
from solde.periods import Cut, NewYear, PeriodScope, PeriodTurn, create_year, turn_period
from solde.verification import verify

T = AdjustmentType


async def account_of(books: Books, mode: str = "POSTPAID") -> int:
    """An account of a customer, which pays before or after."""
    account = await books.account()
    profile = (
        "insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)"
        f" values ({account}, 0, 'A{account}', '{mode}', 'CONSOLIDATED') returning 1"
    )
    await transaction(books.pool, lambda conn: conn.execute(profile.encode()))
    return account


async def stand(books: Books, account: int) -> AccountStanding:
    async with books.pool.connection() as conn:
        return (await standings_of(conn, [account]))[account]


async def do(books: Books, account: int, kind: AdjustmentType, amount: str, **more: Any) -> int:
    answer = await books.ask(adjust, AdjustmentRequest(account, kind, "test", D(amount), **more))
    assert isinstance(answer, Adjusted), answer
    await prove(books)
    return answer.number


async def prove(books: Books) -> None:
    """The books prove; the accounts of these tests have a profile, but no customer."""
    report = await verify(books.pool, now=NOW)
    assert [one for one in report.differences if one.check != "directory"] == []


@pytest.mark.parametrize("mode", ["POSTPAID", "PREPAID"])
@pytest.mark.parametrize(
    ("kind", "more", "owed", "unbilled", "unallocated"),
    [
        (T.MANUAL_CHARGE, {"service": "CALLS"}, "30", "30", "0"),
        (T.MANUAL_CREDIT, {"service": "CALLS"}, "-30", "-30", "0"),
        (T.PROMOTIONAL_CREDIT, {}, "-30", "-30", "0"),
        (T.MANUAL_PAYMENT, {"method": "CASH"}, "-30", "0", "30"),
        (T.REFUND, {}, "30", "0", "-30"),
    ],
)
async def test_what_each_transaction_moves(
    books: Books, mode: str, kind: AdjustmentType, more: dict[str, Any], owed: str, unbilled: str, unallocated: str
) -> None:
    account = await account_of(books, mode)
    await books.post(payment(account, "100"))
    before = await stand(books, account)
    number = await do(books, account, kind, "30", **more)
    after = await stand(books, account)
    moved = (after.owed - before.owed, after.unbilled - before.unbilled, after.unallocated - before.unallocated)
    assert moved == (D(owed), D(unbilled), D(unallocated))
    assert after.funds - before.funds == -D(owed)
    (row,) = await books.rows("select balance_before, balance_after, unallocated_after, payment_mode from adjustment")
    assert (number, row) == (1, (before.owed, after.owed, after.unallocated, mode))


async def test_a_payment_pays_the_oldest_due_first_and_leaves_the_rest_unallocated(books: Books) -> None:
    account = await account_of(books)
    await books.post(invoice(account, "40"), invoice(account, "20"))
    await do(books, account, T.MANUAL_PAYMENT, "50")
    assert await books.open(account) == {2: D(10)}
    await do(books, account, T.MANUAL_PAYMENT, "50", method="CHECK", visible="thanks", internal="by post")
    assert await books.open(account) == {4: D(40)}
    rows = await books.rows(
        "select number, payment_method, description, comment, source from operation where number > 2"
    )
    assert rows == [(3, "CASH", None, None, "adjustment"), (4, "CHECK", "thanks", "by post", "adjustment")]


async def test_a_charge_is_an_item_of_the_open_period_with_the_tax_of_its_service(books: Books) -> None:
    account = await account_of(books)
    await do(books, account, T.MANUAL_CHARGE, "12", service="CALLS", visible="seen", internal="hidden")
    await do(books, account, T.PROMOTIONAL_CREDIT, "7")
    rows = await books.rows(
        "select kind, s.code, net, tax, gross, period_from::text, period_until::text, description, internal_comment"
        " from unbilled_item join service s using (service_id) order by item_number"
    )
    period = ("2026-11-01", "2026-11-30")
    assert rows == [
        ("MANUAL_CHARGE", "CALLS", D(10), D(2), D(12), *period, "seen", "hidden"),
        ("PROMOTION", "PROMO", D(-7), D(0), D(-7), *period, None, None),
    ]


async def test_a_refund_gives_back_the_oldest_unallocated_payments_first(books: Books) -> None:
    account = await account_of(books)
    await books.post(payment(account, "10"), NewOperation(account, "PAY_CASH", D(25), TODAY))
    await do(books, account, T.REFUND, "30")
    assert await books.open(account) == {2: D(5)}
    rows = await books.rows(
        "select code, amount from operation join operation_type using (type_id)"
        " where number in (select number from adjustment_operation) order by number"
    )
    assert rows == [("REF_WIRE", D(10)), ("REF_CASH", D(20))]


@pytest.mark.parametrize(
    ("mode", "kind", "amount", "more", "codes"),
    [
        ("POSTPAID", T.REFUND, "100.01", {}, ["refund_over_unallocated"]),
        ("PREPAID", T.REFUND, "80", {}, ["refund_over_funds"]),
        ("POSTPAID", T.MANUAL_CHARGE, "5", {}, ["adjustment_service_missing"]),
        ("POSTPAID", T.MANUAL_CHARGE, "5", {"service": "NONE"}, ["unknown_service"]),
        ("POSTPAID", T.MANUAL_CHARGE, "5", {"service": "PROMO"}, ["no_real_service"]),
        ("POSTPAID", T.MANUAL_PAYMENT, "5", {"service": "CALLS"}, ["adjustment_service_unexpected"]),
        ("POSTPAID", T.MANUAL_PAYMENT, "0", {}, ["amount_not_positive"]),
        ("POSTPAID", T.MANUAL_PAYMENT, "5", {"method": "GOLD"}, ["payment_method_unknown"]),
        ("POSTPAID", T.REFUND, "5", {"method": "GOLD"}, ["payment_method_unknown"]),
        ("POSTPAID", T.PROMOTIONAL_CREDIT, "5", {"card": 1, "method": "CASH"}, ["adjustment_field_unexpected"] * 2),
        ("POSTPAID", T.PROMOTIONAL_CREDIT, "5", {"internal": "\0"}, ["comment_unfit"]),
    ],
)
async def test_what_is_refused_leaves_nothing(
    books: Books, mode: str, kind: AdjustmentType, amount: str, more: dict[str, Any], codes: list[str]
) -> None:
    account = await account_of(books, mode)
    await books.post(payment(account, "100"))
    await do(books, account, T.MANUAL_CHARGE, "30", service="CALLS")
    request = AdjustmentRequest(account, kind, "test", D(amount), **more)
    assert await refusals(books, request) == codes
    assert (await stand(books, account)).owed == -70


async def refusals(books: Books, request: AdjustmentRequest) -> list[str]:
    """Why it is not done, whether one answer says so or the whole batch is taken back."""
    try:
        answer = await books.ask(adjust, request)
    except Refused as refused:
        answer = refused.refusals
    return [bad.code for bad in answer]


async def test_a_closed_account_is_not_adjusted(books: Books) -> None:
    account = await books.account(state="CLOSED")
    for kind in (T.MANUAL_CHARGE, T.MANUAL_PAYMENT):
        request = AdjustmentRequest(account, kind, "test", D(5), "CALLS" if kind is T.MANUAL_CHARGE else None)
        assert await books.codes(adjust, request) == ["account_not_adjustable"]


async def test_deposits_and_credit_notes_are_not_unallocated_payments(books: Books) -> None:
    account = await account_of(books)
    await books.post(
        NewOperation(account, "CRD_SD", D(50), TODAY), NewOperation(account, "INV_CRN", D(20), TODAY),
        NewOperation(account, "PAY_WIRE", D(9), TODAY, excluded=True),
    )  # fmt: skip
    assert (await stand(books, account)).unallocated == 0
    assert (await stand(books, account)).owed == -20


async def test_many_refunds_at_once_never_give_back_more_than_is_unallocated(books: Books) -> None:
    account = await account_of(books)
    await books.post(payment(account, "60"), payment(account, "40"))
    requests = [AdjustmentRequest(account, T.REFUND, f"person {i}", D(30)) for i in range(16)]
    answers = await asyncio.gather(*(books.ask(adjust, request) for request in requests))
    assert sum(isinstance(answer, Adjusted) for answer in answers) == 3
    assert (await stand(books, account)).unallocated == 10
    await prove(books)


async def test_a_payment_into_a_closed_period_is_posted_for_who_may_post_late(books: Books) -> None:
    account = await account_of(books)

    async def close(conn: Connection) -> None:
        await create_year(
            conn, NewYear("Y", TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31), Cut.MONTHLY), actor="x"
        )
        await turn_period(conn, [PeriodTurn("Y", TODAY.month, PeriodScope.REGULAR, closes=True)], actor="x")

    await transaction(books.pool, close)
    for late in (False, True):
        wish = AdjustmentRequest(account, T.MANUAL_PAYMENT, "test", D("5"), method="CASH", late=late)
        assert isinstance(await books.ask(adjust, wish), Adjusted)
    stands = "select posting_status from operation_now order by number"
    assert [row[0] for row in await books.rows(stands)] == ["REJECTED", "POSTED"]
