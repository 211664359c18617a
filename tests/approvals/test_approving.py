"""The kinds of action the application has, on the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from ledger import TODAY, invoice, make_account, post_all

from solde.app.approving import FEATURES, compose, make_approvals, manual_content
from solde.approvals import Approvals, Executed, Proposal, Rejected, Waiting, count_waiting, list_limits
from solde.db import Connection, Pool
from solde.features import list_features, switch
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
    assert isinstance(done, Executed)
    assert isinstance(done.answer, Posted)
    assert (done.answer.numbers, done.approval_id) == ((1,), None)
    waits = await real.submit(conn, by_hand(account_id, "1000.01"), now=NOW, today=TODAY)
    assert isinstance(waits, Waiting)
    assert len(await operations(conn)) == 1
    approved = await real.decide(
        conn, waits.approval_id, approve=True, decider="berta", role="controller", reason=None, now=NOW, today=TODAY
    )
    assert isinstance(approved, Executed)
    assert isinstance(approved.answer, Posted)
    assert (approved.answer.numbers, approved.approval_id) == ((2,), waits.approval_id)
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
    assert isinstance(answer, Posted)
    assert answer.numbers == (1,)
    assert await operations(conn) == []


async def test_every_shipped_limit_is_of_a_kind_that_can_be_proposed(conn: Connection, real: Approvals) -> None:
    assert {limit.kind for limit in await list_limits(conn)} <= set(real.kinds)


def test_a_kind_has_one_executor(real: Approvals) -> None:
    with pytest.raises(AssertionError, match="two executors"):
        compose([real._executors, real._executors])


async def test_a_kind_of_a_feature_that_is_off_is_refused_before_anything_else(
    conn: Connection, real: Approvals
) -> None:
    for feature in await list_features(conn):
        await switch(conn, feature.code, False, "root")
    refused_as_off = set()
    for kind in real.kinds:
        with pytest.raises((Refused, LookupError, ValueError)) as raised:
            await real.rehearse(conn, kind, {}, actor="anna", role="admin", now=NOW, today=TODAY)
        if isinstance(raised.value, Refused) and raised.value.refusals[0].code == "action_feature_off":
            refused_as_off.add(kind)
    always_there = {"manual_operation", "payment", "receipt_assignment", "refund", "rejection", "transfer"}
    assert refused_as_off == set(FEATURES) == set(real.kinds) - always_there


async def test_what_waits_is_not_done_while_its_feature_is_off_and_is_once_it_is_on_again(
    conn: Connection, real: Approvals
) -> None:
    account_id = await make_account(conn)
    await post_all(conn, invoice(account_id, "9000"))
    content = {"account_id": account_id, "number": 1, "reason": "insolvent", "amount": "9000"}
    asked = Proposal("write_off", account_id, Decimal(9000), "EUR", content, "anna", "accountant")
    waits = await real.submit(conn, asked, now=NOW, today=TODAY)
    assert isinstance(waits, Waiting)

    async def approve() -> Executed | Rejected:
        return await real.decide(
            conn, waits.approval_id, approve=True, decider="berta", role="admin", reason=None, now=NOW, today=TODAY
        )

    await switch(conn, "write_offs", False, "root")
    with pytest.raises(Refused) as refused:
        await approve()
    assert [r.message for r in refused.value.refusals] == ["the feature Write-offs is switched off"]
    assert len(await operations(conn)) == 1
    await switch(conn, "write_offs", True, "root")
    assert isinstance(await approve(), Executed)
    assert len(await operations(conn)) == 2


async def test_what_waits_is_rejected_and_withdrawn_while_its_feature_is_off(conn: Connection, real: Approvals) -> None:
    account_id = await make_account(conn)
    await post_all(conn, invoice(account_id, "9000"))
    content = {"account_id": account_id, "number": 1, "reason": "insolvent"}
    first, second = [
        await real.submit(
            conn,
            Proposal(
                "write_off", account_id, Decimal(amount), "EUR", content | {"amount": amount}, "anna", "accountant"
            ),
            now=NOW,
            today=TODAY,
        )
        for amount in ("9000", "8000")
    ]
    assert isinstance(first, Waiting)
    assert isinstance(second, Waiting)
    await switch(conn, "write_offs", False, "root")
    ended = await real.decide(
        conn, first.approval_id, approve=False, decider="berta", role="admin", reason="no", now=NOW, today=TODAY
    )
    assert ended == Rejected(first.approval_id)
    await real.withdraw(conn, second.approval_id, actor="anna", now=NOW)
    assert await count_waiting(conn, now=NOW) == 0
