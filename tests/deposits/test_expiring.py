"""Deposits whose last day is over: given back by the run, where that is wanted, on the day it is there."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from deposits.books import (
    TODAY,
    D,
    DepositBooks,
    active,
    ask_for,
    asked,
    cancel,
    fund,
    give_back,
    limit,
    make_template,
    use,
)
from ledger import invoice

from solde.app.jobs.deposits import expire_by_itself
from solde.db import transaction
from solde.deposits import (
    ValidityUnit,
    expire_deposits,
)
from solde.features import switch
from solde.operations import load_types

NIL = D(0)
JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


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
    books.now = datetime(2026, 12, 23, 10, tzinfo=UTC)
    tried = await expire_deposits(books.pool, types, today=lambda _zone: over, actor="test", dry_run=True)
    assert (tried.deposits, tried.amounts) == (2, {"EUR": D(140)})
    assert (await books.stands(account, 2))[0] == "HOLD"
    with pytest.raises(Exception, match="deposit_auto_refund_off"):
        await expire_deposits(books.pool, types, today=lambda _zone: over, actor="test")
    await limit(books, None, None, auto=True)
    assert (await expire_deposits(books.pool, types, today=lambda _zone: last, actor="test")).deposits == 0
    assert (await expire_deposits(books.pool, types, today=lambda _zone: over, actor="test")).deposits == 2
    assert [(await books.stands(account, n))[0] for n in (1, 2, 3)] == ["VALIDATED", "AUTO_REFUND", "AUTO_REFUND"]
    assert await books.balances(account) == (D(100), NIL)
    assert (await expire_deposits(books.pool, types, today=lambda _zone: over, actor="test")).deposits == 0
    await books.prove()


async def test_the_nightly_run_gives_back_what_is_over_only_where_it_is_wanted(books: DepositBooks) -> None:
    account = await books.account()
    await books.did(ask_for(account, "100", on=date(2020, 1, 1), valid_until=date(2020, 2, 1)))
    assert await books.refusals(fund(account, 1, "100")) == ["deposit_expired"]
    assert await expire_by_itself(books.pool) == 0
    other = await books.account()
    await books.did(ask_for(other, "100", on=date(2020, 1, 1), valid_until=TODAY))
    await books.did(fund(other, 1, "100", on=date(2020, 1, 2)))
    over = books.now = datetime(TODAY.year + 1, 1, 1, tzinfo=UTC)
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


async def test_what_is_over_moves_no_more(books: DepositBooks) -> None:
    account = await asked(books, funded=False)
    await books.did(cancel(account, 1))
    await books.post(invoice(account, "80"))
    for wish in (fund(account, 1, "1"), use(account, 1, 3), give_back(account, 1), cancel(account, 1)):
        assert await books.refusals(wish) == ["deposit_state_forbids"]


async def test_a_deposit_is_over_when_its_last_day_is_over_where_its_seller_is(books: DepositBooks) -> None:
    await limit(books, None, None, auto=True)
    accounts = [await books.account_in(zone) for zone in ("Pacific/Auckland", "Europe/Paris", "Pacific/Honolulu")]
    for account in accounts:
        await books.did(ask_for(account, "100", on=date(2026, 11, 1), valid_until=date(2026, 11, 30)))
        await books.did(fund(account, 1, "100", on=date(2026, 11, 2)))

    async def left() -> list[int]:
        return [n for n, account in enumerate(accounts) if (await books.stands(account))[0] == "LOCKED"]

    async def run_at(at: datetime) -> list[int]:
        await expire_by_itself(books.pool, clock=lambda: at)
        return await left()

    books.now = datetime(2026, 12, 2, tzinfo=UTC)
    hours = [(11, 30, 10), (11, 30, 11), (11, 30, 22), (11, 30, 23), (12, 1, 9), (12, 1, 10)]
    seen = [await run_at(datetime(2026, month, day, hour, 30, tzinfo=UTC)) for month, day, hour in hours]
    assert seen == [[0, 1, 2], [1, 2], [1, 2], [2], [2], []]
    given_on = await books.rows(
        "select distinct operation_on from operation join operation_type using (type_id) where code = 'REF_SD'"
    )
    assert given_on == [(date(2026, 12, 1),)]
    await books.prove()
