"""What a plan must keep to. Pure: no database, no clock.

Source: product §5 Instalment plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from solde.kernel.money import ZERO, check_positive, exponent, minor_unit, plain
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, declare, refuse
from solde.matching.rules import by_due
from solde.operations.model import OpenItem, Side
from solde.payments.model import StandingLine
from solde.payments.rules import MOST_TEXT, check_reason, check_settled, check_words

from .model import Breaking, Part, Plan, PlanDebit, PlanState, Remainder, Terms, Wish

CREATION = "PPL_CREATION"
INSTALMENT = "PPL_INSTALLMENT"
FEE = "PPL_FEE"
INTEREST = "PPL_INT"
MOST_DEBITS = 200
FARTHEST_YEARS = 40

UNKNOWN_PLAN = declare("unknown_plan", Kind.NOT_FOUND, "Use a number of the account's list of instalment plans.")
NO_DEBITS = declare("plan_without_debits", Kind.INVALID, "Choose at least one open debit of the account.")
TOO_MANY_DEBITS = declare("plan_debits_too_many", Kind.INVALID, "Choose at most 200 debits; make a second plan.")
NAMED_TWICE = declare("plan_debit_named_twice", Kind.INVALID, "Name each debit once.")
NOT_PLANNABLE = declare(
    "debit_not_plannable", Kind.CONFLICT, "Choose debits that are no instalments and count in the default balance."
)
DISPUTED = declare("debit_disputed", Kind.CONFLICT, "End the litigation of the debit first, or leave it out.")
IN_PLAN = declare("debit_in_plan", Kind.CONFLICT, "Leave the debit out, or break the plan that holds it first.")
CHANGED = declare("plan_debit_changed", Kind.CONFLICT, "Cancel the draft and make a new one over what is open now.")
CATEGORY = declare(
    "plan_category_not_allowed", Kind.CONFLICT, "The seller's rule names the categories of customers that may have one."
)
TOO_SMALL = declare("plan_amount_too_small", Kind.CONFLICT, "Choose debits of at least the amount named.")
TOO_LARGE = declare("plan_amount_too_large", Kind.CONFLICT, "Choose debits of at most the amount named.")
COUNT = declare("instalment_count_unfit", Kind.INVALID, "Ask for a number of instalments from 1 to the most named.")
SMALL_INSTALMENT = declare("instalment_too_small", Kind.INVALID, "Ask for fewer instalments, or for larger ones.")
FINE_INSTALMENT = declare(
    "instalment_too_fine",
    Kind.INVALID,
    "Give no more decimals than the currency has; what the debt has finer stands in one instalment.",
)
LARGE_INSTALMENT = declare(
    "instalment_too_large", Kind.INVALID, "Name an instalment so that all of them add up to the amount at most."
)
SMALL_LEFT = declare(
    "instalments_leave_too_much", Kind.INVALID, "Ask for more instalments, or larger ones: what is left is below one."
)
SUM_DIFFERS = declare("instalments_sum_differs", Kind.INVALID, "Change the instalments until their sum is the amount.")
DAYS_DO_NOT_RISE = declare("instalment_days_do_not_rise", Kind.INVALID, "Give each instalment a later day than before.")
IN_PAST = declare("instalment_in_past", Kind.INVALID, "Choose today or a later day for the first instalment.")
TOO_FAR = declare("instalment_too_far", Kind.INVALID, "Choose days within the years named.")
NO_PARTS = declare("instalments_missing", Kind.INVALID, "Name at least one instalment.")
NOTE_TOO_LONG = declare("plan_note_unfit", Kind.INVALID, "Shorten the note, and leave control characters out.")
NOT_DRAFT = declare("plan_not_draft", Kind.CONFLICT, "Only a draft is changed, cancelled or activated.")
NOT_ACTIVE = declare("plan_not_active", Kind.CONFLICT, "Only an active plan is broken; a draft is cancelled.")
COMPLETED = declare("plan_completed", Kind.CONFLICT, "Every instalment is paid; there is nothing left to break.")
NOTHING_TO_UNMATCH = declare(
    "plan_not_breakable", Kind.CONFLICT, "Match the plan's creation with its debits again, then break the plan."
)

__all__ = ["check_reason", "check_words"]


def check_terms(terms: Terms, debt: Decimal) -> list[Refusal]:
    """May this customer put this much off?

    Refuses: plan_category_not_allowed, plan_amount_too_small, plan_amount_too_large.
    """
    limits, allowed = terms.rule.limits_of(terms.currency), terms.rule.categories
    refusals = []
    if allowed and terms.category not in allowed:
        said = f"the customer is of category {terms.category or 'none'}; plans are for {', '.join(allowed)}"
        refusals.append(refuse(CATEGORY, said))
    if limits.least is not None and debt < limits.least:
        said = f"{plain(debt)} {terms.currency} is to be put off; the least is {plain(limits.least)}"
        refusals.append(refuse(TOO_SMALL, said, field="debits"))
    if limits.most is not None and debt > limits.most:
        said = f"{plain(debt)} {terms.currency} is to be put off; the most is {plain(limits.most)}"
        refusals.append(refuse(TOO_LARGE, said, field="debits"))
    return refusals


def check_debits(
    debits: Sequence[int],
    items: Mapping[int, OpenItem],
    in_plans: Collection[int],
    instalment_type_id: int,
    deposit_type_ids: Collection[int],
) -> list[Refusal]:
    """Every reason why these debits cannot be put off.

    Shape: `items` holds those of the account that exist, a closed one with nothing open.
    Refuses: plan_without_debits, plan_debits_too_many, plan_debit_named_twice; for each what `check_settled` refuses,
    debit_not_plannable, debit_disputed, debit_in_plan.
    """
    if not debits:
        return [refuse(NO_DEBITS, "a plan needs debits", field="debits")]
    if len(debits) > MOST_DEBITS:
        return [refuse(TOO_MANY_DEBITS, f"{len(debits)} debits are named", field="debits")]
    if len(set(debits)) < len(debits):
        return [refuse(NAMED_TWICE, "a debit is named twice", field="debits")]
    found = [
        (place, _check_debit(number, items.get(number), in_plans, instalment_type_id, deposit_type_ids))
        for place, number in enumerate(debits)
    ]
    return [bad.at(field=f"debits.{place}") for place, bad in found if bad is not None]


def _check_debit(
    number: int,
    item: OpenItem | None,
    in_plans: Collection[int],
    instalment_type_id: int,
    deposits: Collection[int],
) -> Refusal | None:
    if item is not None and number in in_plans:
        return refuse(IN_PLAN, f"operation {number} is put off by an active plan")
    if (bad := check_settled(number, Side.DEBIT, item, None, deposits)) is not None:
        return bad
    assert item is not None, "checked before"
    if item.type_id == instalment_type_id:
        return refuse(NOT_PLANNABLE, f"operation {number} is an instalment itself")
    if item.excluded:
        return refuse(NOT_PLANNABLE, f"operation {number} does not count in the default balance")
    if item.disputed > 0:
        return refuse(DISPUTED, f"{plain(item.disputed)} of operation {number} is in litigation")
    return None


def check_wish(terms: Terms, wish: Wish, today: date) -> list[Refusal]:
    """Can a schedule be made of this wish at all?

    Refuses: instalment_count_unfit, instalment_in_past, instalment_too_far, an unfit amount of an instalment.
    """
    count, most = terms.rule.default_count if wish.count is None else wish.count, terms.rule.most_count
    refusals = []
    if not 1 <= count <= most:
        refusals.append(refuse(COUNT, f"{count} instalments are asked for; the most is {most}", field="count"))
    if wish.first_on is not None and (bad := _check_day(wish.first_on, today)) is not None:
        refusals.append(bad.at(field="first_date"))
    if wish.instalment is not None and (bad := check_positive(wish.instalment)) is not None:
        refusals.append(bad.at(field="instalment"))
    return refusals


def check_instalment(instalment: Decimal, count: int, total: Decimal, currency: str) -> Refusal | None:
    """Do so many instalments of a named amount make the total, but for less than one?

    Refuses: instalment_too_large, instalments_leave_too_much.
    """
    if instalment * count > total:
        said = f"{count} times {plain(instalment)} is {plain(instalment * count)}; {plain(total)} {currency} is put off"
        return refuse(LARGE_INSTALMENT, said, field="instalment")
    if (left := total - instalment * count) >= instalment:
        said = f"{count} times {plain(instalment)} leaves {plain(left)} of {plain(total)} {currency}"
        return refuse(SMALL_LEFT, said, field="instalment")
    return None


def check_parts(
    terms: Terms, parts: Sequence[Part], total: Decimal, today: date, remainder: Remainder
) -> list[Refusal]:
    """Are these the instalments of a plan of this amount?

    Refuses: instalments_missing, instalment_count_unfit, unfit amounts, instalment_too_small, instalment_in_past,
    instalment_too_far, instalment_days_do_not_rise, instalment_too_fine, instalments_sum_differs. An additional last
    instalment may be small.
    """
    if not parts:
        return [refuse(NO_PARTS, "a plan needs instalments", field="instalments")]
    additional = remainder is Remainder.ADDITIONAL
    most = terms.rule.most_count + additional
    if len(parts) > most:
        return [refuse(COUNT, f"{len(parts)} instalments are asked for; the most is {most}", field="instalments")]
    refusals: list[Refusal] = []
    for place, part in enumerate(parts):
        is_rest = additional and place == len(parts) - 1 and place > 0
        found = [_check_amount(terms, part, is_rest=is_rest), _check_day(part.due_on, today)]
        if place and part.due_on <= parts[place - 1].due_on:
            said = f"{part.due_on} does not come after {parts[place - 1].due_on}"
            found.append(refuse(DAYS_DO_NOT_RISE, said, field="due_date"))
        refusals += [bad.at(field=f"instalments.{place}.{bad.field}") for bad in found if bad is not None]
    refusals += _check_fineness(terms.currency, parts, total)
    if not refusals and (found_sum := sum((part.amount for part in parts), ZERO)) != total:
        said = f"the instalments add up to {plain(found_sum)}; the plan is of {plain(total)} {terms.currency}"
        refusals.append(refuse(SUM_DIFFERS, said, field="instalments"))
    return refusals


def _check_amount(terms: Terms, part: Part, *, is_rest: bool) -> Refusal | None:
    least = terms.rule.limits_of(terms.currency).least_instalment or minor_unit(terms.currency)
    if part.amount <= 0 or (part.amount < least and not is_rest):
        said = f"an instalment of {plain(part.amount)} {terms.currency} is below {plain(least)}"
        return refuse(SMALL_INSTALMENT, said, field="amount")
    bad = check_positive(part.amount)
    return None if bad is None else bad.at(field="amount")


def _check_fineness(currency: str, parts: Sequence[Part], total: Decimal) -> list[Refusal]:
    """Instalments are whole in the currency's decimals, but for one where the debt itself is not."""
    unit = minor_unit(currency)
    fine = [place for place, part in enumerate(parts) if part.amount % unit]
    if len(fine) <= (1 if total % unit else 0):
        return []
    refusals = []
    for place in fine:
        said = f"{plain(parts[place].amount)} is finer than {currency}, which has {exponent(currency)} decimals"
        refusals.append(refuse(FINE_INSTALMENT, said, field=f"instalments.{place}.amount"))
    return refusals


