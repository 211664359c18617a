"""Figures of the shipped balances on a real database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.balances import Moment, balances_of, definitions_now, snapshot_account
from solde.db import Connection
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import load_types

JAN, FEB, MAR, APR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 10)


async def balances(conn: Connection, account: int, **moment: object) -> dict[str, Decimal]:
    found = await balances_of(conn, account, await definitions_now(conn), Moment(TODAY, **moment))  # type: ignore[arg-type]
    return {b.definition.code: b.figures.balance for b in found}


async def do_match(conn: Connection, account: int, debit: int, credit: int, on: date) -> int:
    request = MatchRequest(account, (debit,), (credit,), "test", effective_on=on)
    (answer,) = await match(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(answer, Matched), answer
    return answer.group_number


async def test_an_account_without_operations_owes_nothing(conn: Connection) -> None:
    account = await make_account(conn)
    assert await balances(conn, account) == {"default": 0, "dunning": 0, "security_deposit": 0, "current": 0}
    assert await balances(conn, account, as_of=JAN) == {"default": 0, "dunning": 0, "security_deposit": 0, "current": 0}


async def test_each_shipped_balance_takes_its_own(conn: Connection) -> None:
    account = await make_account(conn)
    deposit = type(invoice(account, "1"))(account, "INV_SD", D(100), JAN)
    flagged = payment(account, "100", FEB, excluded=True)
    await post_all(
        conn, invoice(account, "60", JAN, FEB), invoice(account, "40", TODAY), payment(account, "10"), deposit, flagged
    )
    assert await balances(conn, account) == {
        "default": D(90),
        "dunning": D(60),
        "security_deposit": D(0),
        "current": D(90),
    }


async def test_a_past_day_shows_what_was_open_then(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN, JAN), payment(account, "100", MAR))
    group = await do_match(conn, account, 1, 2, MAR)
    past = {day: (await balances(conn, account, as_of=day))["dunning"] for day in (JAN, FEB, MAR, APR)}
    assert past == {JAN: 0, FEB: D(100), MAR: 0, APR: 0}
    (answer,) = await unmatch(conn, [UnmatchRequest(account, group, "test", effective_on=APR)], today=TODAY)
    assert isinstance(answer, Unmatched)
    again = {day: (await balances(conn, account, as_of=day))["dunning"] for day in (JAN, FEB, MAR, APR)}
    assert again == {JAN: 0, FEB: D(100), MAR: 0, APR: D(100)}


async def test_disputed_amounts_leave_the_dunning_balance_from_their_day_on(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN, JAN))
    enter = DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(40), MAR, "wrong quantity")
    (answer,) = await dispute(conn, [enter], today=TODAY)
    assert isinstance(answer, Disputed), answer
    assert (await balances(conn, account))["dunning"] == D(60)
    assert (await balances(conn, account))["default"] == D(100)
    past = {day: (await balances(conn, account, as_of=day))["dunning"] for day in (FEB, MAR, APR)}
    assert past == {FEB: D(100), MAR: D(60), APR: D(60)}
    remove = DisputeRequest(account, 1, DisputeVerb.REMOVE, "test", effective_on=APR)
    assert isinstance((await dispute(conn, [remove], today=TODAY))[0], Disputed)
    assert (await balances(conn, account, as_of=MAR))["dunning"] == D(60)
    assert (await balances(conn, account, as_of=APR))["dunning"] == D(100)


async def test_what_was_recorded_later_is_not_known_earlier(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN, JAN))
    ((before,),) = await rows(conn, "select clock_timestamp()")
    await post_all(conn, payment(account, "100", FEB), invoice(account, "7", JAN, JAN))
    await do_match(conn, account, 1, 2, FEB)
    ((between,),) = await rows(conn, "select clock_timestamp()")
    await unmatch(conn, [UnmatchRequest(account, 1, "test", effective_on=MAR)], today=TODAY)
    now, then, middle = (
        await balances(conn, account, as_of=APR),
        await balances(conn, account, as_of=APR, known_at=before),
        await balances(conn, account, as_of=APR, known_at=between),
    )
    assert (now["default"], now["dunning"]) == (D(7), D(107))
    assert (then["default"], then["dunning"]) == (D(100), D(100))
    assert (middle["default"], middle["dunning"]) == (D(7), D(7))


async def test_snapshots_change_no_figure(conn: Connection) -> None:
    account = await make_account(conn)
    days = [date(2026, 1 + n % 10, 1 + n % 27) for n in range(60)]
    await post_all(conn, *(invoice(account, str(n + 1), day) for n, day in enumerate(days)))
    wanted = {day: await balances(conn, account, as_of=day) for day in days}
    await snapshot_account(conn, account, 40, least=5)
    assert await rows(conn, "select count(*) > 5 from balance_snapshot") == [(True,)]
    assert {day: await balances(conn, account, as_of=day) for day in days} == wanted
    await post_all(conn, invoice(account, "1000", date(2026, 3, 3)))
    await snapshot_account(conn, account, 61, least=5)
    assert (await balances(conn, account, as_of=TODAY))["default"] == D(1830 + 1000)
    moved = {day: await balances(conn, account, as_of=day) for day in days}
    assert {d: b["default"] - wanted[d]["default"] for d, b in moved.items()} == {
        d: D(1000 * (d >= date(2026, 3, 3))) for d in days
    }


async def test_matches_recorded_out_of_the_order_of_their_dates_close_on_the_latest(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN, JAN), payment(account, "60", JAN), payment(account, "40", JAN))
    await do_match(conn, account, 1, 2, APR)
    await do_match(conn, account, 1, 3, FEB)
    assert [(await balances(conn, account, as_of=day))["dunning"] for day in (date(2026, 1, 11), FEB, MAR, APR)] == [
        D(100),
        D(60),
        D(60),
        0,
    ]
