"""Repairing what accounting rejected, and how accounting stands with operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from faces.api.asking import COMPLETE
from ledger import D, rows

from solde.customers import NewCustomer, create_customers, find_account
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused
from solde.operations import NewOperation, PostingStatus, PostRequest, load_types, post
from solde.operations.rejected import (
    PostingStanding,
    Repair,
    Way,
    advance_marks,
    clear_posting,
    count_dated,
    list_rejected,
    repair,
    set_posting,
)
from solde.operations.rejected.rules import check_repair, day_of_repair
from solde.periods import Cut, NewYear, OnClosed, PeriodScope, PeriodTurn, Policy, Year, create_year, turn_period
from solde.periods.model import Period

AT = datetime(2026, 4, 1, tzinfo=UTC)
NEW_YEAR = NewYear("2026", date(2026, 1, 1), date(2026, 12, 31), Cut.MONTHLY)
YEARS = [
    Year(
        1, "2026", date(2026, 1, 1), date(2026, 3, 31), Cut.MONTHLY, Policy(OnClosed.FORCE, 15), 1,
        (
            Period(1, date(2026, 1, 1), date(2026, 1, 31), AT, AT),
            Period(2, date(2026, 2, 1), date(2026, 2, 28), AT),
            Period(3, date(2026, 3, 1), date(2026, 3, 31)),
        ),
    )
]  # fmt: skip


def standing(status: PostingStatus = PostingStatus.REJECTED, day: date = date(2026, 1, 10)) -> PostingStanding:
    return PostingStanding(7, "ACC-7", 3, day, status, None, "CLOSED_PERIOD")


@pytest.mark.parametrize("late", [False, True])
def test_forcing_goes_to_the_next_period_open_for_everybody(late: bool) -> None:
    assert day_of_repair(standing(), Repair(((7, 3),), Way.FORCE, "anna", late=late), YEARS) == date(2026, 3, 15)


@pytest.mark.parametrize("late", [False, True])
def test_who_may_post_late_may_re_date_into_what_is_closed_for_regular_users(late: bool) -> None:
    wish = Repair(((7, 3),), Way.RE_DATE, "anna", "late", date(2026, 2, 5), late=late)
    answer = day_of_repair(standing(), wish, YEARS)
    assert (answer == date(2026, 2, 5)) if late else isinstance(answer, Refusal)


def test_forcing_where_no_later_period_is_open_is_refused() -> None:
    closed = [replace(YEARS[0], periods=YEARS[0].periods[:2])]
    answer = day_of_repair(standing(), Repair(((7, 3),), Way.FORCE, "anna"), closed)
    assert isinstance(answer, Refusal)
    assert answer.code == "no_open_period"


@pytest.mark.parametrize(
    ("status", "way", "code"),
    [
        (PostingStatus.EXPORTED, Way.RE_DATE, "exported_to_accounting"),
        (PostingStatus.POSTED, Way.FORCE, "not_rejected"),
        (PostingStatus.REJECTED, Way.POST, "accounting_day_closed"),
    ],
)
def test_what_cannot_be_repaired_says_why_and_which(status: PostingStatus, way: Way, code: str) -> None:
    answer = day_of_repair(standing(status), Repair(((7, 3),), way, "anna", on=date(2026, 3, 1)), YEARS)
    assert isinstance(answer, Refusal)
    assert (answer.code, "operation 3 of ACC-7" in answer.message) == (code, True)


def test_a_day_of_no_period_is_open() -> None:
    wish = Repair(((7, 3),), Way.RE_DATE, "anna", "late", date(2027, 1, 1))
    assert day_of_repair(standing(), wish, YEARS) == date(2027, 1, 1)


def test_re_dating_needs_a_day_and_a_reason() -> None:
    assert [r.code for r in check_repair(Repair(((7, 3),), Way.RE_DATE, "anna"))] == [
        "accounting_day_missing", "repair_reason_missing",
    ]  # fmt: skip


async def rejected(conn: Connection, count: int = 1) -> int:
    """An account with operations dated in a March that is closed for regular users."""
    wanted = NewCustomer(**(COMPLETE | {"code": "C7", "account_code": "ACC-7"}))
    (made,) = await create_customers(conn, [wanted], actor="test", now=AT)
    assert not isinstance(made, tuple)
    account = await find_account(conn, "ACC-7")
    assert account is not None
    await create_year(conn, NEW_YEAR, actor="anna")
    await turn_period(conn, [PeriodTurn("2026", 3, PeriodScope.REGULAR, closes=True)], actor="anna")
    news = tuple(NewOperation(account.account_id, "INV_STD", D("5"), date(2026, 3, day + 1)) for day in range(count))
    await post(conn, [PostRequest(news, "test")], await load_types(conn))
    return account.account_id


async def status_of(conn: Connection) -> list[tuple[object, ...]]:
    return await rows(conn, "select number, posting_status, accounting_on from operation_now order by number")


async def test_a_repair_changes_the_accounting_day_and_never_the_operation(conn: Connection) -> None:
    account = await rejected(conn, 2)
    before = await rows(conn, "select * from operation order by number")
    made = await repair(conn, Repair(((account, 1), (account, 2)), Way.FORCE, "anna", "late"))
    assert [one.accounting_on for one in made] == [date(2026, 4, 1)] * 2
    assert await rows(conn, "select * from operation order by number") == before
    assert await status_of(conn) == [(1, "POSTED", date(2026, 4, 1)), (2, "POSTED", date(2026, 4, 1))]
    told = await rows(conn, "select actor, reason, after from audit_record where verb = 'accounting_force'")
    assert [(actor, reason, len(after["operations"])) for actor, reason, after in told] == [("anna", "late", 2)]  # type: ignore[index]


async def test_one_that_cannot_be_repaired_leaves_all_as_they_were(conn: Connection) -> None:
    account = await rejected(conn)
    with pytest.raises(Refused, match="no operation 9"):
        await repair(conn, Repair(((account, 1), (account, 9)), Way.FORCE, "anna"))
    assert await status_of(conn) == [(1, "REJECTED", None)]


async def test_the_own_day_counts_again_once_its_period_is_open(conn: Connection) -> None:
    account = await rejected(conn)
    await turn_period(conn, [PeriodTurn("2026", 3, PeriodScope.REGULAR, closes=False)], actor="anna", reason="late")
    (made,) = await repair(conn, Repair(((account, 1),), Way.POST, "anna"))
    assert (made.accounting_on, await status_of(conn)) == (date(2026, 3, 1), [(1, "POSTED", date(2026, 3, 1))])


async def test_the_queue_is_listed_page_by_page_and_counted_where_its_days_lie(conn: Connection) -> None:
    await rejected(conn, 3)
    first = await list_rejected(conn, None, limit=2)
    second = await list_rejected(conn, None, limit=2, cursor=first.next)
    assert [o.number for o in (*first.items, *second.items)] == [1, 2, 3]
    assert second.next is None
    assert (await list_rejected(conn, 999)).items == []
    counted = await count_dated(conn, date(2026, 3, 2), date(2026, 3, 31), seconds=5)
    assert counted is not None
    assert (counted.posted, counted.rejected) == (0, 2)


async def test_a_mark_exports_what_lies_below_it_but_not_what_is_rejected(conn: Connection) -> None:
    account = await rejected(conn, 2)
    later = NewOperation(account, "INV_STD", D("5"), date(2026, 4, 2))
    await post(conn, [PostRequest((later, later), "test")], await load_types(conn))
    await advance_marks(conn, {account: 3})
    await advance_marks(conn, {account: 1})
    assert [row[1] for row in await status_of(conn)] == ["REJECTED", "REJECTED", "EXPORTED", "POSTED"]
    await set_posting(conn, [(account, 1, PostingStatus.EXPORT_FAILED, date(2026, 4, 1), "NO_SCHEME", "no scheme")])
    assert (await status_of(conn))[0] == (1, "EXPORT_FAILED", date(2026, 4, 1))
    await clear_posting(conn, [(account, 1)])
    assert (await status_of(conn))[0] == (1, "EXPORTED", date(2026, 3, 1))
    with pytest.raises(Refused, match="is exported"):
        await repair(conn, Repair(((account, 3),), Way.RE_DATE, "anna", "why not", date(2026, 5, 1)))
