"""The work list of litigation on a real database."""

from __future__ import annotations

from datetime import date

import pytest
from ledger import TODAY, D, invoice, make_account, post_all, rows

from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.litigation import (
    DisputeFilter,
    DisputeRequest,
    DisputeVerb,
    change_reason,
    create_reason,
    dispute,
    list_disputes,
    list_owners,
    list_reasons,
    total_disputes,
)

JAN, FEB, MAR, APR = (date(2026, month, 10) for month in (1, 2, 3, 4))
ENTER, UPDATE, REMOVE = DisputeVerb.ENTER, DisputeVerb.UPDATE, DisputeVerb.REMOVE


async def argued(conn: Connection) -> tuple[int, int]:
    """Two accounts, of EUR and USD, with three litigations."""
    first, second = await make_account(conn), await make_account(conn, "USD")
    await post_all(conn, invoice(first, "100", JAN, reference="F-1"), invoice(first, "50", JAN, reference="F-2"))
    await post_all(conn, invoice(second, "70", JAN, reference="U-1"))
    wishes = [
        DisputeRequest(first, 1, ENTER, "test", D(40), MAR, "old tariff", "anna", APR, "PRICE"),
        DisputeRequest(first, 2, ENTER, "test", None, FEB, "lost", "Ben", None, "NOT_DELIVERED"),
        DisputeRequest(second, 1, ENTER, "test", D(10), APR, "why", None, FEB),
    ]
    answers = await dispute(conn, wishes, today=TODAY)
    assert not any(isinstance(one, tuple) for one in answers), answers
    return first, second


async def found(conn: Connection, chosen: DisputeFilter, **more: object) -> list[str | None]:
    return [one.reference for one in (await list_disputes(conn, chosen, **more)).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "references"),
    [
        (DisputeFilter(), ["F-2", "F-1", "U-1"]),
        (DisputeFilter(reason_code=("PRICE",)), ["F-1"]),
        (DisputeFilter(owner=("ANNA", "ben")), ["F-2", "F-1"]),
        (DisputeFilter(owned=False), ["U-1"]),
        (DisputeFilter(review_overdue=True, today=APR), ["U-1"]),
        (DisputeFilter(age_from=31, today=APR), ["F-2", "F-1"]),
        (DisputeFilter(currency="USD"), ["U-1"]),
        (DisputeFilter(q="TARIFF"), ["F-1"]),
        (DisputeFilter(q="not deliv"), ["F-2"]),
        (DisputeFilter(seller_id=0), []),
    ],
)
async def test_the_list_is_filtered(conn: Connection, chosen: DisputeFilter, references: list[str]) -> None:
    await argued(conn)
    assert await found(conn, chosen) == references


@pytest.mark.parametrize(
    ("column", "references"),
    [("since", ["F-2", "F-1", "U-1"]), ("amount", ["U-1", "F-1", "F-2"]), ("review", ["U-1", "F-1", "F-2"])],
)
async def test_pages_follow_each_other_in_either_direction(
    conn: Connection, column: str, references: list[str]
) -> None:
    await argued(conn)
    for descending in (False, True):
        seen: list[str | None] = []
        cursor: str | None = None
        while True:
            page = await list_disputes(conn, sort=f"-{column}" if descending else column, limit=1, cursor=cursor)
            seen += [one.reference for one in page.items]
            if (cursor := page.next) is None:
                break
        assert seen == (references[::-1] if descending else references)


async def test_totals_are_of_each_currency(conn: Connection) -> None:
    await argued(conn)
    assert [(one.currency, one.count, one.sums["disputed"]) for one in await total_disputes(conn)] == [
        ("EUR", 2, D(90)),
        ("USD", 1, D(10)),
    ]
    assert await list_owners(conn) == ["anna", "Ben"]


async def test_the_list_follows_update_and_removal(conn: Connection) -> None:
    first, _ = await argued(conn)
    wishes = [
        DisputeRequest(first, 1, UPDATE, "test", D(25), owner="carl"),
        DisputeRequest(first, 2, REMOVE, "test", reason="settled"),
    ]
    await dispute(conn, wishes, today=TODAY)
    (one,) = (await list_disputes(conn, DisputeFilter(currency="EUR", today=APR))).items
    assert (one.disputed, one.owner, one.reason, one.since_on) == (D(25), "carl", "old tariff", MAR)
    assert (one.amount, one.open, one.age, one.is_overdue) == (D(100), D(100), 31, False)


async def test_a_cursor_of_another_order_is_refused(conn: Connection) -> None:
    await argued(conn)
    page = await list_disputes(conn, limit=1)
    for cursor in (page.next, "nonsense"):
        with pytest.raises(Refused) as caught:
            await list_disputes(conn, sort="amount", cursor=cursor)
        assert caught.value.refusals[0].code == "bad_cursor"


async def test_the_oldest_are_found_without_reading_all(conn: Connection) -> None:
    await argued(conn)
    await conn.execute("set local enable_seqscan = off")
    text = "explain select * from open_dispute order by since_on, account_id, number limit 50"
    plan = "\n".join(str(row[0]) for row in await rows(conn, text))
    assert "open_dispute_since" in plan
    assert "Sort" not in plan


async def test_reasons_are_made_and_changed(conn: Connection) -> None:
    made = await create_reason(conn, "DAMAGED", "Damaged on the way", actor="test")
    assert made.position == 8
    gone = await change_reason(conn, "DAMAGED", actor="test", is_active=False, seen=made)
    assert [one for one in await list_reasons(conn) if not one.is_active] == [gone]
    verbs = await rows(conn, "select verb from audit_record where verb like 'litigation_reason%%' order by action_id")
    assert verbs == [("litigation_reason_create",), ("litigation_reason_change",)]


@pytest.mark.parametrize(
    ("code", "label", "position", "refused"),
    [
        ("price", "x", None, "litigation_reason_code_invalid"),
        ("NEW", " ", None, "litigation_reason_label_missing"),
        ("NEW", "x", 0, "litigation_reason_position_invalid"),
        ("PRICE", "x", None, "litigation_reason_taken"),
    ],
)
async def test_unfit_reasons_are_refused(
    conn: Connection, code: str, label: str, position: int | None, refused: str
) -> None:
    with pytest.raises(Refused) as caught:
        await create_reason(conn, code, label, actor="test", position=position)
    assert caught.value.refusals[0].code == refused
