"""How an amount is put off: how much is due on which days. Pure: no database, no clock.

Source: product §5 Instalment plan.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from solde.kernel.dates import add_months
from solde.kernel.money import EXACT, ZERO, minor_unit, round_for

from .model import AccountTerms, InstalmentTerms, PlanTerms, Remainder, Rule, Schedule, Shift, Start, Unit

DAYS_A_YEAR = 365
_SATURDAY = 5


def propose_schedule(terms: AccountTerms, debt: Decimal, wish: PlanTerms, today: date) -> Schedule:
    """The instalments of a debt: equal ones at the currency's decimals, on the days the rule gives.

    Units: `debt` in the account's currency, > 0, six decimals; `wish.count` and the rule's counts >= 1.
    Gives: parts whose sum is debt, fee and interest exactly, on rising dates; what equal parts leave over is in the
    first, the last or an additional part. A debt below one minor unit a part gives parts of zero, for rules to refuse.
    Source: product §5 Instalment plan.
    """
    rule = terms.rule
    count = wish.count or rule.default_count
    days = due_dates(terms, wish, count + 1, today)
    fee = rule.limits_of(terms.currency).fee
    interest = interest_of(debt, rule.interest, days[:count], today, terms.currency)
    amounts = split(
        debt + fee + interest, count, minor_unit(terms.currency), wish.remainder or rule.remainder, wish.instalment
    )
    return Schedule(
        tuple(InstalmentTerms(day, amount) for day, amount in zip(days, amounts, strict=False)), fee, interest
    )


def split(
    total: Decimal, count: int, unit: Decimal, remainder: Remainder, instalment: Decimal | None = None
) -> list[Decimal]:
    """Equal amounts in whole minor units that sum to the total, with the remainder where it belongs.

    Shape: `count` amounts, one more where the remainder is additional and at least a minor unit.
    """
    equal = instalment if instalment is not None else EXACT.divide(total, count).quantize(unit, ROUND_DOWN, EXACT)
    left = total - equal * count
    amounts = [equal] * count
    if left == 0:
        return amounts
    match remainder:
        case Remainder.FIRST:
            amounts[0] += left
        case Remainder.ADDITIONAL if left >= unit:
            amounts.append(left)
        case _:
            amounts[-1] += left
    return amounts


def interest_of(debt: Decimal, rate: Decimal, days: Sequence[date], today: date, currency: str) -> Decimal:
    """Interest on equal parts of a debt, each from today until its day: percent a year of 365 days."""
    if rate == 0:
        return ZERO
    waited = EXACT.multiply(EXACT.multiply(debt, rate), sum((day - today).days for day in days))
    return round_for(EXACT.divide(waited, 100 * DAYS_A_YEAR * len(days)), currency)


def due_dates(terms: AccountTerms, wish: PlanTerms, count: int, today: date) -> list[date]:
    """The days of so many instalments: counted from the first, then moved off weekends and holidays, always rising."""
    rule = terms.rule
    unit = wish.unit or rule.unit
    start = wish.start or rule.start
    first = wish.first_on or first_day(start, today)
    at_ends = wish.first_on is None and start is Start.LAST_DAY_OF_CURRENT_MONTH
    days: list[date] = []
    for place in range(count):
        day = step(first, unit, place, at_ends=at_ends)
        days.append(settle_day(day, rule, terms.holidays, days[-1] if days else today - timedelta(days=1)))
    return days


def first_day(start: Start, today: date) -> date:
    """The day a plan starts on."""
    match start:
        case Start.TODAY:
            return today
        case Start.LAST_DAY_OF_CURRENT_MONTH:
            return today.replace(day=calendar.monthrange(today.year, today.month)[1])
        case Start.FIRST_DAY_OF_NEXT_MONTH:
            return add_months(today.replace(day=1), 1)


def step(first: date, unit: Unit, place: int, *, at_ends: bool = False) -> date:
    """The day so many units after the first one; `at_ends`: a plan that starts at the end of a month stays there."""
    match unit:
        case Unit.DAY:
            return first + timedelta(days=place)
        case Unit.WEEK:
            return first + timedelta(weeks=place)
        case Unit.MONTH:
            return add_months(first, place, at_end=at_ends)


def settle_day(day: date, rule: Rule, holidays: Collection[date], before: date) -> date:
    """The day itself, or a working one where the rule moves it; always after `before`."""

    def is_free(one: date) -> bool:
        return one.weekday() >= _SATURDAY or one in holidays

    if rule.shift is Shift.NONE:
        return max(day, before + timedelta(days=1))
    moved = day
    while rule.shift is Shift.PREVIOUS and is_free(moved) and moved > before:
        moved -= timedelta(days=1)
    moved = max(moved, before + timedelta(days=1))
    while is_free(moved):
        moved += timedelta(days=1)
    return moved
