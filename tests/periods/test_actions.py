"""Closing on a real database, and what posting makes of it."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, date, datetime

import pytest
from ledger import D, make_account, rows

from solde.db import Connection, Pool, open_pool, transaction
from solde.kernel.refusals import Refused
from solde.operations import Barred, NewOperation, Posted, PostingMerger, PostRequest, TypeCatalogue, load_types, post
from solde.periods import (
    Cut,
    NewYear,
    OnClosed,
    PeriodScope,
    PeriodTurn,
    Policy,
    change_policy,
    create_year,
    list_years,
    sweep,
    turn_period,
    turn_year,
)
from solde.verification import verify

YEAR = NewYear("2026", date(2026, 1, 1), date(2026, 12, 31), Cut.MONTHLY)
MARCH = date(2026, 3, 10)


async def close(conn: Connection, number: int, scope: PeriodScope = PeriodScope.REGULAR) -> None:
    await turn_period(conn, [PeriodTurn("2026", number, scope, closes=True)], actor="anna")


async def post_on(conn: Connection, account: int, *days: date, late: bool = False) -> list[Posted]:
    requests = [PostRequest((NewOperation(account, "INV_STD", D("5"), day),), "test", late=late) for day in days]
    answers = await post(conn, requests, await load_types(conn))
    return [answer for answer in answers if isinstance(answer, Posted)]


async def exceptions(conn: Connection) -> list[tuple[object, ...]]:
    return await rows(conn, "select number, status, accounting_on, reason from posting_exception order by number")


async def test_what_is_dated_in_a_closed_period_is_rejected_and_counts(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    closed, opened = await post_on(conn, account, MARCH, date(2026, 4, 1))
    assert (closed.barred, opened.barred) == ((Barred(account, 1, None),), ())
    assert await exceptions(conn) == [(1, "REJECTED", None, "CLOSED_PERIOD")]
    assert await rows(conn, "select sum(o_amount), sum(o_count) from account_total") == [(D("10"), 2)]
    assert await rows(conn, "select posting_status, accounting_on from operation_now order by number") == [
        ("REJECTED", None), ("POSTED", date(2026, 4, 1)),
    ]  # fmt: skip


async def test_who_may_post_late_is_stopped_only_by_what_is_closed_for_all(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    (answer,) = await post_on(conn, account, MARCH, late=True)
    assert answer.barred == ()
    await close(conn, 3, PeriodScope.ALL)
    (answer,) = await post_on(conn, account, MARCH, late=True)
    assert answer.barred == (Barred(account, 2, None),)


async def test_force_moves_the_accounting_day_and_says_so(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await change_policy(conn, "2026", Policy(OnClosed.FORCE, force_day=5), version=1, actor="anna")
    await close(conn, 3)
    (answer,) = await post_on(conn, account, MARCH)
    assert answer.barred == (Barred(account, 1, date(2026, 4, 5)),)
    assert await exceptions(conn) == [(1, "POSTED", date(2026, 4, 5), "FORCED")]


async def test_of_many_operations_only_those_dated_there_are_barred(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    news = [NewOperation(account, "INV_STD", D("1"), date(2026, month, 10)) for month in (2, 3, 4, 3)]
    (answer,) = await post(conn, [PostRequest(tuple(news), "test")], await load_types(conn))
    assert isinstance(answer, Posted)
    assert answer.numbers == (1, 2, 3, 4)
    assert [one.number for one in answer.barred] == [2, 4]


async def test_money_belongs_to_the_day_it_was_collected(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    new = NewOperation(account, "PAY_WIRE", D("1"), MARCH, collected_on=date(2026, 4, 2))
    (answer,) = await post(conn, [PostRequest((new,), "test")], await load_types(conn))
    assert isinstance(answer, Posted)
    assert answer.barred == ()


async def test_a_lone_posting_is_answered_in_the_same_way(pool: Pool) -> None:
    async with pool.connection() as conn:
        account = await make_account(conn)
        await create_year(conn, YEAR, actor="anna")
        await close(conn, 3)
    poster = PostingMerger(pool, TypeCatalogue(pool))
    answer = await poster.post(PostRequest((NewOperation(account, "INV_STD", D("5"), MARCH),), "test"))
    assert isinstance(answer, Posted)
    assert (answer.numbers, answer.barred) == ((1,), (Barred(account, 1, None),))


async def test_closing_reopening_and_closing_a_year_are_audited(conn: Connection) -> None:
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    (books,) = await turn_year(conn, "2026", PeriodScope.ALL, closes=True, actor="anna")
    assert books.is_closed(PeriodScope.ALL)
    with pytest.raises(Refused, match="stays closed"):
        await turn_period(conn, [PeriodTurn("2026", 3, PeriodScope.REGULAR, closes=False)], actor="anna", reason="late")
    await turn_period(conn, [PeriodTurn("2026", 3, PeriodScope.ALL, closes=False)], actor="anna", reason="late")
    (books,) = await turn_period(
        conn, [PeriodTurn("2026", 3, PeriodScope.REGULAR, closes=False)], actor="anna", reason="late"
    )
    assert [p.number for p in books.periods if not p.is_closed(PeriodScope.REGULAR)] == [3]
    assert (books.periods[2].changed_by, books.periods[2].reason) == ("anna", "late")
    told = await rows(conn, "select verb from audit_record where verb ~ '^accounting' order by action_id")
    assert [verb for (verb,) in told] == [
        "accounting_year_create", *["accounting_period_close"] * 2, *["accounting_period_reopen"] * 2,
    ]  # fmt: skip


async def test_days_of_no_period_are_open_and_a_reopened_period_takes_postings(conn: Connection) -> None:
    account = await make_account(conn)
    await create_year(conn, YEAR, actor="anna")
    await turn_year(conn, "2026", PeriodScope.ALL, closes=True, actor="anna")
    (outside, inside) = await post_on(conn, account, date(2027, 1, 1), MARCH)
    assert (outside.barred, len(inside.barred)) == ((), 1)
    await turn_year(conn, "2026", PeriodScope.ALL, closes=False, actor="anna", reason="audit")
    await turn_year(conn, "2026", PeriodScope.REGULAR, closes=False, actor="anna", reason="audit")
    (inside,) = await post_on(conn, account, MARCH)
    assert inside.barred == ()


async def test_the_sweep_closes_what_is_due_once(conn: Connection) -> None:
    await create_year(
        conn, NewYear("2026", YEAR.starts_on, YEAR.ends_on, Cut.QUARTERLY, Policy(regular_after=10)), actor="a"
    )
    assert await sweep(conn, today=date(2026, 4, 10), actor="solde") == []
    assert [t.number for t in await sweep(conn, today=date(2026, 7, 11), actor="solde")] == [1, 2]
    assert await sweep(conn, today=date(2026, 7, 11), actor="solde") == []
    (books,) = await list_years(conn)
    assert [p.is_closed(PeriodScope.REGULAR) for p in books.periods] == [True, True, False, False]


async def test_a_change_made_from_an_old_version_is_refused(conn: Connection) -> None:
    await create_year(conn, YEAR, actor="anna")
    await close(conn, 3)
    with pytest.raises(Refused, match="version 2"):
        await change_policy(conn, "2026", Policy(OnClosed.FORCE), version=1, actor="anna")


async def test_the_books_verify_and_tell_what_slipped_into_a_closed_period(pool: Pool) -> None:
    async with pool.connection() as conn:
        account = await make_account(conn)
        await create_year(conn, YEAR, actor="anna")
        await post_on(conn, account, MARCH)
        await close(conn, 3, PeriodScope.ALL)
        await post_on(conn, account, MARCH)
        assert await differences(pool, "periods", "posting") == []
        await conn.execute("delete from posting_exception")
        await conn.execute("delete from closed_span where late")
    assert await differences(pool, "periods", "posting") == [
        ("periods", "closed days, for all"), ("posting", "operation 2"),
    ]  # fmt: skip


async def differences(pool: Pool, *checks: str) -> list[tuple[str, str]]:
    report = await verify(pool, now=datetime(2026, 11, 22, tzinfo=UTC))
    return [(d.check, d.place) for d in report.differences if d.check in checks]


ROUNDS = int(os.environ.get("SOLDE_CLOSING_ROUNDS", "20"))


async def test_nothing_lands_in_a_period_once_it_is_closed(database_url: str) -> None:
    """Sixteen posters against one who closes: what is answered after the closing was rejected, and all of it counts."""
    day = date(2026, 3, 10)
    async with open_pool(database_url, min_size=4, max_size=20) as pool:
        async with pool.connection() as conn:
            accounts = [await make_account(conn) for _ in range(4)]
            await create_year(conn, YEAR, actor="anna")
        poster = PostingMerger(pool, TypeCatalogue(pool))
        sent = 0
        for turn in range(ROUNDS):
            closed = asyncio.Event()

            async def send(place: int, closed: asyncio.Event = closed) -> list[bool]:
                """Post until it is closed, and once more; gives for each whether it began after the closing and got in."""
                got_in = []
                for _ in range(50):
                    was_closed = closed.is_set()
                    new = NewOperation(accounts[place % 4], "INV_STD", D("1"), day)
                    news = (new,) * (1 + place % 3)
                    answer = await poster.post(PostRequest(news, "test"))
                    got_in += [was_closed and len(answer.barred) < len(news)] * len(news)
                    if was_closed:
                        break
                return got_in

            async def shut(closed: asyncio.Event = closed) -> None:
                await asyncio.sleep(0)
                await transaction(pool, close_all)
                closed.set()

            results = await asyncio.gather(shut(), *(send(place) for place in range(16)))
            flags = [flag for result in results[1:] for flag in result or []]
            assert not any(flags), f"round {turn}: something landed after the closing"
            sent += len(flags)
            await transaction(pool, reopen_all)
        async with pool.connection() as conn:
            ((count, rejected),) = await rows(
                conn, "select (select count(*) from operation), (select count(*) from posting_exception)"
            )
        assert isinstance(rejected, int)
        assert count == sent
        assert 0 < rejected < sent
        assert await differences(pool, "posting", "periods", "totals", "numbering") == []


async def close_all(conn: Connection) -> None:
    await turn_period(conn, [PeriodTurn("2026", 3, PeriodScope.ALL, closes=True)], actor="anna")


async def reopen_all(conn: Connection) -> None:
    for scope in (PeriodScope.ALL, PeriodScope.REGULAR):
        await turn_period(conn, [PeriodTurn("2026", 3, scope, closes=False)], actor="anna", reason="next round")
