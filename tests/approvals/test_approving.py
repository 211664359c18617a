"""The kinds of action the application has, on the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from ledger import TODAY, make_account

from solde.app.approving import compose, make_approvals, manual_content
from solde.approvals import Approvals, Executed, Proposal, Waiting, list_limits
from solde.db import Connection, Pool
from solde.kernel.dates import Clock
from solde.kernel.refusals import Refused
from solde.operations import NewOperation, Posted, TypeCatalogue

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def real(pool: Pool, clock: Clock) -> Approvals:
    return make_approvals(clock, TypeCatalogue(pool))


def by_hand(account_id: int, amount: str, type_code: str = "ADJ_INV") -> Proposal:
    new = NewOperation(account_id, type_code, Decimal(amount), TODAY, currency="EUR", description="goodwill")
    return Proposal(
        "manual_operation", account_id, Decimal(amount), "EUR", manual_content(new, "late"), "anna", "agent"
    )


async def operations(conn: Connection) -> list[tuple[object, ...]]:
    return await (await conn.execute("select number, amount, description from operation order by number")).fetchall()


async def test_an_operation_by_hand_is_posted_at_once_or_after_an_approval(conn: Connection, real: Approvals) -> None:
    account_id = await make_account(conn)
    done = await real.submit(conn, by_hand(account_id, "1000"), now=NOW, today=TODAY)
    assert done == Executed(Posted((1,)))
    waits = await real.submit(conn, by_hand(account_id, "1000.01"), now=NOW, today=TODAY)
    assert isinstance(waits, Waiting)
    assert len(await operations(conn)) == 1
    approved = await real.decide(
        conn, waits.approval_id, approve=True, decider="berta", role="controller", reason=None, now=NOW, today=TODAY
    )
    assert approved == Executed(Posted((2,)), waits.approval_id)
    assert await operations(conn) == [(1, Decimal(1000), "goodwill"), (2, Decimal("1000.01"), "goodwill")]


async def test_a_type_that_is_not_made_by_hand_is_refused(conn: Connection, real: Approvals) -> None:
    account_id = await make_account(conn)
    for type_code, code in (("INV_STD", "manual_creation_disallowed"), ("NONE_SUCH", "unknown_operation_type")):
        with pytest.raises(Refused) as refused:
            await real.submit(conn, by_hand(account_id, "1", type_code), now=NOW, today=TODAY)
        assert [r.code for r in refused.value.refusals] == [code]


async def test_a_rehearsal_answers_and_keeps_nothing(conn: Connection, real: Approvals) -> None:
    account_id = await make_account(conn)
    content = by_hand(account_id, "5000").content
    answer = await real.rehearse(conn, "manual_operation", content, actor="anna", role="agent", now=NOW, today=TODAY)
    assert answer == Posted((1,))
    assert await operations(conn) == []


async def test_every_shipped_limit_is_of_a_kind_that_can_be_proposed(conn: Connection, real: Approvals) -> None:
    assert {limit.kind for limit in await list_limits(conn)} <= set(real.kinds)


def test_a_kind_has_one_executor(real: Approvals) -> None:
    with pytest.raises(AssertionError, match="two executors"):
        compose([real._executors, real._executors])
