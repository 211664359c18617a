"""What a balance definition may say, and which operations it takes. Pure: no database, no clock.

Source: product §4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise

from solde.expressions import Expression, compile_expression, reasons, to_predicate, to_value, trace
from solde.kernel.money import ZERO
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import Label, say
from solde.operations.model import Operation, OperationType, Side

from .model import ChoiceKind, Draft, TypeChoice

BAD_CODE = declare(
    "balance_code_invalid", Kind.INVALID, "Use lower-case letters, digits and _, beginning with a letter, 40 at most."
)
LABEL_MISSING = declare(
    "balance_label_missing", Kind.INVALID, "Give the balance a label of at most 100 characters that people will read."
)
LABEL_LONGEST = 100
TYPES_MISSING = declare("balance_types_missing", Kind.INVALID, "Name the operation types, or choose all or none.")
TYPE_ON_OTHER_SIDE = declare(
    "balance_type_on_other_side",
    Kind.INVALID,
    "Choose debit types among the debits and credit types among the credits.",
)
UNKNOWN_BALANCE_TYPE = declare("balance_type_unknown", Kind.INVALID, "Use codes of GET /api/v1/operation-types.")
NOTHING_CHOSEN = declare("balance_chooses_nothing", Kind.INVALID, "Choose operation types on at least one side.")
BAD_MEASURE = declare(
    "balance_measure_invalid",
    Kind.INVALID,
    "Use amount, open, or a numeric expression such as #{ accountOperation.amount }.",
)

MEASURES = ("amount", "open")


@lru_cache(maxsize=512)
def condition_of(text: str) -> Expression:
    """The compiled expression of a definition."""
    return compile_expression(text, "boolean")


@lru_cache(maxsize=512)
def measure_of(text: str) -> Expression | None:
    """The compiled measure; None for the plain measures `amount` and `open`."""
    return None if text in MEASURES else compile_expression(text, "number")


def check_draft(draft: Draft, types: Mapping[str, OperationType]) -> list[Refusal]:
    """Every reason why a draft cannot be a balance definition."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", draft.code):
        said = say("{code!r} is no balance code", code=draft.code) if draft.code else say("the code is missing")
        refusals.append(refuse(BAD_CODE, said, field="code"))
    if not draft.label.strip():
        refusals.append(refuse(LABEL_MISSING, "the label is empty", field="label"))
    elif len(draft.label) > LABEL_LONGEST or not draft.label.isprintable():
        refusals.append(
            refuse(LABEL_MISSING, "the label is too long, or has characters that do not print", field="label")
        )
    if draft.debit.kind is ChoiceKind.NONE and draft.credit.kind is ChoiceKind.NONE:
        refusals.append(refuse(NOTHING_CHOSEN, "neither debits nor credits are chosen", field="debit"))
    refusals += _check_types(draft.debit, Side.DEBIT, types) + _check_types(draft.credit, Side.CREDIT, types)
    return refusals + _check_texts(draft)


def _check_types(choice: TypeChoice, side: Side, types: Mapping[str, OperationType]) -> list[Refusal]:
    if choice.kind in (ChoiceKind.ALL, ChoiceKind.NONE):
        return []
    if not choice.types:
        return [refuse(TYPES_MISSING, "no {word} types are named", word=Label(side.word), field=side.word)]
    found = []
    for code in choice.types:
        if code not in types:
            near = get_close_matches(code, types, 1)
            hint = say("; did you mean {near}?", near=near[0]) if near else ""
            found.append(
                refuse(
                    UNKNOWN_BALANCE_TYPE, "{code!r} is no operation type{hint}", code=code, hint=hint, field=side.word
                )
            )
        elif types[code].side is not side:
            said = say("{code} is a {word} type", code=code, word=Label(types[code].side.word))
            found.append(refuse(TYPE_ON_OTHER_SIDE, said, field=side.word))
    return found


def _check_texts(draft: Draft) -> list[Refusal]:
    refusals: list[Refusal] = []
    try:
        condition_of(draft.expression)
    except Refused as bad:
        refusals += [r.at(field="expression") for r in bad.refusals]
    if draft.measure not in MEASURES and not draft.measure.strip().startswith("#{"):
        return [*refusals, refuse(BAD_MEASURE, "{measure!r} is no measure", measure=draft.measure, field="measure")]
    try:
        measure_of(draft.measure)
    except Refused as bad:
        refusals += [r.at(field="measure") for r in bad.refusals]
    return refusals


