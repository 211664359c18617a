"""Instalment plans as JSON shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain
from solde.kernel.versions import version_of
from solde.payments import Effect
from solde.payments.shapes import EffectShape, effect_shape

from .model import Holiday, Instalment, Limits, Plan, PlanDebit, Rule, Schedule
from .reading import PlanInFull

Plain = Annotated[str, Meta(extra_json_schema={"enum": ["DRAFT", "ACTIVE", "COMPLETED", "BROKEN", "CANCELED"]})]


class ProposedInstalment(msgspec.Struct, frozen=True):
    """An instalment as it is proposed."""

    number: int
    due_date: Day
    amount: Money


class ProposalShape(msgspec.Struct, frozen=True):
    """The schedule a plan would have."""

    account: str
    currency: str
    amount: Annotated[Money, Meta(description="What the instalments add up to: the debts, the fee and the interest.")]
    debt: Money
    fee: Money
    interest: Money
    instalments: list[ProposedInstalment]


class InstalmentShape(msgspec.Struct, frozen=True):
    """An instalment of a plan, and how much of it is paid."""

    number: int
    due_date: Day
    amount: Money
    paid: Money
    open: Money
    operation: Annotated[int | None, Meta(description="Number of its debit; null in a draft.")]


class PlanDebitShape(msgspec.Struct, frozen=True):
    """A debit that a plan puts off."""

    operation: int
    amount: Money


class PlanShape(msgspec.Struct, frozen=True):
    """An instalment plan as it stands."""

    account: str
    customer: str
    number: int
    state: Plain
    currency: str
    amount: Money
    debt: Money
    fee: Money
    interest: Money
    paid: Money
    open: Money
    overdue: Money
    count: int
    first_due_date: Day
    next_due_date: Annotated[Day | None, Meta(description="Of the first instalment that is not paid.")]
    last_due_date: Day
    remainder: str
    version: int
    note: str | None
    drafted_at: Instant
    drafted_by: str
    activated_on: Day | None
    activated_at: Instant | None
    activated_by: str | None
    creation: Annotated[int | None, Meta(description="Number of its PPL_CREATION.")]
    ended_on: Day | None
    ended_at: Instant | None
    ended_by: str | None
    end_reason: str | None
    unmatched: Annotated[Money | None, Meta(description="What breaking it made owed as before.")]
    instalments: list[InstalmentShape] | UnsetType = UNSET
    debits: list[PlanDebitShape] | UnsetType = UNSET
    effect: Annotated[EffectShape | UnsetType, Meta(description="What the action posted, matched and reversed.")] = (
        UNSET
    )
    dry_run: bool | UnsetType = UNSET


class PlanList(msgspec.Struct, frozen=True):
    """A page of plans."""

    items: list[PlanShape]
    next: str | None


class LimitsShape(msgspec.Struct, frozen=True):
    """What plans of one currency keep to; null is without limit."""

    currency: Annotated[str, Meta(description="`*`: every currency without limits of its own.")]
    min_amount: Money | None
    max_amount: Money | None
    min_instalment: Money | None
    fee: Money


class RuleShape(msgspec.Struct, frozen=True):
    """What the plans of a seller keep to."""

    seller: Annotated[str | None, Meta(description="Null: every seller without a rule of its own.")]
    default_count: int
    max_count: int
    start: str
    unit: str
    remainder: str
    shift: str
    categories: Annotated[list[str], Meta(description="Categories of customers that may have a plan; none: all.")]
    grace_days: Annotated[
        int | None, Meta(description="An instalment overdue for longer breaks its plan; null: never.")
    ]
    interest: Annotated[Money, Meta(description="Percent a year.")]
    limits: list[LimitsShape]
    version: int


class RuleList(msgspec.Struct, frozen=True):
    """Every rule, that of every seller first."""

    items: list[RuleShape]
    next: str | None = None


class HolidayShape(msgspec.Struct, frozen=True):
    """A day on which nobody pays."""

    date: Day
    label: str


class CalendarShape(msgspec.Struct, frozen=True):
    """The calendar of a seller."""

    seller: str
    holidays: list[HolidayShape]
    version: int


class CalendarList(msgspec.Struct, frozen=True):
    """The calendars of sellers."""

    items: list[CalendarShape]
    next: str | None = None


def proposal_shape(schedule: Schedule, account: str, currency: str) -> ProposalShape:
    """A schedule as JSON shows it."""
    return ProposalShape(
        account, currency, plain(schedule.amount), plain(schedule.amount - schedule.fee - schedule.interest),
        plain(schedule.fee), plain(schedule.interest),
        [ProposedInstalment(n, part.due_on.isoformat(), plain(part.amount)) for n, part in enumerate(schedule.parts, 1)],
    )  # fmt: skip


def plan_shape(found: PlanInFull, effect: Effect | None = None, *, dry_run: bool = False) -> PlanShape:
    """A plan with all that belongs to it as JSON shows it."""
    plan = found.plan
    return msgspec.structs.replace(
        plan_head(plan),
        instalments=[_instalment(one) for one in found.instalments],
        debits=[_debit(one) for one in found.debits],
        effect=UNSET if effect is None else effect_shape(effect, {plan.account_id: plan.account}),
        dry_run=dry_run or UNSET,
    )


def plan_head(plan: Plan) -> PlanShape:
    """A plan of a list as JSON shows it."""
    return PlanShape(
        account=plan.account,
        customer=plan.customer,
        number=plan.plan_number,
        state=plan.state.value,
        currency=plan.currency,
        amount=plain(plan.amount),
        debt=plain(plan.debt),
        fee=plain(plan.fee),
        interest=plain(plan.interest),
        paid=plain(plan.paid),
        open=plain(plan.open),
        overdue=plain(plan.overdue),
        count=plan.count,
        first_due_date=plan.first_due_on.isoformat(),
        next_due_date=None if plan.next_due_on is None else plan.next_due_on.isoformat(),
        last_due_date=plan.last_due_on.isoformat(),
        remainder=plan.remainder.value,
        version=plan.version,
        note=plan.note,
        drafted_at=format_instant(plan.drafted_at),
        drafted_by=plan.drafted_by,
        activated_on=None if plan.activated_on is None else plan.activated_on.isoformat(),
        activated_at=_instant(plan.activated_at),
        activated_by=plan.activated_by,
        creation=plan.creation_number,
        ended_on=None if plan.ended_on is None else plan.ended_on.isoformat(),
        ended_at=_instant(plan.ended_at),
        ended_by=plan.ended_by,
        end_reason=plan.end_reason,
        unmatched=None if plan.unmatched is None else plain(plan.unmatched),
    )


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def _instalment(one: Instalment) -> InstalmentShape:
    return InstalmentShape(
        one.instalment_number, one.due_on.isoformat(), plain(one.amount), plain(one.paid), plain(one.open),
        one.operation_number,
    )  # fmt: skip


def _debit(one: PlanDebit) -> PlanDebitShape:
    return PlanDebitShape(one.number, plain(one.amount))


def rule_shape(rule: Rule, seller: str | None) -> RuleShape:
    """A rule as JSON shows it."""
    return RuleShape(
        seller, rule.default_count, rule.most_count, rule.start.value, rule.unit.value, rule.remainder.value,
        rule.shift.value, list(rule.categories), rule.grace_days, plain(rule.interest),
        [_limits(code, limits) for code, limits in sorted(rule.limits.items())], rule.version,
    )  # fmt: skip


def _limits(currency: str, limits: Limits) -> LimitsShape:
    least, most, instalment = (
        None if one is None else plain(one) for one in (limits.least, limits.most, limits.least_instalment)
    )
    return LimitsShape(currency, least, most, instalment, plain(limits.fee))


def calendar_shape(seller: str, days: Sequence[Holiday]) -> CalendarShape:
    """A calendar as JSON shows it."""
    return CalendarShape(
        seller, [HolidayShape(day.on_day.isoformat(), day.label) for day in days], version_of(tuple(days))
    )
