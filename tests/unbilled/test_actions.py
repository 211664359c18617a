"""Unbilled items on a real database: made, taken back, billed; and the balances that count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ledger import TODAY, D, invoice, payment
from payments.books import Books

from solde.balances import Definitions, Figures, Moment, balances_of, balances_of_many, definitions_now, pick
from solde.db import Connection, transaction
from solde.kernel.refusals import Refused
from solde.unbilled import ItemKind, Made, NewItem, add_items, bill, take_back, totals_of

OCT, NOV = date(2026, 10, 5), date(2026, 11, 10)


async def add(books: Books, account: int, kind: ItemKind, amount: str, on: date = TODAY, service: str = "CALLS") -> Any:
    new = NewItem(account, kind, service, D(amount), on, "test", "said", "for us")

    async def work(conn: Connection) -> Any:
        return (await add_items(conn, [new], today=TODAY))[0]

    return await transaction(books.pool, work)


async def charge(books: Books, account: int, amount: str, on: date = TODAY) -> Made:
    made = await add(books, account, ItemKind.MANUAL_CHARGE, amount, on)
    assert isinstance(made, Made), made
    return made


async def current(books: Books, account: int, moment: Moment = Moment(TODAY), code: str = "current") -> Figures:  # noqa: B008
    """The figures of a balance; now, read in three ways that agree."""
    async with books.pool.connection() as conn:
        definition = pick(await definitions_now(conn), code)
        (found,) = await balances_of(conn, account, [definition], moment)
        many = await balances_of_many(conn, [account], [definition], moment)
        quick = {b.definition.code: b.figures for b in await Definitions().figures(conn, account, moment)}
    assert quick[code] == found.figures
    assert many.get(account, [Figures()]) == [found.figures]
    return found.figures


async def test_a_charge_is_kept_with_the_tax_in_it_and_counts_in_the_current_balance(books: Books) -> None:
    account = await books.account()
    await books.post(invoice(account, "100"), payment(account, "30"))
    made = await charge(books, account, "12")
    assert (made.item.item_number, made.item.split.net, made.item.split.tax) == (1, D(10), D(2))
    assert made.total.gross == 12
    assert (await current(books, account)).balance == 82
    assert (await current(books, account, code="default")).balance == 70
    credited = await add(books, account, ItemKind.MANUAL_CREDIT, "20")
    assert credited.total.gross == -8
    assert await current(books, account) == Figures(D(112), D(50), 4)
    await books.prove()


async def test_an_item_is_taken_back_once_by_its_opposite(books: Books) -> None:
    account = await books.account()
    await charge(books, account, "12")

    async def back(number: int) -> Made:
        work = lambda conn: take_back(conn, account, number, actor="test", comment="wrong", today=TODAY)  # noqa: E731
        return await transaction(books.pool, work)

    made = await back(1)
    assert (made.item.item_number, made.item.split.gross, made.item.corrects) == (2, D(-12), 1)
    assert (made.total.gross, made.total.count) == (D(0), 2)
    for number, code in (
        (1, "unbilled_item_corrected"),
        (2, "unbilled_item_is_correction"),
        (9, "unknown_unbilled_item"),
    ):
        with pytest.raises(Refused) as refused:
            await back(number)
        assert [bad.code for bad in refused.value.refusals] == [code]
    await books.prove()


async def test_billing_moves_items_into_the_invoice_and_not_the_current_balance(books: Books) -> None:
    account = await books.account()
    await charge(books, account, "12")
    await charge(books, account, "24")
    await charge(books, account, "6")

    async def work(conn: Connection) -> None:
        await bill(conn, account, [1, 2], 1)

    await books.post(invoice(account, "36"))
    assert (await current(books, account)).balance == 78
    await transaction(books.pool, work)
    assert await current(books, account) == Figures(D(42), D(0), 2)
    with pytest.raises(Refused):
        await transaction(books.pool, work)
    async with books.pool.connection() as conn:
        assert (await totals_of(conn, [account]))[account].gross == 6
    await books.prove()


async def test_a_past_balance_counts_what_was_unbilled_then(books: Books) -> None:
    account = await books.account()
    await charge(books, account, "12", OCT)
    await charge(books, account, "24", NOV)
    await books.post(invoice(account, "12", date(2026, 11, 1)))
    await transaction(books.pool, lambda conn: bill(conn, account, [1], 1))
    wanted = {date(2026, 10, 4): 0, OCT: 12, date(2026, 10, 31): 12, date(2026, 11, 1): 12, NOV: 36, TODAY: 36}
    for day, balance in wanted.items():
        assert (await current(books, account, Moment(TODAY, as_of=day))).balance == balance, day
    assert (await current(books, account, Moment(TODAY, as_of=date(2026, 10, 31)))).count == 1


async def test_a_balance_as_known_counts_what_was_recorded_and_unbilled_by_then(books: Books) -> None:
    account = await books.account()
    await charge(books, account, "12", OCT)
    ((first,),) = await books.rows("select max(recorded_at) from unbilled_item")
    await books.post(invoice(account, "12", OCT))
    await transaction(books.pool, lambda conn: bill(conn, account, [1], 1))
    await charge(books, account, "5", OCT)
    before = first - timedelta(microseconds=1)
    for known_at, balance in ((before, 0), (first, 12), (datetime.now(UTC), 17)):
        assert (await current(books, account, Moment(TODAY, OCT, known_at))).balance == balance


@pytest.mark.parametrize("state", ["CLOSED", "ACTIVE"])
async def test_what_cannot_be_an_item_is_refused_and_leaves_nothing(books: Books, state: str) -> None:
    account = await books.account(state=state)
    answer = await add(books, account, ItemKind.MANUAL_CHARGE, "12", service="CALLS" if state == "CLOSED" else "PROMO")
    assert [bad.code for bad in answer] == ["unbilled_account_closed" if state == "CLOSED" else "no_real_service"]
    assert await books.rows("select count(*) from unbilled_item") == [(0,)]


async def test_many_charges_at_once_are_numbered_and_summed(books: Books) -> None:
    import asyncio

    account = await books.account()
    await asyncio.gather(*(charge(books, account, "1") for _ in range(20)))
    assert await books.rows("select last_item, debit, count from unbilled_total") == [(20, D(20), 20)]
    await books.prove()
