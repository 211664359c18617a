"""Overdue plans are broken by the job, after the grace of their seller's rule and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from instalments.plans import Plans
from ledger import invoice

from solde.db import transaction
from solde.features import switch
from solde.instalments import PlanState, settings
from solde.instalments.sweeping import break_overdue

JAN = date(2026, 1, 10)


@pytest.fixture
async def account(plans: Plans) -> int:
    """An account of a seller, with an active plan of three instalments from 1 May on."""
    account = await plans.of_seller()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    await plans.activate(account, 1)
    return account


async def sweep(plans: Plans, day: date, **more: Any) -> list[tuple[int, int]]:
    now = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    broken = await break_overdue(plans.pool, now=now, **more)
    plans.today = max(plans.today, day)
    await plans.prove()
    return [(one.account_id, one.plan_number) for one in broken]


async def test_a_plan_is_broken_when_an_instalment_is_overdue_for_longer_than_the_grace(
    plans: Plans, account: int
) -> None:
    assert await sweep(plans, date(2026, 5, 16)) == []
    assert await sweep(plans, date(2026, 5, 17), dry_run=True) == [(account, 1)]
    assert await plans.state(account, 1) is PlanState.ACTIVE
    assert await sweep(plans, date(2026, 5, 17)) == [(account, 1)]
    plan = await plans.plan(account, 1)
    assert (plan.state, plan.ended_by, plan.ended_on) == (PlanState.BROKEN, "system", date(2026, 5, 17))
    assert await plans.dunning(account, date(2026, 5, 17)) == 120
    assert await sweep(plans, date(2026, 5, 17)) == []


async def test_a_plan_that_is_paid_in_time_stays(plans: Plans, account: int) -> None:
    plans.today = date(2026, 5, 1)
    await plans.pay(account, "40")
    assert await sweep(plans, date(2026, 5, 30)) == []
    assert await sweep(plans, date(2026, 6, 17)) == [(account, 1)]


async def test_a_rule_without_grace_breaks_nothing(plans: Plans, account: int) -> None:
    async def change(conn: Any) -> None:
        rule = (await settings.load_rules(conn))[0]
        await settings.put_rule(conn, replace(rule, grace_days=None), [], "test", version=1)

    await transaction(plans.pool, change)
    assert await sweep(plans, date(2026, 12, 1)) == []
    assert await plans.state(account, 1) is PlanState.ACTIVE


async def test_while_the_feature_is_off_nothing_is_broken(plans: Plans, account: int) -> None:
    await transaction(plans.pool, lambda conn: switch(conn, "instalment_plans", on=False, actor="test"))
    assert await sweep(plans, date(2026, 12, 1)) == []
    assert await plans.state(account, 1) is PlanState.ACTIVE


async def test_many_plans_are_broken_a_slice_at_a_time(plans: Plans, account: int) -> None:
    await plans.post(*(invoice(account, "30", JAN) for _ in range(4)))
    for number in range(6, 10):
        await plans.draft(account, number, count=1)
        await plans.activate(account, number - 4)
    found = await sweep(plans, date(2026, 7, 1), slice_size=2)
    assert found == [(account, number) for number in range(1, 6)]
