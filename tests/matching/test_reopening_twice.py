"""An operation that is settled, opened, settled and opened again may be matched from its latest reopening on."""

from __future__ import annotations

from datetime import date

from ledger import invoice, make_account, payment, post_all, rows

from solde.db import Connection
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.payments import ReversalRequest, reject_payment

START, TODAY = date(2026, 8, 1), date(2026, 11, 22)


async def paid_in_two(conn: Connection) -> int:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", START), *(payment(account, one, START) for one in ("40", "60")))
    return account


async def settle(conn: Connection, account: int, credit: int, on: date | None = None) -> object:
    wish = MatchRequest(account, (1,), (credit,), "test", effective_on=on)
    (answer,) = await match(conn, [wish], await load_types(conn), today=TODAY)
    return answer


async def open_again(conn: Connection, account: int, group: int, on: date) -> None:
    (answer,) = await unmatch(conn, [UnmatchRequest(account, group, "test", effective_on=on)], today=TODAY)
    assert isinstance(answer, Unmatched)


async def say(conn: Connection, account: int, verb: DisputeVerb, on: date | None) -> None:
    (answer,) = await dispute(conn, [DisputeRequest(account, 1, verb, "test", None, on, "why")], today=TODAY)
    assert not isinstance(answer, tuple)


async def first_day(conn: Connection, account: int) -> object:
    query = "select not_before from open_item where account_id = %(account)s and number = 1"
    ((found,),) = await rows(conn, query, account=account)
    return found


async def test_a_later_reopening_counts_after_the_operation_was_settled_anew(conn: Connection) -> None:
    account = await paid_in_two(conn)
    await settle(conn, account, 2)
    await settle(conn, account, 3)
    await open_again(conn, account, 2, date(2026, 11, 1))
    await settle(conn, account, 3)
    await open_again(conn, account, 1, date(2026, 9, 1))
    assert await first_day(conn, account) == date(2026, 11, 1)
    assert not isinstance(await settle(conn, account, 2, date(2026, 9, 2)), Matched)


async def test_the_day_a_litigation_ended_counts_after_a_rejection(conn: Connection) -> None:
    account = await paid_in_two(conn)
    await settle(conn, account, 2)
    await say(conn, account, DisputeVerb.ENTER, date(2026, 8, 5))
    await say(conn, account, DisputeVerb.REMOVE, None)
    await settle(conn, account, 3)
    bounced = ReversalRequest(account, 2, "test", "insufficient funds", on=date(2026, 8, 8))
    (answer,) = await reject_payment(conn, [bounced], await load_types(conn), today=TODAY)
    assert not isinstance(answer, tuple)
    assert await first_day(conn, account) == TODAY
