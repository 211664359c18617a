"""Of what a statement of account can be made. Pure: no database, no clock."""

from __future__ import annotations

from datetime import date

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from ..model import Definition
from ..rules import MEASURES, condition_of, measure_of

PERIOD_REVERSED = declare("statement_period_reversed", Kind.INVALID, "Give a last day on or after the first.")
NOT_STEADY = declare(
    "statement_balance_unsteady",
    Kind.INVALID,
    "Choose a balance that takes operations by what never changes: type, side, amount, dates, texts.",
)

_STEADY = {
    f"accountOperation.{name}"
    for name in (
        "type", "code", "transactionCategory", "number", "amount", "transactionDate", "dueDate", "collectionDate", "reference",
        "description", "currency", "paymentMethod", "excludeFromDefaultBalance", "orderNumber",
    )
}  # fmt: skip


def check_statement(definition: Definition, from_on: date, until_on: date) -> list[Refusal]:
    """Every reason why there is no statement of this balance and period.

    The movements of a period explain a balance only where each operation counts the same on every day.
    """
    found = []
    if until_on < from_on:
        said = say("the last day {until_on} lies before the first, {from_on}", until_on=until_on, from_on=from_on)
        found.append(refuse(PERIOD_REVERSED, said, field="until"))
    condition, measure = condition_of(definition.draft.expression), measure_of(definition.draft.measure)
    used = set(condition.properties) | (set() if measure is None else set(measure.properties))
    moving = sorted(used - _STEADY)
    if definition.draft.measure == MEASURES[1]:
        moving.append("what is open")
    if moving:
        said = say(
            "{code!r} depends on {moving}, which changes without a movement",
            code=definition.code,
            moving=", ".join(moving),
        )
        found.append(refuse(NOT_STEADY, said, field="definition"))
    return found
