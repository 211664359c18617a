"""What a plan must keep to. Pure: no database, no clock.

Source: product §5 Instalment plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from solde.kernel.money import ZERO, check_positive, exponent, minor_unit
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, Label, say
from solde.matching.rules import by_due
from solde.operations.model import OpenItem, Side
from solde.payments.model import StandingLine
from solde.payments.rules import MOST_TEXT, check_reason, check_settled, check_words

from .model import AccountTerms, Breaking, InstalmentTerms, Plan, PlanDebit, PlanState, PlanTerms, Remainder

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


def check_terms(terms: AccountTerms, debt: Decimal) -> list[Refusal]:
    """May this customer put this much off?

    Refuses: plan_category_not_allowed, plan_amount_too_small, plan_amount_too_large.
    """
    limits, allowed = terms.rule.limits_of(terms.currency), terms.rule.categories
    refusals = []
    if allowed and terms.category not in allowed:
        said = say(
            "the customer is of category {category}; plans are for {allowed}",
            category=terms.category or "none",
            allowed=", ".join(allowed),
        )
        refusals.append(refuse(CATEGORY, said))
    if limits.least is not None and debt < limits.least:
        said = say(
            "{debt} is to be put off; the least is {least}", debt=Amount(debt, terms.currency), least=limits.least
        )
        refusals.append(refuse(TOO_SMALL, said, field="debits"))
    if limits.most is not None and debt > limits.most:
        said = say("{debt} is to be put off; the most is {most}", debt=Amount(debt, terms.currency), most=limits.most)
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
        return [refuse(TOO_MANY_DEBITS, "{count} debits are named", count=len(debits), field="debits")]
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
        return refuse(IN_PLAN, "operation {number} is put off by an active plan", number=number)
    if (bad := check_settled(number, Side.DEBIT, item, None, deposits)) is not None:
        return bad
    assert item is not None, "checked before"
    if item.type_id == instalment_type_id:
        return refuse(NOT_PLANNABLE, "operation {number} is an instalment itself", number=number)
    if item.excluded:
        return refuse(NOT_PLANNABLE, "operation {number} does not count in the default balance", number=number)
    if item.disputed > 0:
        return refuse(
            DISPUTED, "{disputed} of operation {number} is in litigation", disputed=item.disputed, number=number
        )
    return None


def check_wish(terms: AccountTerms, wish: PlanTerms, today: date) -> list[Refusal]:
    """Can a schedule be made of this wish at all?

    Refuses: instalment_count_unfit, instalment_in_past, instalment_too_far, an unfit amount of an instalment.
    """
    count, most = terms.rule.default_count if wish.count is None else wish.count, terms.rule.most_count
    refusals = []
    if not 1 <= count <= most:
        refusals.append(
            refuse(
                COUNT, "{count} instalments are asked for; the most is {most}", count=count, most=most, field="count"
            )
        )
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
        said = say(
            "{count} times {instalment} is {product}; {total} is put off",
            count=count,
            instalment=instalment,
            product=instalment * count,
            total=Amount(total, currency),
        )
        return refuse(LARGE_INSTALMENT, said, field="instalment")
    if (left := total - instalment * count) >= instalment:
        said = say(
            "{count} times {instalment} leaves {left} of {total}",
            count=count,
            instalment=instalment,
            left=left,
            total=Amount(total, currency),
        )
        return refuse(SMALL_LEFT, said, field="instalment")
    return None


def check_parts(
    terms: AccountTerms, parts: Sequence[InstalmentTerms], total: Decimal, today: date, remainder: Remainder
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
        said = say("{count} instalments are asked for; the most is {most}", count=len(parts), most=most)
        return [refuse(COUNT, said, field="instalments")]
    refusals: list[Refusal] = []
    for place, part in enumerate(parts):
        is_rest = additional and place == len(parts) - 1 and place > 0
        found = [_check_amount(terms, part, is_rest=is_rest), _check_day(part.due_on, today)]
        if place and part.due_on <= parts[place - 1].due_on:
            said = say(
                "{due_on} does not come after {parts_due_on}", due_on=part.due_on, parts_due_on=parts[place - 1].due_on
            )
            found.append(refuse(DAYS_DO_NOT_RISE, said, field="due_date"))
        refusals += [bad.at(field=f"instalments.{place}.{bad.field}") for bad in found if bad is not None]
    refusals += _check_fineness(terms.currency, parts, total)
    if not refusals and (found_sum := sum((part.amount for part in parts), ZERO)) != total:
        said = say(
            "the instalments add up to {found_sum}; the plan is of {total}",
            found_sum=found_sum,
            total=Amount(total, terms.currency),
        )
        refusals.append(refuse(SUM_DIFFERS, said, field="instalments"))
    return refusals


def _check_amount(terms: AccountTerms, part: InstalmentTerms, *, is_rest: bool) -> Refusal | None:
    least = terms.rule.limits_of(terms.currency).least_instalment or minor_unit(terms.currency)
    if part.amount <= 0 or (part.amount < least and not is_rest):
        said = say(
            "an instalment of {amount} is below {least}", amount=Amount(part.amount, terms.currency), least=least
        )
        return refuse(SMALL_INSTALMENT, said, field="amount")
    bad = check_positive(part.amount)
    return None if bad is None else bad.at(field="amount")


def _check_fineness(currency: str, parts: Sequence[InstalmentTerms], total: Decimal) -> list[Refusal]:
    """Instalments are whole in the currency's decimals, but for one where the debt itself is not."""
    unit = minor_unit(currency)
    fine = [place for place, part in enumerate(parts) if part.amount % unit]
    if len(fine) <= (1 if total % unit else 0):
        return []
    refusals = []
    for place in fine:
        said = say(
            "{amount} is finer than {currency}, which has {places} decimals",
            amount=parts[place].amount,
            currency=currency,
            places=exponent(currency),
        )
        refusals.append(refuse(FINE_INSTALMENT, said, field=f"instalments.{place}.amount"))
    return refusals


