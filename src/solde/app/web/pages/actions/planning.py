"""Forms of instalment plans with their table: make one, change a draft."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from solde.actions.requests import content_of
from solde.db import Connection
from solde.instalments import (
    ActivateRequest,
    Drafted,
    EditRequest,
    InstalmentTerms,
    PlanRequest,
    PlanTerms,
    Remainder,
    Schedule,
    Start,
    Unit,
    draft,
    edit,
    propose,
)
from solde.instalments.descriptions import ACTIVATE
from solde.instalments.reading import PlanInFull, read_plan
from solde.instalments.settings import load_terms
from solde.kernel.money import ZERO
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse

from ... import formats
from ...addresses import Address, account_path, customer_path
from ...amounts import as_typed, read_amount
from ...i18n import t
from .submission import ActionOutcome, FormContext, ShownForm, texts
from .submission import Submission as Wanted
from .typed import FieldReader

NOT_A_NUMBER = declare("form_count_unfit", Kind.INVALID, "Write a whole number.")
NOT_A_CHOICE = declare("form_choice_unfit", Kind.INVALID, "Choose one of the list.")

ROWS_MOST = 400
UNITS = {Unit.MONTH: "Months", Unit.WEEK: "Weeks", Unit.DAY: "Days"}
STARTS = {
    Start.TODAY: "Today",
    Start.LAST_DAY_OF_CURRENT_MONTH: "Last day of this month",
    Start.FIRST_DAY_OF_NEXT_MONTH: "First day of next month",
}
REMAINDERS = {
    Remainder.FIRST: "In the first instalment",
    Remainder.LAST: "In the last instalment",
    Remainder.ADDITIONAL: "One more instalment",
}
WISHED = ("count", "unit", "start", "first_date", "remainder", "instalment")
"""Fields that make the schedule; the rows of the table are of those that made them."""


def plans_path(desk: FormContext) -> str:
    """The Plans tab of the account."""
    accounts = desk.customer.accounts
    own = [] if accounts and accounts[0].code == desk.account.code else [("account", desk.account.code)]
    return str(Address(customer_path(desk.customer.code, "plans"), own))


async def new_plan(conn: Connection, desk: FormContext) -> ShownForm:
    """Put debits off: the schedule as it is proposed, or as its rows were changed; drafted, or activated at once."""
    rule = (await load_terms(conn, [desk.account.account_id]))[desk.account.account_id].rule
    fields = texts(
        desk.given, count=str(rule.default_count), unit=rule.unit.value, start=rule.start.value, first_date="",
        remainder=rule.remainder.value, instalment="", note="",
    )  # fmt: skip
    typed = FieldReader(desk.given, desk.currency)
    wish, note = _wish(typed, fields), typed.text("note")
    debits = tuple(o.number for o in desk.chosen)
    parts = _rows(desk, typed) if desk.given.one("made_for") == _digest(fields, debits) else None
    form = ShownForm(fields, _choices())
    if typed.refusals:
        return replace(form, values={**form.values, **_table((), desk, fields)}, refusals=tuple(typed.refusals))
    request = PlanRequest(desk.account.account_id, debits, desk.visitor.actor, wish, None, note)
    (proposed,) = await propose(conn, [request], desk.types, today=desk.today)
    if isinstance(proposed, tuple):
        return replace(form, values={**form.values, **_table((), desk, fields)}, refusals=proposed)
    values = {**form.values, **_table(parts or proposed.parts, desk, fields, proposed)}
    if parts is not None:
        request = replace(request, parts=parts)
        (made,) = await propose(conn, [request], desk.types, today=desk.today)
        if isinstance(made, tuple):
            return replace(form, values=values, refusals=tuple(_placed(made)))
    wanted = _draft_wish(desk, request) if desk.given.one("as") == "draft" else _activate_wish(desk, request)
    back = plans_path(desk) if desk.given.one("as") == "draft" else ""
    return replace(form, values=values, wish=wanted, back=back)


def _choices() -> dict[str, Any]:
    return {
        "units": [(one.value, t(words)) for one, words in UNITS.items()],
        "starts": [(one.value, t(words)) for one, words in STARTS.items()],
        "remainders": [(one.value, t(words)) for one, words in REMAINDERS.items()],
    }


def _wish(typed: FieldReader, fields: dict[str, str]) -> PlanTerms:
    """What the fields ask for; an unfit one is kept with its refusal."""
    count = fields["count"]
    if not (count.isascii() and count.isdigit() and len(count) < 4):
        typed.refusals.append(refuse(NOT_A_NUMBER, "A number of instalments is needed", field="count"))
    for name, known in (("unit", Unit), ("start", Start), ("remainder", Remainder)):
        if fields[name] not in set(known):
            typed.refusals.append(refuse(NOT_A_CHOICE, "Choose one", field=name))
    first, instalment = typed.day("first_date"), typed.amount("instalment", needed=False)
    if typed.refusals:
        return PlanTerms()
    return PlanTerms(
        int(count), first, Start(fields["start"]), Unit(fields["unit"]), Remainder(fields["remainder"]), instalment
    )


def _digest(fields: dict[str, str], debits: Sequence[int]) -> str:
    told = [[fields[name] for name in WISHED], list(debits)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def _rows(desk: FormContext, typed: FieldReader) -> tuple[InstalmentTerms, ...] | None:
    """The rows of the table as they were typed; None where there are none. A row without an amount is taken out."""
    dues, amounts = desk.given.all("due")[:ROWS_MOST], desk.given.all("amount")[:ROWS_MOST]
    parts = []
    for place, (due, amount) in enumerate(zip(dues, amounts, strict=False)):
        if not due.strip() and not amount.strip():
            continue
        read = read_amount(amount, desk.currency)
        day = typed.read_day(due, f"due-{place}")
        if isinstance(read, Refusal):
            typed.refusals.append(read.at(field=f"amount-{place}"))
        elif day is not None:
            parts.append(InstalmentTerms(day, read))
    return tuple(parts) or None


def _placed(refusals: Sequence[Refusal]) -> list[Refusal]:
    """Refusals of instalments beside their rows."""
    placed = []
    for bad in refusals:
        words = (bad.field or "").split(".")
        if len(words) == 3 and words[0] == "instalments":
            place = {"amount": "amount", "due_date": "due"}[words[2]]
            placed.append(bad.at(field=f"{place}-{words[1]}"))
        else:
            placed.append(bad)
    return placed


def _table(
    parts: Sequence[InstalmentTerms],
    desk: FormContext,
    fields: dict[str, str] | None,
    made: Schedule | None = None,
    total: Decimal | None = None,
) -> dict[str, Any]:
    """The instalments as rows that can be changed, with their sum and what it must be."""
    typed = [(one.due_on.isoformat(), as_typed(one.amount, desk.currency)) for one in parts]
    if not typed:
        typed = list(zip(desk.given.all("due")[:ROWS_MOST], desk.given.all("amount")[:ROWS_MOST], strict=False))
    found = sum((one.amount for one in parts), ZERO)
    debt = sum((o.available for o in desk.chosen), ZERO)
    extra = ZERO if made is None else made.fee + made.interest
    return {
        "rows": [
            {"place": str(place), "due": due, "amount": amount, "names": (f"due-{place}", f"amount-{place}")}
            for place, (due, amount) in enumerate(typed)
        ],
        "named": [name for place in range(len(typed)) for name in (f"due-{place}", f"amount-{place}")],
        "made_for": "" if fields is None else _digest(fields, [o.number for o in desk.chosen]),
        "sum": formats.money(found, desk.currency),
        "total": formats.money(debt if total is None else total, desk.currency),
        "fee": formats.money(made.fee, desk.currency) if made and made.fee else "",
        "interest": formats.money(made.interest, desk.currency) if made and made.interest else "",
        "count": str(len(typed)),
        "whole": formats.money(debt + extra, desk.currency),
    }


def _draft_wish(desk: FormContext, request: PlanRequest) -> Wanted:
    async def perform(conn: Connection) -> ActionOutcome:
        made = await _drafted(conn, desk, request)
        return ActionOutcome(href=account_path(desk.account.code, "plans", str(made.plan_number)))

    return Wanted(t("Instalment plan drafted"), perform=perform)


def _activate_wish(desk: FormContext, request: PlanRequest) -> Wanted:
    async def prepare(conn: Connection) -> Wanted:
        made = await _drafted(conn, desk, request)
        return _activation(desk, made.plan_number, made.version, made.schedule.amount)

    return Wanted(t(ACTIVATE.words.done), prepare=prepare)


async def _drafted(conn: Connection, desk: FormContext, request: PlanRequest) -> Drafted:
    (made,) = await draft(conn, [request], desk.types, today=desk.today)
    if isinstance(made, tuple):
        raise Refused(_placed(made))
    return made


def _activation(desk: FormContext, plan: int, version: int, amount: Decimal) -> Wanted:
    request = ActivateRequest(desk.account.account_id, plan, desk.visitor.actor, version)
    return Wanted(t(ACTIVATE.words.done), ACTIVATE.kind, amount, content_of(request))


async def _plan(conn: Connection, desk: FormContext) -> PlanInFull:
    """The plan that the address or the form names; refuses unknown_plan."""
    numbers = desk.given.numbers("plan")
    return await read_plan(conn, desk.account.account_id, numbers[0] if numbers else 0, desk.now)


def _of(found: PlanInFull) -> dict[str, Any]:
    plan = found.plan
    return {
        "plan": str(plan.plan_number),
        "version": str(plan.version),
        "amount": formats.money(plan.amount, plan.currency),
        "paid": formats.money(plan.paid, plan.currency),
        "open": formats.money(plan.open, plan.currency),
        "count": str(plan.count),
        "first": formats.day(plan.first_due_on),
        "last": formats.day(plan.last_due_on),
        "fee": "",
        "interest": "",
    }


async def edit_plan(conn: Connection, desk: FormContext) -> ShownForm:
    """Give a draft other days and amounts."""
    found = await _plan(conn, desk)
    plan, typed = found.plan, FieldReader(desk.given, desk.currency)
    fields = texts(desk.given, note=plan.note or "")
    given = _rows(desk, typed) if desk.given.has("due") else None
    parts = given or tuple(InstalmentTerms(one.due_on, one.amount) for one in found.instalments)
    table = {**_table(parts, desk, None, total=plan.amount), "whole": formats.money(plan.amount, plan.currency)}
    form = ShownForm(fields, {**_of(found), **table}, back=plans_path(desk))
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    version = int(desk.given.one("version")) if desk.given.one("version").isdecimal() else plan.version
    request = EditRequest(
        desk.account.account_id, plan.plan_number, desk.visitor.actor, parts, typed.text("note"), version
    )

    async def perform(conn: Connection) -> ActionOutcome:
        (made,) = await edit(conn, [request], today=desk.today)
        if isinstance(made, tuple):
            raise Refused(_placed(made))
        return ActionOutcome(href=account_path(desk.account.code, "plans", str(plan.plan_number)))

    return replace(form, wish=Wanted(t("The draft is changed"), perform=perform))
