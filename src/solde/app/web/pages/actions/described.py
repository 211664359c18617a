"""Dialogs made from described actions: their fields, what stands in them at first, and what is asked for with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from solde.actions.action import Action, Subject, Suggestion
from solde.actions.execute import propose
from solde.actions.fields import Placed, Widget
from solde.actions.requests import RequestField, asked_fields, make_request
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse

from ... import formats
from ...i18n import t
from .typed import Typed, as_typed
from .wishes import Desk, Form, Wish, texts


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


async def fill(conn: Connection, desk: Desk, action: Action) -> Form:
    """The form of an action on the rows chosen, and what it wants once all is typed."""
    several = action.several is not None and len(desk.chosen) > 1
    request = action.several.request if action.several is not None and several else action.request
    asked, context = _in_order(asked_fields(request)), _context(desk)
    suggested = Suggestion() if several else await _suggested(conn, desk, action, context)
    inputs = [await _input(conn, one, desk) for one in asked]
    fields = texts(desk.given, **{one.name: _at_first(one, suggested, desk) for one in asked})
    notes = [t(text, **_amounts(values, desk.currency)) for text, values in suggested.notes]
    form = Form(fields, {"inputs": inputs, "notes": [*([t(action.note)] if action.note else []), *notes]})
    typed = Typed(desk.given)
    given = {one.name: _read(one, input_, typed, desk) for one, input_ in zip(asked, inputs, strict=True)}
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    made = make_request(request, {name: value for name, value in given.items() if value is not None}, _placed(desk))
    return await _wanting(conn, form, action, made, desk, context)


def _in_order(asked: Sequence[RequestField]) -> Sequence[RequestField]:
    """As every dialog asks: amounts, dates and choices first, then why, in words."""
    return sorted(asked, key=lambda one: one.field.widget is Widget.AREA)


async def _suggested(conn: Connection, desk: Desk, action: Action, context: ExecutionContext) -> Suggestion:
    if action.suggest is None:
        return Suggestion()
    subject = Subject(desk.account.account_id, desk.currency, desk.chosen[0].number)
    return await action.suggest(conn, subject, context)


async def _wanting(
    conn: Connection, form: Form, action: Action, request: msgspec.Struct, desk: Desk, context: ExecutionContext
) -> Form:
    """The form with what it wants, or with what was refused of it."""
    try:
        wanted = await propose(conn, action, request, desk.currency, context, desk.visitor.role)
    except Refused as refused:
        return replace(form, refusals=refused.refusals)
    return replace(form, wish=Wish(t(action.words.done), action.kind, wanted.amount, wanted.content, wanted.reason))


def _context(desk: Desk) -> ExecutionContext:
    extra = {"types": desk.catalogue}
    return ExecutionContext(desk.visitor.actor, None, desk.now, desk.today, extra, desk.visitor.posts_late)


def _placed(desk: Desk) -> Mapping[Placed, Any]:
    return {
        Placed.ACCOUNT: desk.account.account_id,
        Placed.SUBJECT: desk.chosen[0].number,
        Placed.ACTOR: desk.visitor.actor,
        Placed.AMOUNTS: {o.number: o.available for o in desk.chosen},
    }


async def _input(conn: Connection, one: RequestField, desk: Desk) -> Input:
    described = one.field
    options = [] if described.options is None else list(await described.options.find(conn))
    if described.widget is Widget.ACCOUNT:
        others = [a for a in desk.customer.accounts if a.code != desk.account.code and a.currency == desk.currency]
        options = [(a.code, "") for a in others]
    return Input(
        name=one.name,
        widget=described.widget.value,
        label=t(described.label),
        hint=t(described.hint) if described.hint else "",
        blank=t(described.blank) if described.blank else "",
        example=t(described.example) if described.example else "",
        required=_wanted(one),
        advanced=described.advanced,
        options=[(code, t(label) if label else code) for code, label in options],
    )


def _wanted(one: RequestField) -> bool:
    """Must it be typed? What is filled in at first is wanted: a blank amount must not mean all of it on a screen."""
    return one.required or one.field.suggested


def _at_first(one: RequestField, suggested: Suggestion, desk: Desk) -> str:
    value = suggested.values.get(one.name)
    if isinstance(value, Decimal):
        return as_typed(value, desk.currency)
    if isinstance(value, date):
        return value.isoformat()
    if value is None and one.field.widget is Widget.DATE and one.field.suggested:
        return desk.today.isoformat()
    return "" if value is None else str(value)


def _read(one: RequestField, input_: Input, typed: Typed, desk: Desk) -> Any:
    """What was typed into a field; what is wrong with it is kept by `typed`."""
    name, needed = one.name, input_.required
    match one.field.widget:
        case Widget.MONEY:
            return typed.amount(name, needed=needed, zero=one.field.zero)
        case Widget.DATE:
            return typed.day(name)
        case Widget.CHOICE:
            assert one.field.options is not None, "a choice has options"
            return typed.among(name, [code for code, _ in input_.options], one.field.options.unknown, needed=needed)
        case Widget.ACCOUNT:
            return _account(name, typed, desk, needed=needed)
        case _:
            # A reason still to be written does not hinder a preview.
            return typed.text(name, needed=needed and not desk.trial) or ("-" if needed else None)


def _account(name: str, typed: Typed, desk: Desk, *, needed: bool) -> int | None:
    code = typed.text(name, needed=needed)
    if code is None:
        return None
    if (found := desk.others.get(code)) is None:
        typed.refusals.append(refuse(UNKNOWN_ACCOUNT, f"there is no account {code!r}", field=name))
        return None
    return found.account_id


def _amounts(values: Mapping[str, Decimal], currency: str) -> dict[str, str]:
    return {name: f"{formats.money(amount, currency)} {currency}" for name, amount in values.items()}
