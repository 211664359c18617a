"""How balances went, month by month; and how old what is open is."""

from __future__ import annotations

from datetime import date, timedelta

from ledger import TODAY, D, invoice, make_account, payment, post_all

from solde.balances import Moment, balances_of, definitions_now, pick, snapshot_account
from solde.balances.ageing import age_account
from solde.balances.trend import month_ends, read_trend
from solde.db import Connection
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, match
from solde.operations import load_types


def test_the_last_days_of_the_months_before() -> None:
    assert month_ends(date(2026, 3, 31), 3) == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]
    assert month_ends(date(2024, 3, 1), 1) == [date(2024, 2, 29)]


async def test_every_point_is_what_the_balance_was_on_that_day(conn: Connection) -> None:
    account = await make_account(conn)
    days = [date(2025, 10, 5) + timedelta(days=11 * n) for n in range(36)]
    await post_all(conn, *(invoice(account, str(n + 1), on, on + timedelta(days=20)) for n, on in enumerate(days)))
    await post_all(conn, *(payment(account, str(n + 1), on + timedelta(days=40)) for n, on in enumerate(days[:20])))
    requests = [
        MatchRequest(account, (n + 1,), (n + 37,), "test", effective_on=days[n] + timedelta(days=40)) for n in range(20)
    ]
    await match(conn, requests, await load_types(conn), today=TODAY)
    await snapshot_account(conn, account, 40, least=7)
    definitions = await definitions_now(conn)
    points = await read_trend(conn, account, definitions, today=TODAY)
    assert [p.on for p in points] == [*month_ends(TODAY, 12), TODAY]
    for point in points[:-1]:
        found = await balances_of(conn, account, definitions, Moment(TODAY, as_of=point.on))
        assert point.balances == tuple(one.figures.balance for one in found)
    assert points[-1].balances[0] == sum(range(21, 37))
    assert any(point.balances[1] > 0 for point in points)


async def test_an_account_without_operations_has_a_flat_trend(conn: Connection) -> None:
    points = await read_trend(conn, await make_account(conn), await definitions_now(conn), today=TODAY, months=2)
    assert [sum(p.balances) for p in points] == [0, 0, 0]


async def test_the_last_point_is_the_balance_of_now_with_what_is_dated_ahead(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "5", TODAY + timedelta(days=9)))
    points = await read_trend(conn, account, [pick(await definitions_now(conn), None)], today=TODAY)
    assert points[-1].balances == (D(5),)


async def test_open_amounts_fall_into_buckets_by_days_overdue(conn: Connection) -> None:
    account = await make_account(conn)
    overdue = {0: 1, 1: 2, 30: 4, 31: 8, 60: 16, 61: 32, 90: 64, 91: 128, 400: 256, -5: 512}
    for days, amount in overdue.items():
        on = TODAY - timedelta(days=max(days, 0) + 10)
        await post_all(conn, invoice(account, str(amount), on, TODAY - timedelta(days=days)))
    default = pick(await definitions_now(conn), None)
    found = await age_account(conn, account, default, Moment(TODAY))
    assert [(b.label, b.amount) for b in found.buckets] == [
        ("not due", D(513)), ("1-30", D(6)), ("31-60", D(24)), ("61-90", D(96)), ("90+", D(384)),
    ]  # fmt: skip
    assert (found.overdue, found.total, found.buckets[0].count) == (D(510), D(1023), 2)
    other = await age_account(conn, account, default, Moment(TODAY), steps=(7,))
    assert [(b.label, b.amount) for b in other.buckets] == [("not due", D(513)), ("1-7", D(2)), ("7+", D(508))]


async def test_disputed_debits_and_open_credits_stand_apart(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(
        conn, invoice(account, "100", TODAY - timedelta(days=50), TODAY - timedelta(days=40)), payment(account, "30")
    )
    await dispute(conn, [DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(40), reason="wrong")], today=TODAY)
    found = await age_account(conn, account, pick(await definitions_now(conn), None), Moment(TODAY))
    assert (found.overdue, found.disputed, found.credits, found.total) == (D(60), D(40), D(30), D(70))
    before = Moment(TODAY, as_of=TODAY - timedelta(days=1))
    past = await age_account(conn, account, pick(await definitions_now(conn), None), before)
    assert (past.overdue, past.disputed, past.credits) == (D(100), D(0), D(0))
