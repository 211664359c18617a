"""Sums over very many open items are kept while their account stays as it is, and never longer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all

from solde.balances import Definitions, Moment, balances_of, definitions_now, fast_read
from solde.db import Connection, Pool, transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import load_types

DUE = date(2026, 1, 10)


@pytest.fixture(autouse=True)
def everything_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_read, "MANY_ITEMS", 1)


async def overdue(pool: Pool, memory: Definitions, account: int, today: date = TODAY) -> Decimal:
    async with pool.connection() as conn:
        found = await memory.figures(conn, account, Moment(today))
        exact = await balances_of(conn, account, await definitions_now(conn), Moment(today))
    assert [b.figures for b in found] == [b.figures for b in exact]
    return next(b.figures.balance for b in found if b.definition.code == "dunning")


async def books(pool: Pool) -> int:
    account = await transaction(pool, make_account)
    await transaction(
        pool, lambda conn: post_all(conn, invoice(account, "60", DUE, DUE), invoice(account, "40", DUE, TODAY))
    )
    return account


Change = Callable[[Connection, int], Awaitable[object]]


async def post_one(conn: Connection, account: int) -> None:
    await post_all(conn, invoice(account, "5", DUE, DUE))


async def pay_part(conn: Connection, account: int) -> None:
    await post_all(conn, payment(account, "10"))
    await match(conn, [MatchRequest(account, (1,), (3,), "test")], await load_types(conn), today=TODAY)


async def pay_and_unmatch(conn: Connection, account: int) -> None:
    await pay_part(conn, account)
    await unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY)


async def dispute_part(conn: Connection, account: int) -> None:
    await dispute(conn, [DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(25), reason="price")], today=TODAY)


@pytest.mark.parametrize(
    ("change", "then"), [(post_one, 65), (pay_part, 50), (pay_and_unmatch, 60), (dispute_part, 35)]
)
async def test_every_change_is_seen_at_once(pool: Pool, change: Change, then: int) -> None:
    memory, account = Definitions(), await books(pool)
    assert [await overdue(pool, memory, account) for _ in range(2)] == [60, 60]
    await transaction(pool, lambda conn: change(conn, account))
    assert [await overdue(pool, memory, account) for _ in range(2)] == [then, then]


async def test_the_next_day_has_its_own_sums(pool: Pool) -> None:
    memory, account = Definitions(), await books(pool)
    assert await overdue(pool, memory, account) == 60
    assert await overdue(pool, memory, account, date(2026, 11, 23)) == 100


async def test_what_a_dry_run_saw_is_not_kept(pool: Pool) -> None:
    memory, account = Definitions(), await books(pool)

    async def try_out(conn: Connection) -> Decimal:
        await post_one(conn, account)
        found = await memory.figures(conn, account, Moment(TODAY))
        return next(b.figures.balance for b in found if b.definition.code == "dunning")

    assert await transaction(pool, try_out, dry_run=True) == 65
    await transaction(pool, lambda conn: post_all(conn, invoice(account, "7", DUE, DUE)))
    assert await overdue(pool, memory, account) == 67


async def test_within_a_transaction_that_writes_its_own_changes_count(pool: Pool) -> None:
    memory, account = Definitions(), await books(pool)
    assert await overdue(pool, memory, account) == 60

    async def write_and_read(conn: Connection) -> Decimal:
        await post_one(conn, account)
        found = await memory.figures(conn, account, Moment(TODAY))
        return next(b.figures.balance for b in found if b.definition.code == "dunning")

    assert await transaction(pool, write_and_read) == 65