def _check_day(day: date, today: date) -> Refusal | None:
    if day < today:
        return refuse(IN_PAST, f"{day} is before {today}", field="due_date")
    if day.year > today.year + FARTHEST_YEARS:
        return refuse(TOO_FAR, f"{day} is more than {FARTHEST_YEARS} years away", field="due_date")
    return None


def check_note(note: str | None) -> Refusal | None:
    """Can the note, if any, be kept?"""
    if note is not None and (len(note) > MOST_TEXT or "\0" in note):
        return refuse(NOTE_TOO_LONG, f"a note has at most {MOST_TEXT} characters that can be printed", field="note")
    return None


def check_draft(plan: Plan, version: int | None) -> Refusal | None:
    """May the plan be changed, cancelled or activated, as it was seen at a version?"""
    if plan.state is not PlanState.DRAFT:
        return refuse(NOT_DRAFT, f"plan {plan.plan_number} is {plan.state.value.lower()}")
    if version is not None and version != plan.version:
        said = f"plan {plan.plan_number} is at version {plan.version}, the action was made from {version}"
        return refuse(VERSION_DIFFERS, said)
    return None


def check_unchanged(
    debits: Sequence[PlanDebit], items: Mapping[int, OpenItem], in_plans: Collection[int], currency: str
) -> list[Refusal]:
    """Is of each debit still available what was when the draft was made?

    Refuses: debit_in_plan, debit_disputed, plan_debit_changed.
    """
    refusals = []
    for debit in debits:
        item = items[debit.number]
        if debit.number in in_plans:
            refusals.append(refuse(IN_PLAN, f"operation {debit.number} is put off by another plan by now"))
        elif item.disputed > 0:
            said = f"{plain(item.disputed)} of operation {debit.number} is in litigation by now"
            refusals.append(refuse(DISPUTED, said))
        elif item.available != debit.amount:
            said = (
                f"{plain(item.available)} {currency} of operation {debit.number} is available;"
                f" {plain(debit.amount)} was when the draft was made"
            )
            refusals.append(refuse(CHANGED, said))
    return refusals


