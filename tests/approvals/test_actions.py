"""Actions within limits and above them, on the database."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from solde.approvals import (
    Approvals,
    ApprovalState,
    Executed,
    Limit,
    Proposal,
    Rejected,
    Waiting,
    count_waiting,
    get_approval,
    list_approvals,
    list_limits,
    set_limit,
    set_limits,
)
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.refusals import Refused

D = Decimal
TODAY = date(2026, 11, 22)


def refund(amount: str, actor: str = "anna", role: str = "cashier", **content: Any) -> Proposal:
    return Proposal("refund", 5, D(amount), "EUR", {"credit": 3} | content, actor, role, "overpaid")


async def submit(
    pool: Pool, approvals: Approvals, proposal: Proposal, clock: Clock, day: date = TODAY
) -> Executed | Waiting:
    return await transaction(pool, lambda conn: approvals.submit(conn, proposal, now=clock(), today=day))


async def wait_for(pool: Pool, approvals: Approvals, clock: Clock, **content: Any) -> int:
    """An approval of 600 EUR that waits."""
    answer = await submit(pool, approvals, refund("600", **content), clock)
    assert isinstance(answer, Waiting), answer
    return answer.approval_id


async def decide(
    pool: Pool,
    approvals: Approvals,
    approval_id: int,
    clock: Clock,
    *,
    approve: bool = True,
    decider: str = "berta",
    role: str = "controller",
    reason: str | None = "checked",
) -> Executed | Rejected:
    async def work(conn: Connection) -> Executed | Rejected:
        return await approvals.decide(
            conn, approval_id, approve=approve, decider=decider, role=role, reason=reason, now=clock(), today=TODAY
        )

    return await transaction(pool, work)


async def fetch(pool: Pool, query: str) -> list[tuple[object, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query.encode())).fetchall()


async def noted(pool: Pool) -> list[object]:
    rows = await fetch(pool, "select after -> 'content' from audit_record where verb = 'noted' order by action_id")
    return [row[0] for row in rows]


async def state_of(pool: Pool, approval_id: int, now: datetime) -> ApprovalState:
    async with pool.connection() as conn:
        return (await get_approval(conn, approval_id, now=now)).state


async def codes_of(work: object) -> list[str]:
    with pytest.raises(Refused) as refused:
        await work  # type: ignore[misc]
    return [r.code for r in refused.value.refusals]


async def test_within_the_limit_it_is_done_at_once(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    answer = await submit(pool, approvals, refund("500"), clock)
    assert answer == Executed({"noted": {"credit": 3}})
    assert await noted(pool) == [{"credit": 3}]
    assert await fetch(pool, "select count(*) from approval") == [(0,)]


async def test_above_the_limit_nothing_is_done_until_a_second_person_approves(
    pool: Pool, approvals: Approvals, clock: Clock
) -> None:
    number = await wait_for(pool, approvals, clock)
    assert await noted(pool) == []
    assert await state_of(pool, number, clock()) is ApprovalState.WAITING
    answer = await decide(pool, approvals, number, clock)
    assert answer == Executed({"noted": {"credit": 3}}, number)
    assert await fetch(pool, "select actor, after ->> 'approver' from audit_record where verb = 'noted'") == [
        ("anna", "berta")
    ]
    async with pool.connection() as conn:
        approval = await get_approval(conn, number, now=clock())
    assert (approval.state, approval.decided_by, approval.decision_reason) == ("APPROVED", "berta", "checked")


async def test_a_role_without_a_limit_never_waits(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    for role in ("admin", "program"):
        assert isinstance(await submit(pool, approvals, refund("9999999", role=role), clock), Executed)
    paid = Proposal("payment", 5, D(9999999), "EUR", {}, "anna", "cashier")
    assert isinstance(await submit(pool, approvals, paid, clock), Executed)
    assert await fetch(pool, "select count(*) from approval_day") == [(0,)]


async def test_the_day_limit_counts_each_actor_kind_currency_and_day_apart(
    pool: Pool, approvals: Approvals, clock: Clock
) -> None:
    for _ in range(4):
        assert isinstance(await submit(pool, approvals, refund("500"), clock), Executed)
    assert isinstance(await submit(pool, approvals, refund("0.01"), clock), Waiting)
    other = Proposal("write_off", 5, D(50), "EUR", {}, "anna", "cashier")
    dollars = Proposal("refund", 6, D(500), "USD", {}, "anna", "cashier")
    for one in (refund("500", actor="carl"), other, dollars):
        assert isinstance(await submit(pool, approvals, one, clock), Executed)
    assert isinstance(await submit(pool, approvals, refund("500"), clock, TODAY + timedelta(days=1)), Executed)


async def test_sixteen_at_once_do_not_pass_the_day_limit(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    asked = [submit(pool, approvals, refund("300", nth=nth), clock) for nth in range(16)]
    answers = await asyncio.gather(*asked)
    done = [one for one in answers if isinstance(one, Executed)]
    assert (len(done), len(answers) - len(done)) == (6, 10)
    assert len(await noted(pool)) == 6
    assert await fetch(pool, "select used from approval_day") == [(D(1800),)]
    assert await fetch(pool, "select sum(amount), count(*) from approval_use") == [(D(1800), 6)]


async def test_a_refused_action_uses_nothing_of_the_day(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    for way in ("raise", "give"):
        assert await codes_of(submit(pool, approvals, refund("500", refuse=way), clock)) == ["not_found"]
    assert await fetch(pool, "select sum(used) from approval_day") in ([(None,)], [(D(0),)])
    assert await noted(pool) == []


async def test_what_a_second_person_approved_does_not_use_up_the_day(
    pool: Pool, approvals: Approvals, clock: Clock
) -> None:
    await decide(pool, approvals, await wait_for(pool, approvals, clock), clock)
    for _ in range(4):
        assert isinstance(await submit(pool, approvals, refund("500"), clock), Executed)


async def test_a_dry_run_leaves_nothing(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    for amount, kind in (("500", Executed), ("600", Waiting)):
        answer = await transaction(
            pool,
            lambda conn, amount=amount: approvals.submit(conn, refund(amount), now=clock(), today=TODAY),  # type: ignore[misc]
            dry_run=True,
        )
        assert isinstance(answer, kind)
    assert await fetch(pool, "select (select count(*) from approval), (select count(*) from approval_use)") == [(0, 0)]
    assert await noted(pool) == []


async def test_nobody_decides_what_they_proposed(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    number = await wait_for(pool, approvals, clock)
    for approve in (True, False):
        refused = decide(pool, approvals, number, clock, approve=approve, decider="Anna", role="admin")
        assert await codes_of(refused) == ["own_proposal"]
    assert await state_of(pool, number, clock()) is ApprovalState.WAITING


@pytest.mark.parametrize("role", ["viewer", "agent", "cashier", "accountant", "auditor", "program", "nobody"])
async def test_only_roles_that_may_decide_do(pool: Pool, approvals: Approvals, clock: Clock, role: str) -> None:
    number = await wait_for(pool, approvals, clock)
    assert await codes_of(decide(pool, approvals, number, clock, role=role)) == ["forbidden"]


async def test_an_approver_stays_within_the_own_limit(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    answer = await submit(pool, approvals, refund("5000.01"), clock)
    assert isinstance(answer, Waiting)
    assert await codes_of(decide(pool, approvals, answer.approval_id, clock)) == ["approver_limit_too_low"]
    assert isinstance(await decide(pool, approvals, answer.approval_id, clock, role="admin"), Executed)


async def test_a_rejection_does_nothing_and_says_why(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    number = await wait_for(pool, approvals, clock)
    assert await decide(pool, approvals, number, clock, approve=False, reason="paid twice") == Rejected(number)
    assert await noted(pool) == []
    assert await codes_of(decide(pool, approvals, number, clock)) == ["approval_settled"]


async def test_who_proposed_it_takes_it_back(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    number = await wait_for(pool, approvals, clock)

    async def withdraw(actor: str) -> None:
        await transaction(pool, lambda conn: approvals.withdraw(conn, number, actor=actor, now=clock()))

    assert await codes_of(withdraw("berta")) == ["proposal_not_yours"]
    await withdraw("anna")
    assert await state_of(pool, number, clock()) is ApprovalState.WITHDRAWN
    assert await codes_of(decide(pool, approvals, number, clock)) == ["approval_settled"]
    assert await codes_of(withdraw("anna")) == ["approval_settled"]


async def test_of_two_who_decide_at_once_one_wins(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    number = await wait_for(pool, approvals, clock)
    deciders = [decide(pool, approvals, number, clock, decider=f"person {i}", approve=i % 2 == 0) for i in range(8)]
    answers = await asyncio.gather(*deciders, return_exceptions=True)
    assert len([one for one in answers if isinstance(one, Executed | Rejected)]) == 1
    lost = [one.refusals[0].code for one in answers if isinstance(one, Refused)]
    assert lost == ["approval_settled"] * 7
    done = [one for one in answers if isinstance(one, Executed)]
    assert len(await noted(pool)) == len(done)


@pytest.mark.parametrize("way", ["raise", "give"])
async def test_an_approved_action_that_is_refused_goes_on_waiting(
    pool: Pool, approvals: Approvals, clock: Clock, way: str
) -> None:
    number = await wait_for(pool, approvals, clock, refuse=way)
    assert await codes_of(decide(pool, approvals, number, clock)) == ["not_found"]
    assert await state_of(pool, number, clock()) is ApprovalState.WAITING
    assert await noted(pool) == []
    assert await decide(pool, approvals, number, clock, approve=False) == Rejected(number)


async def test_after_fourteen_days_it_has_expired(pool: Pool, approvals: Approvals, clock: object) -> None:
    number = await wait_for(pool, approvals, clock)  # type: ignore[arg-type]
    clock.advance(days=14)  # type: ignore[attr-defined]
    now = clock()  # type: ignore[operator]
    assert await state_of(pool, number, now) is ApprovalState.EXPIRED
    assert await codes_of(decide(pool, approvals, number, clock)) == ["approval_expired"]  # type: ignore[arg-type]
    async with pool.connection() as conn:
        assert await count_waiting(conn, now=now) == 0
        listed = {s: len((await list_approvals(conn, state=s, now=now)).items) for s in ("WAITING", "EXPIRED", None)}
    assert listed == {"WAITING": 0, "EXPIRED": 1, None: 1}


async def test_the_application_cannot_change_what_was_proposed(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    await wait_for(pool, approvals, clock)
    for change in ("content = '{}'", "amount = 1", "digest = digest", "proposed_by = 'x'", "expires_at = now()"):
        with pytest.raises(InsufficientPrivilege):
            await fetch(pool, f"update approval set {change} returning 1")
    with pytest.raises(InsufficientPrivilege):
        await fetch(pool, "delete from approval returning 1")


async def test_content_changed_behind_our_back_is_not_done(
    pool: Pool, approvals: Approvals, clock: Clock, database_url: str
) -> None:
    number = await wait_for(pool, approvals, clock)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("""update approval set content = '{"credit": 4}'""")
    assert await codes_of(decide(pool, approvals, number, clock)) == ["approval_content_differs"]
    assert await noted(pool) == []


async def test_not_even_the_database_takes_an_own_approval(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    await wait_for(pool, approvals, clock)
    with pytest.raises(CheckViolation):
        await fetch(
            pool, "update approval set state = 'APPROVED', decided_by = 'ANNA', decided_at = created_at returning 1"
        )


async def test_every_step_is_audited_with_the_digest(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    number = await wait_for(pool, approvals, clock)
    await decide(pool, approvals, number, clock)
    digest = (await fetch(pool, "select encode(digest, 'hex') from approval"))[0][0]
    trail = await fetch(
        pool,
        "select account_id, actor, verb, reason, after ->> 'digest' from audit_record where verb like 'approval%'"
        " order by action_id",
    )
    assert trail == [
        (5, "anna", "approval_propose", "overpaid", digest),
        (5, "berta", "approval_approve", "checked", digest),
    ]


async def test_awkward_content_comes_back_as_it_was(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    content = {"text": "ü \x00 \u2028 \"'", "small": 1e-7, "large": 1e22, "deep": [{"b": None, "a": [True]}], "": ""}
    number = await wait_for(pool, approvals, clock, **content)
    async with pool.connection() as conn:
        approval = await get_approval(conn, number, now=clock())
    assert approval.content == {"credit": 3} | content


async def test_lists_are_paged_and_filtered(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    numbers = [await wait_for(pool, approvals, clock, nth=nth) for nth in range(5)]
    written = Proposal("write_off", 5, D(60), "EUR", {}, "carl", "agent")
    last = await submit(pool, approvals, written, clock)
    assert isinstance(last, Waiting)
    async with pool.connection() as conn:
        first = await list_approvals(conn, limit=4, now=clock())
        second = await list_approvals(conn, limit=4, cursor=first.next, now=clock())
        assert [a.approval_id for a in (*first.items, *second.items)] == [last.approval_id, *reversed(numbers)]
        assert second.next is None
        assert [a.kind for a in (await list_approvals(conn, kinds=["write_off"], now=clock())).items] == ["write_off"]
        assert len((await list_approvals(conn, actor="anna", now=clock())).items) == 5
        assert len((await list_approvals(conn, but_not_of="Anna", now=clock())).items) == 1
        assert len((await list_approvals(conn, state=["WAITING", "REJECTED"], now=clock())).items) == 6
        assert await count_waiting(conn, now=clock()) == 6
        assert await count_waiting(conn, but_not_of="anna", now=clock()) == 1
        assert await count_waiting(conn, seller_id=1, now=clock()) == 0
        assert await codes_of(list_approvals(conn, state="DONE")) == ["unknown_approval_state"]
        assert await codes_of(list_approvals(conn, cursor="x")) == ["bad_cursor"]
        assert await codes_of(get_approval(conn, 999)) == ["unknown_approval"]


async def test_an_unknown_kind_is_refused(pool: Pool, approvals: Approvals, clock: Clock) -> None:
    odd = Proposal("gift", 5, D(1), "EUR", {}, "anna", "cashier")
    assert await codes_of(submit(pool, approvals, odd, clock)) == ["unknown_action_kind"]


async def test_a_limit_of_a_currency_comes_before_that_of_all(
    conn: Connection, approvals: Approvals, clock: Clock
) -> None:
    kinds = approvals.kinds
    await set_limit(conn, Limit("cashier", "refund", "JPY", D(80000), None), kinds=kinds, actor="root")
    yen = Proposal("refund", 5, D(80000), "JPY", {}, "anna", "cashier")
    assert isinstance(await approvals.submit(conn, yen, now=clock(), today=TODAY), Executed)
    dollars = Proposal("refund", 5, D(80000), "USD", {}, "anna", "cashier")
    assert isinstance(await approvals.submit(conn, dollars, now=clock(), today=TODAY), Waiting)


async def test_limits_are_set_and_audited_once(conn: Connection, approvals: Approvals) -> None:
    wanted = [Limit("cashier", "refund", "*", D(100), None), Limit("viewer", "payment", "EUR", None, D(7))]
    for _ in range(2):
        await set_limits(conn, wanted, kinds=approvals.kinds, actor="root", reason="tighter")
    assert set(wanted) <= set(await list_limits(conn))
    trail = await (
        await conn.execute("select actor, reason, before, after from audit_record where verb = 'approval_limits_set'")
    ).fetchall()
    old = {"role": "cashier", "kind": "refund", "currency": "*", "single_most": "500", "day_most": "2000"}
    new = old | {"single_most": "100", "day_most": None}
    other = {"role": "viewer", "kind": "payment", "currency": "EUR", "single_most": None, "day_most": "7"}
    assert trail == [("root", "tighter", [old], [new, other])]


async def test_every_bad_limit_is_named(conn: Connection, approvals: Approvals) -> None:
    bad = [Limit("boss", "refund", "*", None, None), Limit("agent", "refnud", "*", D(-1), None)]
    with pytest.raises(Refused) as refused:
        await set_limits(conn, bad, kinds=approvals.kinds, actor="root")
    assert [(r.code, r.row) for r in refused.value.refusals] == [
        ("unknown_role", 0),
        ("unknown_action_kind", 1),
        ("limit_below_zero", 1),
    ]
