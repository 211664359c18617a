"""Rounding operations go with their match: however often something is matched and unmatched, nothing piles up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.verification import verify

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
OWED = "select coalesce(sum(side * amount), 0) from operation where account_id = %(account)s"
STANDING = """
select l.group_number, l.debit_number, l.credit_number from match_line l
where account_id = %(account)s and not exists (
    select from unmatch_line u where (u.account_id, u.group_number, u.debit_number, u.credit_number)
        = (l.account_id, l.group_number, l.debit_number, l.credit_number)
)
order by 1, 2, 3
"""


async def pair(conn: Connection, account: int, debits: tuple[int, ...], credits: tuple[int, ...]) -> Matched:
    request = MatchRequest(account, debits, credits, "test")
    (answer,) = await match(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(answer, Matched), answer
    return answer


async def part(conn: Connection, account: int, group: int, lines: tuple[tuple[int, int], ...] | None = None) -> None:
    (answer,) = await unmatch(conn, [UnmatchRequest(account, group, "test", lines)], today=TODAY)
    assert isinstance(answer, Unmatched), answer


async def open_now(conn: Connection, account: int) -> dict[object, object]:
    found = await rows(conn, "select number, open from open_item where account_id = %(account)s", account=account)
    return {row[0]: row[1] for row in found}


@pytest.mark.parametrize(
    ("currency", "owed", "paid"),
    [
        ("EUR", "33.336", "33.34"),
        ("EUR", "100.004", "100"),
        ("JPY", "100.4", "100"),
        ("JPY", "100", "100.4"),
        ("TND", "1.0004", "1"),
    ],
)
async def test_matching_again_and_again_leaves_the_balance_even(
    conn: Connection, currency: str, owed: str, paid: str
) -> None:
    account = await make_account(conn, currency)
    await post_all(conn, invoice(account, owed), payment(account, paid))
    for _ in range(4):
        made = await pair(conn, account, (1,), (2,))
        assert made.rounding_number is not None
        assert (await rows(conn, OWED, account=account), await open_now(conn, account)) == ([(D(0),)], {})
        await part(conn, account, made.group_number)
        assert await rows(conn, OWED, account=account) == [(D(owed) - D(paid),)]
        assert await open_now(conn, account) == {1: D(owed), 2: D(paid)}


@pytest.mark.parametrize(("owed", "paid"), [("33.336", "33.34"), ("100.004", "100")])
async def test_a_line_taken_back_takes_the_rounding_beside_it_back(conn: Connection, owed: str, paid: str) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, owed), payment(account, paid))
    made = await pair(conn, account, (1,), (2,))
    await part(conn, account, made.group_number, ((1, 2),))
    assert await open_now(conn, account) == {1: D(owed), 2: D(paid)}
    assert await rows(conn, "select count(*) from unmatch where account_id = %(a)s", a=account) == [(1,)]
    await pair(conn, account, (1,), (2,))
    assert (await rows(conn, OWED, account=account), await open_now(conn, account)) == ([(D(0),)], {})


async def test_a_rounding_of_a_later_match_goes_with_the_earlier_one(conn: Connection) -> None:
    account = await make_account(conn)
    days = [date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 10)]
    await post_all(
        conn, invoice(account, "100.004", days[0]), payment(account, "60", days[1]), payment(account, "40", days[2])
    )
    first = await pair(conn, account, (1,), (2,))
    await pair(conn, account, (1,), (3,))
    request = UnmatchRequest(account, first.group_number, "test", effective_on=date(2026, 11, 7))
    (answer,) = await unmatch(conn, [request], today=TODAY)
    assert isinstance(answer, Unmatched)
    assert [(a.debit_number, a.credit_number) for a in answer.lines] == [(1, 2)]
    assert await open_now(conn, account) == {1: D("60.004"), 2: D(60)}
    days_of = "select group_number, effective_on from unmatch where account_id = %(a)s order by 1"
    assert await rows(conn, days_of, a=account) == [(1, date(2026, 11, 7)), (2, days[2])]


async def test_what_took_a_rounding_back_may_be_taken_back_itself(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "33.336"), payment(account, "33.34"))
    made = await pair(conn, account, (1,), (2,))
    await part(conn, account, made.group_number)
    await part(conn, account, made.group_number + 1)
    assert await rows(conn, OWED, account=account) == [(D("-0.004"),)]


async def test_a_rounding_is_taken_back_once_even_where_that_was_reversed(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "33.336"), payment(account, "33.34"))
    made = await pair(conn, account, (1,), (2,))
    await part(conn, account, made.group_number)
    await part(conn, account, made.group_number + 1)
    for _ in range(3):
        again = await pair(conn, account, (1, 3), (2, 4))
        await part(conn, account, again.group_number)
        assert await rows(conn, OWED, account=account) == [(D("-0.004"),)]


async def test_a_rounding_is_of_the_day_on_which_the_trace_is_left(conn: Connection) -> None:
    account = await make_account(conn)
    days = [date(2026, 11, 3), date(2026, 11, 10), date(2026, 11, 5)]
    await post_all(
        conn, invoice(account, "10", days[0]), invoice(account, "23.336", days[1]), payment(account, "33.34", days[2])
    )
    made = await pair(conn, account, (1, 2), (3,))
    on = await rows(conn, "select operation_on from operation where number = %(number)s", number=made.rounding_number)
    assert on == [(days[1],)]
    assert [(line.debit_number, line.on) for line in made.lines] == [(1, days[2]), (2, days[1]), (4, days[1])]


@pytest.mark.parametrize("seed", range(6))
async def test_any_rounds_of_matching_and_unmatching_never_drift(pool: Pool, seed: int) -> None:
    random = Random(seed)

    async def play(conn: Connection) -> int:
        account = await make_account(conn, random.choice(["EUR", "JPY", "TND"]))
        await post_all(
            conn,
            *(invoice(account, f"{random.randint(1, 3000) / 100:.2f}") for _ in range(3)),
            *(payment(account, f"{random.randint(1, 30000) / 1000:.3f}") for _ in range(3)),
        )
        before = await rows(conn, OWED, account=account)
        for _ in range(12):
            found = await rows(conn, STANDING, account=account)
            items = await open_now(conn, account)
            debits = tuple(n for n in (1, 2, 3) if n in items)
            credits = tuple(n for n in (4, 5, 6) if n in items)
            if debits and credits and random.random() < 0.6:
                await pair(conn, account, debits, credits)
            elif found:
                group, debit, credit = random.choice(found)
                whole = random.random() < 0.5
                await part(conn, account, int(str(group)), None if whole else ((int(str(debit)), int(str(credit))),))
        for group in sorted({int(str(row[0])) for row in await rows(conn, STANDING, account=account)}):
            still = {int(str(row[0])) for row in await rows(conn, STANDING, account=account)}
            numbers = await rows(
                conn,
                "select debit_number, credit_number from match_line where group_number = %(g)s and account_id = %(a)s",
                g=group, a=account,
            )  # fmt: skip
            if group in still and any(int(str(n)) <= 6 for row in numbers for n in row):
                await part(conn, account, group)
        assert await rows(conn, OWED, account=account) == before
        return account

    await transaction(pool, play)
    report = await verify(pool, now=NOW)
    assert [one for one in report.differences if one.check != "directory"] == []