def check_breakable(plan: Plan) -> Refusal | None:
    """Is there something of the plan to break?"""
    if plan.state is PlanState.COMPLETED:
        return refuse(COMPLETED, f"plan {plan.plan_number} is paid")
    if plan.state is not PlanState.ACTIVE:
        return refuse(NOT_ACTIVE, f"plan {plan.plan_number} is {plan.state.value.lower()}")
    return None


def plan_break(
    unpaid: Sequence[OpenItem],
    creation: OpenItem,
    lines: Sequence[StandingLine],
    debits: Mapping[int, OpenItem],
    own: Collection[int],
) -> Breaking | Refusal:
    """What of a plan's creation is taken back from its debits, latest due first, to settle what is not paid.

    Shape: `unpaid` are the plan's instalments with something available; `lines` the standing matches of the creation,
    `debits` what stands at their other ends, `own` the operations of the plan's instalments.
    Gives: lines to reverse, what of each stays matched, and the unpaid sum; taken back = unpaid, less what is open.
    Refuses: plan_not_breakable.
    Source: product §5 Instalment plan.
    """
    total = sum((item.available for item in unpaid), ZERO)
    missing = total - min(total, creation.available)
    taken: list[StandingLine] = []
    kept: dict[int, Decimal] = {}
    others = [line for line in lines if line.other_number not in own]
    for line in sorted(others, key=lambda line: by_due(debits[line.other_number]), reverse=True):
        if missing == 0:
            break
        part = min(line.amount, missing)
        missing -= part
        taken.append(line)
        if part < line.amount:
            kept[line.other_number] = line.amount - part
    if missing > 0 or total == 0:
        said = f"{plain(total)} is not paid; {plain(total - missing)} of the plan's creation can be taken back"
        return refuse(NOTHING_TO_UNMATCH, said)
    return Breaking(tuple(taken), kept, {item.number: item.available for item in unpaid})


def breaking_date(items: Sequence[OpenItem], lines: Sequence[StandingLine], today: date) -> date:
    """The day a plan is broken: today, or the first on which all of it can be matched anew."""
    return max([today, *(item.not_before for item in items), *(line.effective_on for line in lines)])