def _check_day(day: date, today: date) -> Refusal | None:
    if day < today:
        return refuse(IN_PAST, "{day} is before {today}", day=day, today=today, field="due_date")
    if day.year > today.year + FARTHEST_YEARS:
        said = say("{day} is more than {farthest_years} years away", day=day, farthest_years=FARTHEST_YEARS)
        return refuse(TOO_FAR, said, field="due_date")
    return None


def check_note(note: str | None) -> Refusal | None:
    """Can the note, if any, be kept?"""
    if note is not None and (len(note) > MOST_TEXT or "\0" in note):
        said = say("a note has at most {most_text} characters that can be printed", most_text=MOST_TEXT)
        return refuse(NOTE_TOO_LONG, said, field="note")
    return None


def check_draft(plan: Plan, version: int | None) -> Refusal | None:
    """May the plan be changed, cancelled or activated, as it was seen at a version?"""
    if plan.state is not PlanState.DRAFT:
        return refuse(
            NOT_DRAFT,
            "plan {plan_number} is {state}",
            plan_number=plan.plan_number,
            state=Label(plan.state.value.lower()),
        )
    if version is not None and version != plan.version:
        said = say(
            "plan {plan_number} is at version {version}, the action was made from {made_from}",
            plan_number=plan.plan_number,
            version=plan.version,
            made_from=version,
        )
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
            refusals.append(
                refuse(IN_PLAN, "operation {number} is put off by another plan by now", number=debit.number)
            )
        elif item.disputed > 0:
            said = say(
                "{disputed} of operation {number} is in litigation by now", disputed=item.disputed, number=debit.number
            )
            refusals.append(refuse(DISPUTED, said))
        elif item.available != debit.amount:
            said = say(
                "{available} of operation {number} is available; {amount} was when the draft was made",
                available=Amount(item.available, currency),
                number=debit.number,
                amount=debit.amount,
            )
            refusals.append(refuse(CHANGED, said))
    return refusals


def check_breakable(plan: Plan) -> Refusal | None:
    """Is there something of the plan to break?"""
    if plan.state is PlanState.COMPLETED:
        return refuse(COMPLETED, "plan {plan_number} is paid", plan_number=plan.plan_number)
    if plan.state is not PlanState.ACTIVE:
        return refuse(
            NOT_ACTIVE,
            "plan {plan_number} is {state}",
            plan_number=plan.plan_number,
            state=Label(plan.state.value.lower()),
        )
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
        said = say(
            "{total} is not paid; {available} of the plan's creation can be taken back",
            total=total,
            available=total - missing,
        )
        return refuse(NOTHING_TO_UNMATCH, said)
    return Breaking(tuple(taken), kept, {item.number: item.available for item in unpaid})


def breaking_date(items: Sequence[OpenItem], lines: Sequence[StandingLine], today: date) -> date:
    """The day a plan is broken: today, or the first on which all of it can be matched anew."""
    return max([today, *(item.not_before for item in items), *(line.effective_on for line in lines)])
