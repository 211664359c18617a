"""Forms of matching: match chosen operations, with amounts or as much as fits; unmatch chosen lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from solde.db import Connection
from solde.kernel.refusals import Kind, declare, refuse
from solde.matching import MatchLine, lettering, lines_of_operations
from solde.matching.descriptions import MATCH, UNMATCH
from solde.matching.requests import Match, MatchPair, Unmatch
from solde.operations import Operation, Side
from solde.operations import store as operation_store

from ... import formats
from ...i18n import t
from .described import wanting
from .submission import FormContext, ShownForm, name_of, texts, total_available
from .typed import FieldReader

NOTHING_CHOSEN = declare("form_nothing_chosen", Kind.INVALID, "Tick at least one line of the list.")

LINES_MOST = 200
"""Lines of an unmatch dialog."""


async def match_chosen(conn: Connection, desk: FormContext) -> ShownForm:
    """Match the chosen debits with the chosen credits."""
    sides = [(side, [o for o in desk.chosen if o.side is side]) for side in (Side.DEBIT, Side.CREDIT)]
    values = {
        "sides": [
            {
                "caption": t("Debits") if side is Side.DEBIT else t("Credits"),
                "total": formats.money(total_available(own), desk.currency),
                "rows": [_row(o, desk) for o in own],
            }
            for side, own in sides
        ]
    }
    fields = texts(desk.given, date="", reason="")
    typed = FieldReader(desk.given, desk.currency)
    named = {o.number: typed.amount(f"part-{o.number}", needed=False) for o in desk.chosen}
    on, reason = typed.day("date"), typed.text("reason")
    if typed.refusals:
        return ShownForm(fields, values, refusals=tuple(typed.refusals))
    debits, credits = ([o.number for o in own] for _, own in sides)
    amounts = {number: amount for number, amount in named.items() if amount is not None}
    request = Match(
        account_id=desk.account.account_id, debits=tuple(debits), credits=tuple(credits), actor=desk.visitor.actor,
        amounts=amounts, effective_on=on, reason=reason,
    )  # fmt: skip
    return await wanting(conn, ShownForm(fields, values), MATCH, [request], desk)


def _row(o: Operation, desk: FormContext) -> dict[str, str]:
    return {
        "name": f"part-{o.number}",
        "reference": name_of(o),
        "label": t(o.label),
        "on": formats.day(o.due_on if o.side is Side.DEBIT else o.operation_on),
        "available": formats.money(o.available, o.currency),
        "typed": desk.given.one(f"part-{o.number}"),
    }


async def unmatch_chosen(conn: Connection, desk: FormContext) -> ShownForm:
    """Reverse the matches that stand of the chosen operations, all of them or chosen lines."""
    numbers = [o.number for o in desk.chosen]
    found = await lines_of_operations(conn, desk.account.account_id, numbers)
    standing = [line for line in found if line.reversed_on is None][:LINES_MOST]
    wanted = set(desk.given.all("line")) if desk.given.has("line") or desk.given.has("key") else None
    chosen = [line for line in standing if wanted is None or _name(line) in wanted]
    others = await operation_store.get_operations(
        conn, desk.account.account_id, sorted({n for x in standing for n in (x.debit_number, x.credit_number)})
    )
    values = {"lines": [_shown(line, {o.number: o for o in others}, line in chosen, desk) for line in standing]}
    fields = texts(desk.given, date="", reason="")
    typed = FieldReader(desk.given, desk.currency)
    on, reason = typed.day("date"), typed.text("reason")
    if not chosen:
        typed.refusals.append(refuse(NOTHING_CHOSEN, "no match is chosen"))
    if typed.refusals:
        return ShownForm(fields, values, refusals=tuple(typed.refusals))
    return await wanting(conn, ShownForm(fields, values), UNMATCH, _requests(desk, chosen, on, reason), desk)


def _requests(desk: FormContext, chosen: Sequence[MatchLine], on: date | None, reason: str | None) -> list[Unmatch]:
    """A reversal a match, of its chosen lines."""
    ordered = sorted(chosen, key=lambda line: line.group_number)
    return [
        Unmatch(
            account_id=desk.account.account_id, group_number=group, actor=desk.visitor.actor,
            lines=tuple(MatchPair(line.debit_number, line.credit_number) for line in lines), effective_on=on, reason=reason,
        )
        for group, lines in groupby(ordered, key=lambda line: line.group_number)
    ]  # fmt: skip


def _name(line: MatchLine) -> str:
    return f"{line.group_number}-{line.debit_number}-{line.credit_number}"


def _shown(line: MatchLine, by_number: dict[int, Operation], on: bool, desk: FormContext) -> dict[str, object]:
    debit, credit = by_number[line.debit_number], by_number[line.credit_number]
    return {
        "name": _name(line),
        "on": on,
        "code": lettering(line.group_number),
        "debit": name_of(debit),
        "credit": name_of(credit),
        "day": formats.day(line.effective_on),
        "amount": formats.money(Decimal(line.amount), desk.currency),
    }
