"""Which credit pays which debit. Pure: no database, no clock.

Source: product §3.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from solde.kernel.dates import check_not_ahead
from solde.kernel.money import ZERO, check_positive, minor_unit
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say
from solde.operations.model import Change, OpenItem, Side
from solde.operations.rules import UNKNOWN_OPERATION

from .model import Allocation, Keeper, MatchLine, RoundingLine, Unmatched, UnmatchRequest

BOTH_SIDES = declare("both_sides_needed", Kind.INVALID, "Choose at least one debit and one credit.")
WRONG_SIDE = declare("wrong_side", Kind.INVALID, "Name debits among the debits and credits among the credits.")
ALREADY_MATCHED = declare("already_matched", Kind.CONFLICT, "Nothing of it is open; unmatch it first.")
IN_LITIGATION = declare(
    "in_litigation", Kind.CONFLICT, "Remove or reduce the litigation first; disputed amounts cannot be matched."
)
OVER_MATCHING = declare("over_matching", Kind.CONFLICT, "Name at most what is available: open and not disputed.")
AMOUNTS_DO_NOT_MEET = declare(
    "amounts_do_not_meet", Kind.INVALID, "Name amounts whose debits and credits add up to the same."
)
NAMED_TWICE = declare("named_twice", Kind.INVALID, "Name each operation once.")
DEPOSIT = declare(
    "deposit_operation", Kind.CONFLICT, "Security deposit operations are matched by the deposit's own actions."
)
PLAN_MATCH = declare(
    "plan_operation",
    Kind.CONFLICT,
    "Break the plan: what is not paid of it is owed again as before. The match of a broken plan stays.",
)
TOO_EARLY = declare("effective_too_early", Kind.INVALID, "Choose a date on or after the one named in the message.")
UNKNOWN_MATCH = declare("unknown_match", Kind.NOT_FOUND, "Use a code from the account's list of matches.")
UNKNOWN_LINE = declare("unknown_match_line", Kind.NOT_FOUND, "Use a debit and credit of the match's own lines.")
ALREADY_REVERSED = declare("already_unmatched", Kind.CONFLICT, "The match, or the lines named, were reversed before.")
FOREIGN_ACCOUNT = declare(
    "foreign_account", Kind.INVALID, "Match operations of one account; transfer one first to bring it over."
)


def by_due(item: OpenItem) -> tuple[date, int]:
    """The order in which items are paid: oldest due date first, then lowest number."""
    return item.due_on, item.number


def plan_allocations(
    debits: Sequence[OpenItem], credits: Sequence[OpenItem], most: Mapping[int, Decimal] | None = None
) -> list[Allocation]:
    """Share each credit over the debits, oldest due first.

    Shape: items of one account, available > 0; any order.
    Units: amounts in the account currency, > 0, six decimals; `most` limits what of an item takes part.
    Gives: one allocation per pair that meets; Σ allocated = min(Σ debits, Σ credits).
    Source: product §3.
    """
    limits = most or {}
    owed = [(i.number, limits.get(i.number, i.available)) for i in sorted(debits, key=by_due)]
    paid = [(i.number, limits.get(i.number, i.available)) for i in sorted(credits, key=by_due)]
    allocations: list[Allocation] = []
    d = c = 0
    owed_left, paid_left = (owed[0][1] if owed else ZERO), (paid[0][1] if paid else ZERO)
    while d < len(owed) and c < len(paid):
        amount = min(owed_left, paid_left)
        allocations.append(Allocation(owed[d][0], paid[c][0], amount))
        owed_left -= amount
        paid_left -= amount
        if owed_left == 0:
            d += 1
            owed_left = owed[d][1] if d < len(owed) else ZERO
        if paid_left == 0:
            c += 1
            paid_left = paid[c][1] if c < len(paid) else ZERO
    return allocations


def check_choice(
    debits: Sequence[int],
    credits: Sequence[int],
    amounts: Mapping[int, Decimal],
    items: Mapping[int, OpenItem],
    deposit_type_ids: Sequence[int],
    paid: Collection[int] = (),
) -> list[Refusal]:
    """Every reason why these operations cannot be matched.

    Shape: `items` holds the chosen operations that exist, a closed one with nothing open; of those `paid` nothing is asked.
    Refuses, in this order: both_sides_needed, named_twice; for each: unknown_operation, wrong_side, deposit_operation,
    already_matched, in_litigation, over_matching; amounts_do_not_meet.
    """
    if not debits or not credits:
        return [refuse(BOTH_SIDES, "a match needs debits and credits", field="credits" if debits else "debits")]
    chosen = [
        *((n, Side.DEBIT, "debits", i) for i, n in enumerate(debits)),
        *((n, Side.CREDIT, "credits", i) for i, n in enumerate(credits)),
    ]
    if len({n for n, *_ in chosen}) < len(chosen):
        return [refuse(NAMED_TWICE, "an operation is named twice")]
    if strange := sorted(set(amounts) - {n for n, *_ in chosen}):
        said = say("an amount is named for operation {strange}, which is not chosen", strange=strange[0])
        return [refuse(UNKNOWN_OPERATION, said, field="amounts")]
    refusals = [
        bad.at(field=f"{name}.{place}")
        for number, side, name, place in chosen
        if (bad := _check_one(number, side, items.get(number), amounts.get(number), deposit_type_ids)) is not None
        and not (number in paid and bad.code == ALREADY_MATCHED.code)
    ]
    return refusals or _check_named_amounts(debits, credits, amounts, items)


def _check_one(
    number: int, side: Side, item: OpenItem | None, amount: Decimal | None, deposits: Sequence[int]
) -> Refusal | None:
    if item is None:
        return refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=number)
    if item.side is not side:
        return refuse(WRONG_SIDE, "operation {number} is a {word}", number=number, word=Label(item.side.word))
    if item.type_id in deposits:
        return refuse(DEPOSIT, "operation {number} belongs to a security deposit", number=number)
    if item.open == 0:
        return refuse(ALREADY_MATCHED, "operation {number} is already matched", number=number)
    if item.available == 0:
        return refuse(IN_LITIGATION, "operation {number} is in litigation", number=number)
    if amount is not None:
        if (bad := check_positive(amount)) is not None:
            return bad
        if amount > item.available:
            said = say(
                "{amount} is named for operation {number}; {available} is available",
                amount=amount,
                number=number,
                available=item.available,
            )
            return refuse(OVER_MATCHING, said)
    return None


def _check_named_amounts(
    debits: Sequence[int], credits: Sequence[int], amounts: Mapping[int, Decimal], items: Mapping[int, OpenItem]
) -> list[Refusal]:
    """A named amount is matched whole: the other side must hold enough."""
    for side, other in ((debits, credits), (credits, debits)):
        named = sum((amounts[n] for n in side if n in amounts), ZERO)
        held = sum((amounts.get(n, items[n].available) for n in other), ZERO)
        if named > held:
            said = say("{named} is named on one side; the other holds {held}", named=named, held=held)
            return [refuse(AMOUNTS_DO_NOT_MEET, said, field="amounts")]
    return []


def paid_before(
    numbers: Sequence[int], amounts: Mapping[int, Decimal], items: Mapping[int, OpenItem]
) -> frozenset[int]:
    """Of the debits that a payment names those that are paid: it takes nothing of them, and is no worse for it.

    One for which an amount is named is checked as any other.
    """
    return frozenset(
        n
        for n in numbers
        if n not in amounts and (item := items.get(n)) is not None and item.side is Side.DEBIT and item.open == 0
    )


def date_lines(
    lines: Sequence[Allocation], items: Mapping[int, OpenItem], wished: date | None, today: date
) -> list[Allocation] | Refusal:
    """The lines with the day from which each counts: no earlier than both its operations allow.

    Without a wish each line has the first such day of its own: a payment of two invoices counts for each from when it could.
    Refuses: dated_in_future, effective_too_early.
    Source: product §0 Time.
    """
    first = [max(items[line.debit_number].not_before, items[line.credit_number].not_before) for line in lines]
    if wished is None:
        return [replace(line, on=day) for line, day in zip(lines, first, strict=True)]
    earliest = max(first)
    if (ahead := check_not_ahead(wished, max(earliest, today), "effective_date")) is not None:
        return ahead
    if wished < earliest:
        said = say(
            "{wished} is before {earliest}, the first day on which these operations can be matched",
            wished=wished,
            earliest=earliest,
        )
        return refuse(TOO_EARLY, said, field="effective_date")
    return [replace(line, on=wished) for line in lines]


def last_day(lines: Sequence[Allocation]) -> date:
    """The day of the latest of dated lines."""
    return max(line.on for line in lines if line.on is not None)


def settle(items: Mapping[int, OpenItem], lines: Sequence[Allocation]) -> list[Change]:
    """What becomes of the items under these lines, each dated."""
    mine: dict[int, list[Allocation]] = {}
    for line in lines:
        mine.setdefault(line.debit_number, []).append(line)
        mine.setdefault(line.credit_number, []).append(line)
    return [
        Change(
            before=item,
            open=item.open - sum((line.amount for line in own), ZERO),
            disputed=item.disputed,
            not_before=item.not_before,
            latest_on=max(item.latest_on, last_day(own)),
            stepped=len({line.on for line in own}) > 1,
            litigation_reason=item.litigation_reason,
        )
        for number, own in sorted(mine.items())
        for item in (items[number],)
    ]


def reopen(items: Mapping[int, OpenItem], lines: Sequence[Allocation], effective_on: date) -> list[Change]:
    """What becomes of the items when these lines are reversed."""
    moved: dict[int, Decimal] = {}
    for line in lines:
        moved[line.debit_number] = moved.get(line.debit_number, ZERO) + line.amount
        moved[line.credit_number] = moved.get(line.credit_number, ZERO) + line.amount
    return [
        Change(
            before=item,
            open=item.open + amount,
            disputed=item.disputed,
            not_before=max(item.not_before, effective_on),
            latest_on=max(item.latest_on, effective_on),
            litigation_reason=item.litigation_reason,
        )
        for number, amount in sorted(moved.items())
        for item in (items[number],)
    ]


def check_apart(
    lines: Sequence[Allocation], account_id: int, apart: Mapping[tuple[int, int], Keeper], own: Keeper | None
) -> Refusal | None:
    """Does none of the lines touch an operation that a deposit or a plan keeps matched, other than the one that asks?"""
    for number in sorted({n for line in lines for n in (line.debit_number, line.credit_number)}):
        keeper = apart.get((account_id, number))
        if keeper is None or keeper is own:
            continue
        if keeper is Keeper.DEPOSIT:
            return refuse(DEPOSIT, "operation {number} belongs to a security deposit", number=number)
        return refuse(PLAN_MATCH, "operation {number} puts the debits of an instalment plan off", number=number)
    return None


def choose_lines(
    request: UnmatchRequest, lines: Sequence[MatchLine], gone: Collection[tuple[int, int, int, int]], *, known: bool
) -> list[Allocation] | Refusal:
    """The lines of a match that a request reverses: all that still stand, or those named.

    Shape: `lines` are the lines of the group; `gone` holds (account, group, debit, credit) reversed in the same batch.
    Refuses: unknown_account, unknown_match, unknown_match_line, already_unmatched.
    """
    if not known:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account")
    if not lines:
        return refuse(
            UNKNOWN_MATCH, "the account has no match {group_number}", group_number=lettering(request.group_number)
        )
    standing = {
        (line.debit_number, line.credit_number): Allocation(
            line.debit_number, line.credit_number, line.amount, line.effective_on
        )
        for line in lines
        if line.reversed_on is None
        and (line.account_id, line.group_number, line.debit_number, line.credit_number) not in gone
    }
    every = {(line.debit_number, line.credit_number) for line in lines}
    wanted = list(standing) if request.lines is None else list(dict.fromkeys(request.lines))
    for pair in wanted:
        if pair not in every:
            said = say("the match has no line of debit {debit} and credit {credit}", debit=pair[0], credit=pair[1])
            return refuse(UNKNOWN_LINE, said, field="lines")
        if pair not in standing:
            said = say(
                "the line of debit {debit} and credit {credit} is already reversed", debit=pair[0], credit=pair[1]
            )
            return refuse(ALREADY_REVERSED, said, field="lines")
    if not wanted:
        said = say("the match {group_number} is already reversed", group_number=lettering(request.group_number))
        return refuse(ALREADY_REVERSED, said)
    return [standing[pair] for pair in wanted]


def among(lines: Sequence[MatchLine], chosen: Sequence[Allocation] | Refusal) -> list[MatchLine]:
    """The lines of a match that were chosen; all of them where the choice was refused."""
    if isinstance(chosen, Refusal):
        return list(lines)
    pairs = {(line.debit_number, line.credit_number) for line in chosen}
    return [line for line in lines if (line.debit_number, line.credit_number) in pairs]


def unmatch_date(lines: Sequence[MatchLine], wished: date | None, today: date) -> date | Refusal:
    """The day from which a reversal counts: today unless dated, never before the match itself."""
    earliest = max(line.effective_on for line in lines)
    if wished is None:
        return max(earliest, today)
    if (ahead := check_not_ahead(wished, max(earliest, today), "effective_date")) is not None:
        return ahead
    if wished < earliest:
        said = say("{wished} is before {earliest}, the date of the match", wished=wished, earliest=earliest)
        return refuse(TOO_EARLY, said, field="effective_date")
    return wished


def reversal_of(rounding: RoundingLine, undone: Sequence[Unmatched]) -> tuple[int, date]:
    """With which reversal of a batch a rounding opens, and from which day: never before it counted.

    One of its own match on that day, else the first that opens what it closed.
    """
    ends = {rounding.line.debit_number, rounding.line.credit_number}
    mine = [(i, u) for i, u in enumerate(undone) if u.account_id == rounding.account_id and u.numbers & ends]
    first, day = mine[0][0], max(rounding.line.on or mine[0][1].effective_on, min(u.effective_on for _, u in mine))
    same = [i for i, u in mine if (u.group_number, u.effective_on) == (rounding.group_number, day)]
    return (same or [first])[0], day


def trace_left(changes: Sequence[Change], currency: str) -> Change | None:
    """The item a match leaves with less than half a minor unit open, which rounding closes; at most one."""
    half = minor_unit(currency) / 2
    return next((c for c in changes if 0 < c.open < half and c.disputed == 0), None)


def lettering(group_number: int) -> str:
    """The code of a match group: 1 is A, 26 Z, 27 AA, 28 AB, …"""
    letters = ""
    while group_number > 0:
        group_number, rest = divmod(group_number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def group_number_of(code: str) -> int | None:
    """The number behind a lettering code; None where it is no code."""
    if not re.fullmatch(r"[A-Z]{1,12}", code):
        return None
    number = 0
    for letter in code:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
