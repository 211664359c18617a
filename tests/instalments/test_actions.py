"""Instalment plans on a real database: drafts, activation, payment, breaking."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from instalments.plans import NOW, START, Plans
from ledger import D, invoice
from psycopg import AsyncConnection

from solde.closing.rules import in_words
from solde.closing.store import list_blockers
from solde.db import transaction
from solde.instalments import (
    Activated,
    ActivateRequest,
    EditRequest,
    EndRequest,
    PlanRequest,
    PlanState,
    PlanTerms,
    activate,
    break_plans,
    cancel,
    draft,
    edit,
    store,
)
from solde.instalments.model import InstalmentTerms
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import UnmatchRequest, unmatch
from solde.operations import NewOperation, load_types
from solde.verification import verify

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


async def a_plan(plans: Plans, amount: str = "120", **wish: Any) -> tuple[int, Activated]:
    """An active plan over one invoice of an account."""
    account = await plans.account()
    await plans.post(invoice(account, amount, JAN, FEB))
    await plans.draft(account, 1, **wish)
    return account, await plans.activate(account, 1)


async def test_a_draft_keeps_what_the_rule_proposes_and_moves_no_money(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN, FEB))
    made = await plans.draft(account, 1)
    assert (made.plan_number, made.version) == (1, 1)
    assert await plans.parts(account, 1) == [(day, D(40), D(40)) for day in (MAY, JUNE, JULY)]
    plan = await plans.plan(account, 1)
    assert (plan.state, plan.amount, plan.open, plan.paid) == (PlanState.DRAFT, D(120), D(0), D(0))
    assert await plans.open(account) == {1: D(120)}


async def test_activation_posts_the_creation_and_the_instalments_and_settles_the_debits(plans: Plans) -> None:
    account, made = await a_plan(plans)
    assert (made.creation_number, made.instalment_numbers) == (2, (3, 4, 5))
    assert [(p.type_code, p.amount) for p in made.effect.posted] == [
        ("PPL_CREATION", D(120)), *[("PPL_INSTALLMENT", D(40))] * 3,
    ]  # fmt: skip
    assert await plans.open(account) == {3: D(40), 4: D(40), 5: D(40)}
    assert await plans.balance(account) == 120
    assert await plans.dunning(account, JULY) == 0
    due = await plans.rows(
        f"select number, due_on from operation where account_id = {account} and number > 2 order by 1"
    )
    assert due == [(3, MAY), (4, JUNE), (5, JULY)]
    assert await plans.state(account, 1) is PlanState.ACTIVE


async def test_a_hundred_and_twenty_in_three_with_forty_paid_leaves_eighty_when_broken(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    plans.today = MAY
    await plans.pay(account, "40")
    plans.today = date(2026, 6, 20)
    ended = await plans.break_plan(account, 1)
    assert ended.unmatched == 80
    assert await plans.open(account) == {1: D(80)}
    assert await plans.balance(account) == 80
    assert await plans.dunning(account, plans.today) == 80
    plan = await plans.plan(account, 1)
    assert (plan.state, plan.paid, plan.open, plan.end_reason) == (PlanState.BROKEN, D(40), D(0), "does not pay")
    async with plans.pool.connection() as conn:
        found = await store.instalments_of(conn, [(account, 1)])
    assert [(one.paid, one.open, one.given_up) for one in found] == [
        (D(40), D(0), D(0)),
        (D(0), D(0), D(40)),
        (D(0), D(0), D(40)),
    ]


async def test_payments_complete_a_plan_and_an_unmatch_reopens_it(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    await plans.pay(account, "50")
    plan = await plans.plan(account, 1)
    assert (plan.state, plan.paid, plan.open, plan.next_due_on) == (PlanState.ACTIVE, D(50), D(70), JUNE)
    await plans.pay(account, "70")
    assert await plans.state(account, 1) is PlanState.COMPLETED
    assert await plans.balance(account) == 0
    await plans.unmatch(account, 3)
    assert await plans.state(account, 1) is PlanState.ACTIVE
    assert (await plans.plan(account, 1)).paid == 50


async def test_a_plan_of_one_instalment_completes_too(plans: Plans) -> None:
    account, made = await a_plan(plans, count=1)
    assert len(made.instalment_numbers) == 1
    await plans.pay(account, "120")
    assert await plans.state(account, 1) is PlanState.COMPLETED


async def test_what_is_overdue_is_told(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    plans.today = MAY
    assert (await plans.plan(account, 1)).overdue == 0
    plans.today = date(2026, 6, 2)
    assert (await plans.plan(account, 1)).overdue == 80
    await plans.pay(account, "30")
    assert (await plans.plan(account, 1)).overdue == 50


async def test_breaking_takes_back_the_latest_due_debit_first(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(
        invoice(account, "60", JAN, MAR), invoice(account, "50", JAN, FEB), invoice(account, "30", JAN, START)
    )
    await plans.draft(account, 1, 2, 3, count=2)
    await plans.activate(account, 1)
    await plans.pay(account, "80")
    await plans.break_plan(account, 1)
    # 60 are not paid: all 30 of the one due last, 30 of the 60 due before.
    assert await plans.open(account) == {1: D(30), 3: D(30)}
    assert await plans.balance(account) == 60


async def test_balances_of_days_before_the_break_stay_as_they_were(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    query = (
        "select coalesce(sum(l.amount), 0) from match_line l join match_group g using (account_id, group_number) "
        "left join unmatch_line r using (account_id, group_number, debit_number, credit_number) "
        "left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number "
        f"where l.account_id = {account} and l.debit_number = 1 and g.effective_on <= '2026-05-31' "
        "and (u.effective_on is null or u.effective_on > '2026-05-31')"
    )
    assert await plans.rows(query) == [(D(120),)]
    plans.today = date(2026, 6, 20)
    await plans.break_plan(account, 1)
    assert await plans.rows(query) == [(D(120),)]


async def test_a_plan_over_parts_of_debits_takes_what_is_available(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "100", JAN, FEB))
    await plans.pay(account, "25.50")
    made = await plans.draft(account, 1, count=2)
    assert made.schedule.amount == D("74.5")
    await plans.activate(account, 1)
    assert await plans.balance(account) == D("74.5")
    await plans.break_plan(account, 1)
    assert await plans.open(account) == {1: D("74.5")}


async def test_a_draft_is_edited_as_long_as_the_sum_is_exact_and_the_days_rise(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    made = await plans.edit(account, 1, [(START, "20"), (date(2026, 4, 15), "100")])
    assert made.version == 2
    assert await plans.parts(account, 1) == [(START, D(20), D(20)), (date(2026, 4, 15), D(100), D(100))]

    async def codes(*parts: tuple[date, str]) -> list[str]:
        request = EditRequest(account, 1, "test", tuple(InstalmentTerms(day, D(amount)) for day, amount in parts))
        return await plans.codes(edit, request, typed=False)

    assert await codes((START, "20"), (MAY, "99.99")) == ["instalments_sum_differs"]
    assert await codes((MAY, "20"), (MAY, "100")) == ["instalment_days_do_not_rise"]
    assert await codes((MAR, "120")) == ["instalment_in_past"]
    assert await codes((MAY, "0"), (JUNE, "120")) == ["instalment_too_small"]
    assert await codes((MAY, "-20"), (JUNE, "140")) == ["instalment_too_small"]
    assert await codes() == ["instalments_missing"]
    stale = EditRequest(account, 1, "test", (InstalmentTerms(MAY, D(120)),), version=1)
    assert await plans.codes(edit, stale, typed=False) == ["version_differs"]


async def test_a_cancelled_draft_is_over(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    await plans.cancel(account, 1)
    assert await plans.state(account, 1) is PlanState.CANCELED
    assert await plans.codes(activate, ActivateRequest(account, 1, "test", 2)) == ["plan_not_draft"]
    again = EndRequest(account, 1, "test", "why")
    assert await plans.codes(cancel, again, typed=False) == ["plan_not_draft"]
    assert await plans.codes(break_plans, again) == ["plan_not_active"]
    assert (await plans.draft(account, 1)).plan_number == 2


async def test_debits_that_cannot_be_put_off_are_refused(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    disputed, deposit, excluded, other = await plans.post(
        invoice(account, "50", JAN), NewOperation(account, "INV_SD", D(10), JAN),
        NewOperation(account, "INV_ADV", D(10), JAN, excluded=True), invoice(account, "10", JAN),
    )  # fmt: skip
    litigation = DisputeRequest(account, disputed, DisputeVerb.ENTER, "test", D(20), reason="wrong")
    assert not isinstance(await plans.ask(dispute, litigation, typed=False), tuple)

    async def codes(*debits: int) -> list[str]:
        return await plans.codes(draft, PlanRequest(account, debits, "test"))

    assert await codes() == ["plan_without_debits"]
    assert await codes(other, other) == ["plan_debit_named_twice"]
    assert await codes(99) == ["unknown_operation"]
    assert await codes(1) == ["debit_in_plan"]
    assert await codes(2) == ["wrong_side"]
    assert await codes(3) == ["debit_not_plannable"]
    assert await codes(disputed) == ["debit_disputed"]
    assert await codes(deposit) == ["deposit_operation"]
    assert await codes(excluded) == ["debit_not_plannable"]
    assert await plans.codes(draft, PlanRequest(987654, (1,), "test")) == ["unknown_account"]


async def test_wishes_that_make_no_schedule_are_refused(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))

    async def codes(**wish: Any) -> list[str]:
        return await plans.codes(draft, PlanRequest(account, (1,), "test", PlanTerms(**wish)))

    assert await codes(count=0) == ["instalment_count_unfit"]
    assert await codes(count=25) == ["instalment_count_unfit"]
    assert await codes(first_on=MAR) == ["instalment_in_past"]
    assert await codes(first_on=date(2099, 1, 1)) == ["instalment_too_far"]
    assert await codes(count=3, instalment=D(41)) == ["instalment_too_large"]
    assert await codes(count=3, instalment=D(20)) == ["instalments_leave_too_much"]
    assert await codes(instalment=D("NaN")) == ["amount_not_a_number"]


async def test_a_debit_that_changed_since_the_draft_is_refused_with_the_figures(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    await plans.pay(account, "20")
    (bad,) = await plans.ask(activate, ActivateRequest(account, 1, "test", 1))
    assert (bad.code, bad.message) == (
        "plan_debit_changed",
        "100 EUR of operation 1 is available; 120 was when the draft was made",
    )
    assert await plans.codes(activate, ActivateRequest(account, 1, "test", 7)) == ["version_differs"]
    assert await plans.codes(activate, ActivateRequest(account, 9, "test", 1)) == ["unknown_plan"]


async def test_a_draft_whose_first_day_has_passed_is_refused(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    plans.today = date(2026, 5, 2)
    assert await plans.codes(activate, ActivateRequest(account, 1, "test", 1)) == ["instalment_in_past"]


async def test_of_two_plans_over_one_debit_activated_at_once_one_is_refused(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    await plans.draft(account, 1)
    answers = await asyncio.gather(
        *(plans.ask(activate, ActivateRequest(account, number, "test", 1)) for number in (1, 2))
    )
    refused = [answer for answer in answers if isinstance(answer, tuple)]
    assert [[bad.code for bad in answer] for answer in refused] == [["debit_in_plan"]]
    assert await plans.balance(account) == 120
    await plans.prove()


async def test_of_two_plans_over_one_debit_activated_in_one_batch_one_is_refused(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    await plans.draft(account, 1)
    await plans.draft(account, 1)

    async def work(conn: Any) -> Any:
        requests = [ActivateRequest(account, number, "test", 1) for number in (1, 2, 1)]
        return await activate(conn, requests, await load_types(conn), today=START)

    first, second, third = await transaction(plans.pool, work)
    assert isinstance(first, Activated)
    assert [bad.code for bad in second] == ["debit_in_plan"]
    assert [bad.code for bad in third] == ["plan_not_draft"]
    await plans.prove()


async def test_two_drafts_made_at_once_have_numbers_of_their_own(plans: Plans) -> None:
    account = await plans.account()
    await plans.post(invoice(account, "120", JAN))
    made = await asyncio.gather(*(plans.draft(account, 1) for _ in range(4)))
    assert sorted(one.plan_number for one in made) == [1, 2, 3, 4]


async def test_a_paid_plan_cannot_be_broken(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    await plans.pay(account, "120")
    assert await plans.codes(break_plans, EndRequest(account, 1, "test", "why")) == ["plan_completed"]
    assert await plans.codes(break_plans, EndRequest(account, 2, "test", "why")) == ["unknown_plan"]


async def test_breaking_needs_a_reason(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    assert await plans.codes(break_plans, EndRequest(account, 1, "test", " ")) == ["action_reason_missing"]


async def test_what_puts_the_debits_off_is_not_unmatched_by_hand(plans: Plans) -> None:
    account, _ = await a_plan(plans)
    wish = UnmatchRequest(account, 1, "test")
    assert await plans.codes(unmatch, wish, typed=False) == ["plan_operation"]
    line = replace(wish, lines=((1, 2),))
    assert await plans.codes(unmatch, line, typed=False) == ["plan_operation"]
    await plans.pay(account, "40")
    await plans.unmatch(account, 2)
    await plans.break_plan(account, 1)
    assert await plans.open(account) == {1: D(120), 6: D(40)}
    of_the_break = UnmatchRequest(account, 3, "test")
    assert await plans.codes(unmatch, of_the_break, typed=False) == ["plan_operation"]


CORRUPTIONS = {
    "update instalment_plan set amount = amount + 1": 2,
    "update instalment set amount = amount + 1 where instalment_number = 1": 2,
    "update instalment set due_on = due_on + 1 where instalment_number = 2": 1,
    "update instalment set operation_number = null where instalment_number = 3": 1,
    "update plan_debit set amount = amount - 1": 1,
    "update instalment_plan set creation_number = 3": 1,
    "update instalment_plan set fee = 1, fee_number = 3": 2,
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
async def test_verification_finds_a_plan_that_does_not_add_up(plans: Plans, database_url: str, corruption: str) -> None:
    await a_plan(plans)
    async with await AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute(corruption.encode())
    found = await verify(plans.pool, now=NOW)
    assert [one.check for one in found.differences if one.check != "directory"] == (
        ["instalment_plans"] * CORRUPTIONS[corruption]
    )


async def test_an_account_with_an_active_plan_stays_open(plans: Plans) -> None:
    account = await plans.of_seller()
    await plans.post(invoice(account, "120", JAN, FEB))
    await plans.draft(account, 1)
    await plans.activate(account, 1)
    async with plans.pool.connection() as conn:
        blockers = await list_blockers(conn, [account])
    assert "1 active instalment plan with 120.00 EUR to pay" in " ".join(str(in_words(one)) for one in blockers)
    await plans.pay(account, "120")
    async with plans.pool.connection() as conn:
        assert await list_blockers(conn, [account]) == []
