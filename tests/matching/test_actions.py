"""Matching and unmatching on a real database."""

from __future__ import annotations

from datetime import date

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.db import Connection
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, match_oldest, unmatch
from solde.operations import load_types

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


async def do_match(conn: Connection, account: int, debits: list[int], credits: list[int], **more: object) -> Matched:
    request = MatchRequest(account, tuple(debits), tuple(credits), "test", **more)  # type: ignore[arg-type]
    (answer,) = await match(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(answer, Matched), answer
    return answer


async def refused(conn: Connection, account: int, debits: list[int], credits: list[int], **more: object) -> list[str]:
    request = MatchRequest(account, tuple(debits), tuple(credits), "test", **more)  # type: ignore[arg-type]
    (answer,) = await match(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(answer, tuple)
    return [r.code for r in answer]


async def status(conn: Connection) -> dict[object, tuple[object, object]]:
    return {r[0]: (r[1], r[2]) for r in await rows(conn, "select number, matching_status, open from operation_now")}


async def test_a_payment_pays_the_oldest_due_first_and_leaves_the_rest_partial(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(
        conn, invoice(account, "100", JAN, MAR), invoice(account, "100", JAN, FEB), payment(account, "130", MAR)
    )
    matched = await do_match(conn, account, [1, 2], [3])
    assert [(a.debit_number, a.amount) for a in matched.lines] == [(2, D(100)), (1, D(30))]
    assert await status(conn) == {1: ("P", D(70)), 2: ("L", D(0)), 3: ("L", D(0))}
    totals = await rows(
        conn, "select o_count, p_amount, p_open, p_count, l_amount, l_count from account_total order by type_id"
    )
    assert totals == [(0, D(100), D(70), 1, D(100), 1), (0, D(0), D(0), 0, D(130), 1)]


async def test_named_amounts_are_matched_as_named(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100"), payment(account, "130"))
    matched = await do_match(conn, account, [1], [2], amounts={1: D("40")})
    assert matched.amount == D(40)
    assert await status(conn) == {1: ("P", D(60)), 2: ("P", D(90))}


async def test_less_than_half_a_cent_left_is_closed_by_a_rounding_operation(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100.004"), payment(account, "100"))
    matched = await do_match(conn, account, [1], [2])
    assert matched.rounding_number == 3
    assert set((await status(conn)).values()) == {("L", D(0))}
    assert await rows(conn, "select code, amount from operation_now where number = 3") == [("RND_EXP", D("0.004"))]


async def test_half_a_cent_left_stays_open(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100"), payment(account, "100.005"))
    await do_match(conn, account, [1], [2])
    assert (await status(conn))[2] == ("P", D("0.005"))


async def test_what_cannot_be_matched_is_refused_with_the_reason(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100"), payment(account, "100"), invoice(account, "50"))
    await do_match(conn, account, [1], [2])
    assert await refused(conn, account, [1], [2]) == ["already_matched", "already_matched"]
    assert await refused(conn, account, [3], []) == ["both_sides_needed"]
    assert await refused(conn, account, [3], [9]) == ["unknown_operation"]
    assert await refused(conn, account, [2], [3]) == ["wrong_side", "wrong_side"]
    assert await refused(conn, 4242, [2], [3]) == ["unknown_account"]


async def test_more_than_is_available_is_refused(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100"), payment(account, "60"))
    assert await refused(conn, account, [1], [2], amounts={2: D(61)}) == ["over_matching"]
    assert await refused(conn, account, [1], [2], amounts={1: D(61)}) == ["amounts_do_not_meet"]


async def test_a_match_counts_no_earlier_than_both_its_operations(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "100", FEB))
    assert await refused(conn, account, [1], [2], effective_on=JAN) == ["effective_too_early"]
    assert (await do_match(conn, account, [1], [2], effective_on=FEB)).effective_on == FEB


async def reverse(conn: Connection, account: int, group: int, **more: object) -> Unmatched | tuple[object, ...]:
    request = UnmatchRequest(account, group, "test", **more)  # type: ignore[arg-type]
    return (await unmatch(conn, [request], today=TODAY))[0]


async def test_unmatching_reopens_everything_and_keeps_the_match_as_history(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "100", FEB))
    before = await rows(conn, "select * from account_total order by type_id")
    matched = await do_match(conn, account, [1], [2])
    assert isinstance(await reverse(conn, account, matched.group_number), Unmatched)
    assert await status(conn) == {1: ("O", D(100)), 2: ("O", D(100))}
    assert await rows(conn, "select * from account_total order by type_id") == before
    assert await rows(conn, "select count(*) from match_line") == [(1,)]
    again = await reverse(conn, account, matched.group_number)
    assert isinstance(again, tuple)
    assert again[0].code == "already_unmatched"  # type: ignore[attr-defined]


async def test_one_line_of_a_match_can_be_reversed(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "60"), invoice(account, "60"), payment(account, "100"))
    matched = await do_match(conn, account, [1, 2], [3])
    await reverse(conn, account, matched.group_number, lines=((2, 3),))
    assert await status(conn) == {1: ("L", D(0)), 2: ("O", D(60)), 3: ("P", D(40))}


async def test_a_reopened_operation_is_not_matched_before_the_day_it_was_reopened(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "100", JAN))
    matched = await do_match(conn, account, [1], [2], effective_on=JAN)
    await reverse(conn, account, matched.group_number, effective_on=MAR)
    assert await refused(conn, account, [1], [2], effective_on=FEB) == ["effective_too_early"]


async def test_an_unmatch_before_its_match_is_refused(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "100", FEB))
    matched = await do_match(conn, account, [1], [2], effective_on=FEB)
    answer = await reverse(conn, account, matched.group_number, effective_on=JAN)
    assert isinstance(answer, tuple)
    assert answer[0].code == "effective_too_early"  # type: ignore[attr-defined]


async def test_automatic_matching_pays_oldest_first_in_every_account(conn: Connection) -> None:
    accounts = [await make_account(conn) for _ in range(3)]
    for account in accounts[:2]:
        await post_all(conn, invoice(account, "10", JAN), invoice(account, "10", FEB), payment(account, "15"))
    made = await match_oldest(conn, accounts, await load_types(conn), today=TODAY, actor="test")
    assert [(m.account_id, m.amount) for m in made] == [(accounts[0], D(15)), (accounts[1], D(15))]


@pytest.mark.parametrize("code", ["INV_SD", "CRD_SD"])
async def test_deposit_operations_are_not_matched_by_hand(conn: Connection, code: str) -> None:
    account = await make_account(conn)
    other = payment(account, "10") if code == "INV_SD" else invoice(account, "10")
    deposit = type(other)(account, code, D(10), TODAY)
    await post_all(conn, *((deposit, other) if code == "INV_SD" else (other, deposit)))
    assert await refused(conn, account, [1], [2]) == ["deposit_operation"]


async def test_each_line_of_a_match_counts_from_the_first_day_its_two_ends_allow(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "60", JAN), invoice(account, "40", MAR), payment(account, "100", FEB))
    matched = await do_match(conn, account, [1, 2], [3])
    assert matched.effective_on == MAR
    assert await rows(conn, "select debit_number, effective_on from match_line order by 1") == [(1, FEB), (2, MAR)]
    assert await rows(conn, "select number, closed_on, flat from settled_item order by 1") == [
        (1, FEB, True), (3, MAR, False),
    ]  # fmt: skip


async def test_a_dated_match_has_its_day_on_every_line(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "60", JAN), invoice(account, "40", MAR), payment(account, "100", FEB))
    assert await refused(conn, account, [1, 2], [3], effective_on=FEB) == ["effective_too_early"]
    await do_match(conn, account, [1, 2], [3], effective_on=TODAY)
    assert await rows(conn, "select distinct effective_on from match_line") == [(TODAY,)]
    assert await refused(conn, account, [1], [3], effective_on=date(2026, 11, 23)) == ["already_matched"] * 2


async def test_a_match_and_its_reversal_are_never_dated_after_today(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "60", JAN), payment(account, "60", FEB))
    tomorrow = date(2026, 11, 23)
    assert await refused(conn, account, [1], [2], effective_on=tomorrow) == ["dated_in_future"]
    await do_match(conn, account, [1], [2])
    answer = await reverse(conn, account, 1, effective_on=tomorrow)
    assert isinstance(answer, tuple)
    assert [one.code for one in answer] == ["dated_in_future"]  # type: ignore[attr-defined]
