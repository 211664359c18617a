"""Dialogs made from described actions: their fields, what stands in them at first, and what is asked for with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
from msgspec import UNSET

from solde.actions.action import Action, Suggestion
from solde.actions.execute import propose, requests_of
from solde.actions.fields import Placed, Widget
from solde.actions.requests import RequestField, asked_fields, make_request
from solde.actions.subjects import Heading, Label, Subject
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse
from solde.kernel.texts import Text
from solde.kernel.versions import check_version
from solde.operations.store import get_operations

from ... import formats
from ...amounts import as_typed
from ...i18n import t
from .submission import ActionOutcome, FormContext, ShownForm, Submission, name_of, outcome_of, texts
from .typed import FieldReader

NUMBER_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the template draws it."""

    name: str
    widget: str
    label: str
    hint: str
    blank: str
    example: str
    required: bool
    advanced: bool
    options: Sequence[tuple[str, str]] = field(default_factory=tuple)


async def fill(conn: Connection, desk: FormContext, action: Action) -> ShownForm:
    """The form of an action on its subject, or on the rows chosen, and what it wants once all is typed."""
    subject, context = _subject(desk, action), _context(desk)
    heading = None if action.at.show is None else _shown(action, subject, await action.at.show(conn, subject, context))
    several = action.several if len(desk.chosen) > 1 else None
    request, suggest = (action.request, action.suggest) if several is None else (several.request, several.suggest)
    suggested = Suggestion() if suggest is None else await suggest(conn, subject, context)
    asked = _in_order(asked_fields(request))
    inputs = [await _input(conn, one, subject, desk) for one in asked]
    fields = texts(desk.given, **{one.name: _at_first(one, suggested, desk) for one in asked})
    notes = [_label(note, desk.currency) for note in suggested.notes]
    note = [t(action.words.note)] if action.words.note else []
    versions = await _versions(conn, action, desk)
    shown = {"inputs": inputs, "notes": [*note, *notes], "heading": heading, "versions": versions}
    form = ShownForm(fields, shown | _rows(action))
    typed = FieldReader(desk.given, desk.currency)
    given = {one.name: _read(one, input_, typed, desk) for one, input_ in zip(asked, inputs, strict=True)}
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    kept = {one.name for one in asked if several is None and one.default is UNSET and desk.given.has(one.name)}
    said = {name: value for name, value in given.items() if value is not None or name in kept}
    made = make_request(request, said, _placed(desk, subject))
    return await wanting(conn, form, action, [made], desk)


def _subject(desk: FormContext, action: Action) -> Subject:
    numbers = desk.given.numbers(action.at.parameter) if action.at.parameter else []
    return Subject(
        desk.account.account_id, desk.currency, numbers[0] if numbers else 0, desk.visitor.actor, desk.visitor.seller_id
    )  # fmt: skip


def _shown(action: Action, subject: Subject, heading: Heading) -> dict[str, Any]:
    amounts = [
        (t(label) if label else "", formats.money(amount, subject.currency)) for label, amount in heading.amounts
    ]
    named = {"parameter": action.at.parameter, "number": str(subject.number)}
    name, what = _label(heading.name, subject.currency), _label(heading.what, subject.currency)
    return {"name": name, "what": what, "amounts": amounts, **named}


def _rows(action: Action) -> dict[str, object]:
    """How the chosen rows are shown."""
    assert action.button is not None, "an action of screens has a button"
    return {"takes": action.button.takes, "each": t(action.words.each)}


def _in_order(asked: Sequence[RequestField]) -> Sequence[RequestField]:
    """As every dialog asks: amounts, dates and choices first, then why, in words."""
    return sorted(asked, key=lambda one: one.field.widget is Widget.AREA)


async def wanting(
    conn: Connection, form: ShownForm, action: Action, requests: Sequence[msgspec.Struct], desk: FormContext
) -> ShownForm:
    """The form with what it wants, or with what was refused of it; what may need a second person is one request."""
    said, context = t(action.words.done), _context(desk)
    if action.settle is None:

        async def perform(conn: Connection) -> ActionOutcome:
            await _check_versions(conn, action, desk)
            single = [one for request in requests for one in requests_of(action, request)]
            return outcome_of(await action.run(conn, single, context), desk.account.code)

        return replace(form, wish=Submission(said, perform=perform))
    (request,) = requests
    try:
        wanted = await propose(conn, action, request, desk.currency, context, desk.visitor.role)
    except Refused as refused:
        return replace(form, refusals=refused.refusals)
    return replace(form, wish=Submission(said, action.kind, wanted.amount, wanted.content, wanted.reason))


async def _versions(conn: Connection, action: Action, desk: FormContext) -> list[tuple[int, str]]:
    """The version of each chosen row when the dialog was first drawn; kept by its form."""
    version = None if action.button is None else action.button.version
    if version is None:
        return []
    subjects = [Subject(desk.account.account_id, desk.currency, one.number) for one in desk.chosen]
    return [
        (one.number, desk.given.one(f"version-{one.number}") or str(await version.look(conn, one))) for one in subjects
    ]


