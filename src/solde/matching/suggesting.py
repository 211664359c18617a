"""Which operations probably belong together. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from solde.kernel.money import ZERO
from solde.kernel.texts import say
from solde.operations.model import OpenItem

from .model import Suggestion
from .rules import by_due, plan_allocations


def suggest(debits: Sequence[OpenItem], credits: Sequence[OpenItem], references: Mapping[int, str]) -> list[Suggestion]:
    """Which operations probably belong together, best reason first; each operation is suggested once.

    Shape: items of one account with something available.
    Gives: by reference (the credit names the debit's reference), by equal amount, by the exact sum of the debits due first,
    by all that is owed, and last the rest oldest due first.
    """
    owed = {i.number: i for i in sorted(debits, key=by_due)}
    found: list[Suggestion] = []
    left = sorted(credits, key=by_due)
    for rule in (_by_reference, _by_amount, _by_sum):
        for credit in list(left):
            suggestion = rule(credit, list(owed.values()), references)
            if suggestion is None:
                continue
            found.append(suggestion)
            left.remove(credit)
            for number in suggestion.debits:
                owed.pop(number, None)
    if left and owed:
        found.append(_by_age(list(owed.values()), left))
    return found


def _by_reference(credit: OpenItem, debits: Sequence[OpenItem], references: Mapping[int, str]) -> Suggestion | None:
    text = _plain_words(references.get(credit.number, ""))
    named = [
        d for d in debits if (ref := _plain_words(references.get(d.number, ""))) and len(ref) >= 4 and _names(text, ref)
    ]
    if not named:
        return None
    amount = min(credit.available, sum((d.available for d in named), ZERO))
    words = ", ".join(references[d.number] for d in named)
    return Suggestion(
        tuple(d.number for d in named),
        (credit.number,),
        amount,
        "reference",
        say("the credit's reference names {references}", references=words),
    )


def _plain_words(text: str) -> str:
    return re.sub(r"[^0-9A-Z]+", " ", text.upper()).strip()


def _names(text: str, reference: str) -> bool:
    return f" {reference} " in f" {text} "


def _by_amount(credit: OpenItem, debits: Sequence[OpenItem], _references: Mapping[int, str]) -> Suggestion | None:
    equal = next((d for d in debits if d.available == credit.available), None)
    if equal is None:
        return None
    return Suggestion(
        (equal.number,), (credit.number,), credit.available, "amount", say("the same amount, oldest due first")
    )


def _by_sum(credit: OpenItem, debits: Sequence[OpenItem], _references: Mapping[int, str]) -> Suggestion | None:
    sums = list(accumulate(d.available for d in debits))
    if credit.available not in sums:
        return None
    count = sums.index(credit.available) + 1
    if count < 2:
        return None
    numbers = tuple(d.number for d in debits[:count])
    return Suggestion(
        numbers,
        (credit.number,),
        credit.available,
        "sum",
        say("the {count} debits due first add up to it exactly", count=count),
    )


def _by_age(debits: Sequence[OpenItem], credits: Sequence[OpenItem]) -> Suggestion:
    plan = plan_allocations(debits, credits)
    owed = tuple(dict.fromkeys(a.debit_number for a in plan))
    paid = tuple(dict.fromkeys(a.credit_number for a in plan))
    return Suggestion(
        owed, paid, sum((a.amount for a in plan), ZERO), "oldest", say("what is owed longest is paid first")
    )
