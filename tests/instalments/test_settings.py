"""Plans under the rule and the calendar of a seller."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from instalments.plans import Plans
from ledger import D, invoice

from solde.db import transaction
from solde.instalments import (
    PlanRequest,
    PlanTerms,
    Remainder,
    Start,
    Unit,
    draft,
    settings,
)
from solde.instalments.model import Holiday, Limits

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


async def test_fee_and_interest_are_debits_of_their_own_and_part_of_the_instalments(plans: Plans) -> None:
    async def change(conn: Any) -> None:
        rule = (await settings.load_rules(conn))[0]
        changed = _with(rule, interest=D("7.3"), limits={"*": Limits(fee=D(6))}, default_count=2)
        await settings.put_rule(conn, changed, [], "test", version=1)

    await transaction(plans.pool, change)
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN, FEB))
    made = await plans.draft(account, 1, first_on=date(2026, 4, 11), unit=Unit.DAY, start=Start.TODAY)
    # 120 × 7.3 % × (12 + 13 days) / 2 / 365: the first falls on a Saturday and moves to Monday the 13th, then the 14th.
    assert (made.schedule.fee, made.schedule.interest, made.schedule.amount) == (D(6), D("0.3"), D("126.3"))
    active = await plans.activate(account, 1)
    assert [(p.type_code, p.amount) for p in active.effect.posted] == [
        ("PPL_FEE", D(6)), ("PPL_INT", D("0.3")), ("PPL_CREATION", D("126.3")),
        ("PPL_INSTALLMENT", D("63.15")), ("PPL_INSTALLMENT", D("63.15")),
    ]  # fmt: skip
    assert sorted(await plans.open(account)) == [5, 6]
    assert await plans.balance(account) == D("126.3")
    await plans.pay(account, "63.15")
    await plans.break_plan(account, 1)
    assert await plans.open(account) == {1: D("56.85"), 2: D(6), 3: D("0.3")}


def _with(rule: Any, **changes: Any) -> Any:
    return replace(rule, **changes)


async def test_limits_of_the_rule_hold(plans: Plans) -> None:
    async def change(conn: Any) -> None:
        rule = (await settings.load_rules(conn))[0]
        limits = {"EUR": Limits(D(50), D(200), D(30)), "*": Limits(D(1))}
        await settings.put_rule(conn, _with(rule, limits=limits), [], "test", version=1)

    await transaction(plans.pool, change)
    account = await plans.account()
    await plans.post(invoice(account, "49.99", JAN), invoice(account, "120", JAN), invoice(account, "90", JAN))

    async def codes(*debits: int, **wish: Any) -> list[str]:
        return await plans.codes(draft, PlanRequest(account, debits, "test", PlanTerms(**wish)))

    assert await codes(1) == ["plan_amount_too_small"]
    assert await codes(2, 3) == ["plan_amount_too_large"]
    assert await codes(2, count=5) == ["instalment_too_small"] * 5
    rest = await plans.draft(account, 2, count=3, instalment=D(35), remainder=Remainder.ADDITIONAL)
    assert [part.amount for part in rest.schedule.parts] == [D(35), D(35), D(35), D(15)]
    await plans.activate(account, 1)


async def test_a_rule_for_customers_of_categories_refuses_others(plans: Plans) -> None:
    async def change(conn: Any) -> None:
        rule = (await settings.load_rules(conn))[0]
        await settings.put_rule(conn, _with(rule, categories=("KEY",)), ["KEY"], "test", version=1)

    await transaction(plans.pool, change)
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    assert await plans.codes(draft, PlanRequest(account, (1,), "test")) == ["plan_category_not_allowed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"default_count": 0}, "rule_count_unfit"),
        ({"default_count": 25}, "rule_count_unfit"),
        ({"most_count": 367}, "rule_count_unfit"),
        ({"grace_days": -1}, "rule_grace_unfit"),
        ({"interest": D(101)}, "rule_interest_unfit"),
        ({"interest": D("NaN")}, "rule_interest_unfit"),
        ({"categories": ("X",)}, "rule_category_unknown"),
        ({"limits": {"eur": Limits()}}, "rule_currency_unfit"),
        ({"limits": {"EUR": Limits(D(5), D(4))}}, "rule_amount_unfit"),
        ({"limits": {"EUR": Limits(fee=D(-1))}}, "rule_amount_unfit"),
        ({"limits": {"EUR": Limits(least=D(0))}}, "rule_amount_unfit"),
    ],
)
async def test_rules_that_cannot_be_kept_are_refused(plans: Plans, change: dict[str, Any], code: str) -> None:
    async with plans.pool.connection() as conn:
        rule = (await settings.load_rules(conn))[0]
    assert [bad.code for bad in settings.check_rule(_with(rule, **change), [])] == [code]


async def test_a_calendar_moves_instalments_off_its_days(plans: Plans) -> None:
    account = await plans.of_seller()
    days = [Holiday(MAY, "Labour Day"), Holiday(date(2026, 5, 4), "bridge")]

    async def work(conn: Any) -> None:
        (row,) = await (await conn.execute("select seller_id from seller where code = 'Europe/Paris'")).fetchall()
        assert await settings.put_holidays(conn, row[0], days, "test") == tuple(days)

    await transaction(plans.pool, work)
    await plans.post(invoice(account, "120", JAN))
    made = await plans.draft(account, 1)
    assert [part.due_on for part in made.schedule.parts] == [date(2026, 5, 5), JUNE, JULY]
    assert [bad.code for bad in settings.check_holidays([*days, days[0]])] == ["holiday_named_twice"]
