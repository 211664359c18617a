"""Litigation on a real database: what it takes out of matching, and what it refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.balances import Moment, balances_of, definitions_now
from solde.db import Connection
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute, list_events
from solde.matching import MatchRequest, match
from solde.operations import load_types

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)
ENTER, UPDATE, REMOVE = DisputeVerb.ENTER, DisputeVerb.UPDATE, DisputeVerb.REMOVE


async def do(conn: Connection, account: int, verb: DisputeVerb, number: int = 1, **more: object) -> str:
    """The code of the refusal, or `done`."""
    request = DisputeRequest(account, number, verb, "test", **{"reason": "why", **more})  # type: ignore[arg-type]
    (answer,) = await dispute(conn, [request], today=TODAY)
    return "done" if isinstance(answer, Disputed) else answer[0].code


async def test_a_part_in_dispute_leaves_the_rest_to_be_matched(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "100", JAN))
    assert await do(conn, account, ENTER, amount=D(40)) == "done"
    (answer,) = await match(conn, [MatchRequest(account, (1,), (2,), "test")], await load_types(conn), today=TODAY)
    assert getattr(answer, "amount", None) == D(60)
    assert await rows(conn, "select number, matching_status, open, disputed from operation_now order by 1") == [
        (1, "I", D(40), D(40)),
        (2, "P", D(40), D(0)),
    ]
    assert await do(conn, account, REMOVE) == "done"
    assert await rows(conn, "select matching_status from operation_now where number = 1") == [("P",)]


async def test_its_history_stays(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN))
    for verb, on, amount in ((ENTER, JAN, D(40)), (UPDATE, FEB, D(70)), (REMOVE, MAR, None)):
        assert await do(conn, account, verb, effective_on=on, amount=amount) == "done"
    events = await list_events(conn, account, [1])
    assert [(e.verb, e.effective_on, e.disputed) for e in events] == [
        ("ENTER", JAN, D(40)),
        ("UPDATE", FEB, D(70)),
        ("REMOVE", MAR, D(0)),
    ]


async def test_each_day_has_the_balances_of_what_was_disputed_on_it(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", date(2025, 12, 1), date(2025, 12, 31)))
    for verb, on, amount in ((ENTER, JAN, D(40)), (UPDATE, FEB, D(70)), (REMOVE, MAR, None)):
        assert await do(conn, account, verb, effective_on=on, amount=amount) == "done"
    definitions = await definitions_now(conn)
    found: dict[date, tuple[Decimal, Decimal]] = {}
    for day in (date(2026, 1, 9), JAN, date(2026, 2, 9), FEB, date(2026, 3, 9), MAR):
        figures = {
            b.definition.code: b.figures.balance
            for b in await balances_of(conn, account, definitions, Moment(day, day))
        }
        found[day] = figures["default"], figures["dunning"]
    assert list(found.values()) == [
        (D(100), D(100)), (D(100), D(60)), (D(100), D(60)), (D(100), D(30)), (D(100), D(30)), (D(100), D(100)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "number", "more", "code"),
    [
        (ENTER, 2, {}, "not_disputable"),
        (ENTER, 9, {}, "unknown_operation"),
        (UPDATE, 1, {}, "not_disputed"),
        (REMOVE, 1, {}, "not_disputed"),
        (ENTER, 1, {"amount": D(101)}, "disputed_more_than_open"),
        (ENTER, 1, {"amount": D(0)}, "amount_not_positive"),
        (ENTER, 1, {"reason": " "}, "reason_needed"),
        (ENTER, 1, {"effective_on": date(2027, 1, 1)}, "dated_in_future"),
        (ENTER, 1, {"effective_on": date(2025, 1, 1)}, "litigation_too_early"),
        (ENTER, 3, {}, "already_disputed"),
    ],
)
async def test_what_cannot_be_disputed_is_refused(
    conn: Connection, verb: DisputeVerb, number: int, more: dict[str, object], code: str
) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", JAN), payment(account, "10", JAN), invoice(account, "5", JAN))
    assert await do(conn, account, ENTER, 3) == "done"
    assert await do(conn, account, verb, number, **more) == code