def places_for(positions: Sequence[int]) -> list[int]:
    """Positions that tell an order apart: those there are where they do, else 1, 2, 3, …"""
    rising = all(a < b for a, b in pairwise(positions))
    return list(positions) if rising else list(range(1, len(positions) + 1))


def judge(draft: Draft, operation: Operation, row: Mapping[str, object]) -> tuple[bool, tuple[str, ...]]:
    """Is the operation in the balance, and what decided?

    Shape: `row` holds the operation's properties, and its account's, as expressions name them.
    Gives: True with the parts of the expression that hold, or False with the rule or the parts that fail.
    """
    choice = draft.debit if operation.side is Side.DEBIT else draft.credit
    if not choice.takes(operation.code):
        return False, (_choice_in_words(choice, operation),)
    expression = condition_of(draft.expression)
    if not to_predicate(expression)(row):
        return False, tuple(reasons(trace(expression, row)))
    if draft.measure == "open" and operation.available == 0:
        return False, ("nothing of it is open and undisputed",)
    return True, tuple(reasons(trace(expression, row))) if draft.expression.strip() else (
        _choice_in_words(choice, operation),
    )


def _choice_in_words(choice: TypeChoice, operation: Operation) -> str:
    side = operation.side.word
    match choice.kind:
        case ChoiceKind.ALL:
            return f"every {side} takes part"
        case ChoiceKind.NONE:
            return f"no {side} takes part"
        case ChoiceKind.EXCEPT:
            return f"{operation.code} is {'' if operation.code in choice.types else 'not '}excepted"
        case ChoiceKind.ONLY:
            return (
                f"{operation.code} is {'' if operation.code in choice.types else 'not '}among the chosen {side} types"
            )


def contribution(draft: Draft, operation: Operation, row: Mapping[str, object]) -> Decimal:
    """What an included operation adds on its side of the balance."""
    if draft.measure == "amount":
        return operation.amount
    if draft.measure == "open":
        return operation.available
    measure = measure_of(draft.measure)
    return ZERO if measure is None else to_value(measure)(row)


def row_of(
    operation: Operation, account: Mapping[str, object], billing: Mapping[str, object], today: object
) -> dict[str, object]:
    """An operation as expressions see it."""
    return {
        "accountOperation.type": operation.class_,
        "accountOperation.code": operation.code,
        "accountOperation.transactionCategory": operation.side.word.upper(),
        "accountOperation.number": Decimal(operation.number),
        "accountOperation.amount": operation.amount,
        "accountOperation.unMatchingAmount": operation.open,
        "accountOperation.matchingAmount": operation.matched,
        "accountOperation.disputedAmount": operation.disputed,
        "accountOperation.matchingStatus": operation.matching_status,
        "accountOperation.status": operation.posting_status,
        "accountOperation.transactionDate": operation.operation_on,
        "accountOperation.dueDate": operation.due_on,
        "accountOperation.collectionDate": operation.collected_on,
        "accountOperation.reference": operation.reference,
        "accountOperation.description": operation.description,
        "accountOperation.currency": operation.currency,
        "accountOperation.paymentMethod": operation.payment_method,
        "accountOperation.excludeFromDefaultBalance": operation.excluded,
        "accountOperation.litigationReason": operation.litigation_reason,
        "accountOperation.orderNumber": operation.order_number,
        "currentDate": today,
        **{f"customerAccount.{name}": value for name, value in account.items()},
        **{f"billingAccount.{name}": value for name, value in billing.items()},
    }


def in_words(draft: Draft) -> Sequence[str]:
    """A definition in sentences."""
    said = []
    for side, choice in (("debits", draft.debit), ("credits", draft.credit)):
        types = ", ".join(choice.types)
        match choice.kind:
            case ChoiceKind.ALL:
                said.append(f"All {side}.")
            case ChoiceKind.NONE:
                said.append(f"No {side}.")
            case ChoiceKind.EXCEPT:
                said.append(f"All {side} except {types}.")
            case ChoiceKind.ONLY:
                said.append(f"Of the {side} only {types}.")
    if draft.expression.strip():
        said.append(f"Counted only if {draft.expression.strip().removeprefix('#{').removesuffix('}').strip()}.")
    measures = {"amount": "Each counts with its amount.", "open": "Each counts with what is open and undisputed."}
    said.append(measures.get(draft.measure, f"Each counts with {draft.measure}."))
    if draft.counts_unbilled:
        said.append("Unbilled items count.")
    return said