async def _check_versions(conn: Connection, action: Action, desk: FormContext) -> None:
    """Refuses: version_differs, where a chosen row was changed since the dialog was drawn."""
    version = None if action.button is None else action.button.version
    if version is None:
        return
    for one in desk.chosen:
        if seen := _seen(desk.given.one(f"version-{one.number}")):
            now = await version.read(conn, Subject(desk.account.account_id, desk.currency, one.number))
            check_version(seen, now, Text(version.what, {"number": one.number}))


def _context(desk: FormContext) -> ExecutionContext:
    extra = {"types": desk.catalogue}
    return ExecutionContext(desk.visitor.actor, None, desk.now, desk.today, extra, desk.visitor.posts_late)


def _placed(desk: FormContext, subject: Subject) -> Mapping[Placed, Any]:
    return {
        Placed.ACCOUNT: subject.account_id,
        Placed.SUBJECT: subject.number,
        Placed.ACTOR: desk.visitor.actor,
        Placed.LATE: desk.visitor.posts_late,
        Placed.AMOUNTS: {o.number: o.available for o in desk.chosen},
    }


async def _input(conn: Connection, one: RequestField, subject: Subject, desk: FormContext) -> Input:
    described = one.field
    found = [] if described.options is None else list(await described.options.find(conn, subject))
    options = [(code, _label(label, subject.currency) or code) for code, label in found]
    if described.widget is Widget.ACCOUNT:
        others = [a for a in desk.customer.accounts if a.code != desk.account.code and a.currency == desk.currency]
        options = [(a.code, a.code) for a in others]
    elif described.widget is Widget.OPERATION:
        options = await _operations(conn, subject, [int(code) for code, _ in found])
    return Input(
        name=one.name,
        widget=described.widget.value,
        label=t(described.label),
        hint=t(described.hint) if described.hint else "",
        blank=t(described.blank) if described.blank else "",
        example=t(described.example) if described.example else "",
        required=_wanted(one),
        advanced=described.advanced,
        options=options,
    )


def _label(label: Label, currency: str) -> str:
    text, values = (label, {}) if isinstance(label, str) else label
    return t(text, **_worded(values, currency)) if text else ""


async def _operations(conn: Connection, subject: Subject, numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Operations to choose from, each with what it is and what of it is available."""
    found = {o.number: o for o in await get_operations(conn, subject.account_id, numbers)}
    return [
        (
            str(o.number),
            f"{name_of(o)} · {t(o.label)} · {formats.money(o.available or o.amount, o.currency)} {o.currency}",
        )
        for o in (found[number] for number in numbers if number in found)
    ]


def _wanted(one: RequestField) -> bool:
    """Must it be typed? What is filled in at first is wanted: a blank amount must not mean all of it on a screen."""
    return one.required or one.field.suggested


def _at_first(one: RequestField, suggested: Suggestion, desk: FormContext) -> str:
    value = suggested.values.get(one.name)
    if isinstance(value, Decimal):
        return as_typed(value, desk.currency)
    if isinstance(value, date):
        return value.isoformat()
    if value is None and one.field.widget is Widget.DATE and one.field.suggested:
        return desk.today.isoformat()
    if value is None and isinstance(one.default, Enum):
        return str(one.default.value)
    return "" if value is None else str(value)


def _read(one: RequestField, input_: Input, typed: FieldReader, desk: FormContext) -> Any:
    """What was typed into a field; what is wrong with it is kept by `typed`."""
    name, needed = one.name, input_.required
    match one.field.widget:
        case Widget.MONEY:
            return typed.amount(name, needed=needed, zero=one.field.zero)
        case Widget.DATE:
            return typed.day(name)
        case Widget.CHOICE | Widget.OPERATION:
            options = one.field.options
            assert options is not None, "a choice has options"
            assert options.unknown is not None, "a choice refuses others"
            found = typed.among(name, [code for code, _ in input_.options], options.unknown, needed=needed)
            return int(found) if found and one.field.widget is Widget.OPERATION else found
        case Widget.ACCOUNT:
            return _account(name, typed, desk, needed=needed)
        case Widget.SEEN:
            return _seen(typed.text(name, needed=True))
        case Widget.AREA:
            # Words still to be written do not hinder a preview.
            return typed.text(name, needed=needed and not desk.trial) or ("-" if desk.trial else None)
        case _:
            return typed.text(name, needed=needed)


def _seen(text: str | None) -> int:
    """A number that the form carries; one that is none is of nothing there."""
    return int(text) if text is not None and text.isdecimal() and len(text) < NUMBER_DIGITS else 0


def _account(name: str, typed: FieldReader, desk: FormContext, *, needed: bool) -> int | None:
    code = typed.text(name, needed=needed)
    if code is None:
        return None
    if (found := desk.others.get(code)) is None:
        typed.refusals.append(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code, field=name))
        return None
    return found.account_id


def _worded(values: Mapping[str, str | Decimal | date], currency: str) -> dict[str, str]:
    return {name: _word(value, currency) for name, value in values.items()}


def _word(value: str | Decimal | date, currency: str) -> str:
    if isinstance(value, Decimal):
        return f"{formats.money(value, currency)} {currency}"
    return formats.day(value) if isinstance(value, date) else value
