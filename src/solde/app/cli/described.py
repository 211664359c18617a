"""Commands made from described actions: what a program must give is an argument, the rest options."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

import typer
from msgspec.structs import replace

from solde.actions.fields import Placed, Widget
from solde.actions.requests import RequestField, asked_fields, make_request, placed_field

from .output import print_json
from .session import Session, amount_of, at_work, read_day

if TYPE_CHECKING:
    from solde.actions.action import Action
    from solde.customers import AccountRef
    from solde.db import Connection

DRY_RUN = typer.Option(False, "--dry-run", help="Tell what would happen, and do nothing.")
AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")


def command_of(action: Action) -> Callable[..., None]:
    """The command of an action; with `--undo` it does what undoes it."""

    def run(**given: Any) -> None:
        dry_run, as_json, undo = given.pop("dry_run"), given.pop("as_json"), given.pop("undo", False)
        chosen = action.undo if undo and action.undo is not None else action
        account, number = given.pop("account"), given.pop("subject", 0)
        _check_taken(chosen, given)
        values = _read(chosen, given)
        _act(chosen, account, number, values, dry_run=dry_run, as_json=as_json)

    run.__doc__ = (action.request.__doc__ or "").strip()
    run.__name__ = action.kind
    parameters = parameters_of(action)
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _check_taken(action: Action, given: dict[str, Any]) -> None:
    """What undoes an action takes fewer options than the action."""
    taken = {one.attribute for one in asked_fields(action.request)}
    if extra := [name for name, value in given.items() if value is not None and name not in taken]:
        raise typer.BadParameter(f"leave out --{extra[0].replace('_', '-')} with --undo: it is reversed whole")


def parameters_of(action: Action) -> list[Parameter]:
    """What the command of an action takes: the account and the subject, then what is asked, then how."""
    subject = placed_field(action.request, Placed.SUBJECT)
    asked = sorted(_asked(action), key=lambda one: not _is_argument(one))
    fixed = [_parameter("account", str, typer.Argument(help="Code of the customer account."))]
    if subject is not None:
        number = typer.Argument(help=subject.field.help, metavar=subject.name.upper())
        fixed.append(_parameter("subject", int, number))
    undo = typer.Option(False, "--undo", help=f"{action.undo.words.noun}, which NUMBER names.") if action.undo else None
    return [
        *fixed,
        *(_parameter(one.attribute, _typed(one), _default(one)) for one in asked),
        *([_parameter("undo", bool, undo)] if undo is not None else []),
        _parameter("dry_run", bool, DRY_RUN),
        _parameter("as_json", bool, AS_JSON),
    ]


def _asked(action: Action) -> list[RequestField]:
    """What a person types; what a form only carries is read instead."""
    return [one for one in asked_fields(action.request) if one.field.widget is not Widget.SEEN]


def _parameter(name: str, kind: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)


def _is_argument(one: RequestField) -> bool:
    """Is it given by its place? A long text never is, nor what has a usual value."""
    return one.required and one.field.widget is not Widget.AREA and not one.field.usual


def _default(one: RequestField) -> Any:
    if _is_argument(one):
        return typer.Argument(help=one.field.help or one.field.label, metavar=one.name.upper())
    absent = one.field.usual or (... if one.required else None)
    return typer.Option(absent, f"--{one.name.replace('_', '-')}", help=one.field.help or one.field.label)


def _typed(one: RequestField) -> Any:
    """How the shell gives it: amounts, days and codes as text."""
    kind = one.plain_kind if one.plain_kind in {bool, int} and one.field.widget is not Widget.ACCOUNT else str
    return kind if one.required or kind is bool else kind | None


def _read(action: Action, given: dict[str, Any]) -> dict[str, Any]:
    """What was typed as values, by the names of the faces; refuses what is not an amount or a day."""
    return {
        one.name: _value(one, given[one.attribute]) for one in _asked(action) if given.get(one.attribute) is not None
    }


def _value(one: RequestField, text: Any) -> Any:
    if one.plain_kind is Decimal:
        return amount_of(text, one.name)
    if one.plain_kind is date:
        return read_day(text or None, one.name)
    if isinstance(one.plain_kind, type) and issubclass(one.plain_kind, Enum) and text not in set(one.plain_kind):
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(one.plain_kind)}")
    return text


def _act(
    action: Action,
    account: str,
    number: int,
    values: dict[str, Any],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    async def work(session: Session) -> None:
        from solde.db import transaction

        from .answers import words_of

        async def once(conn: Connection) -> tuple[Any, AccountRef]:
            found = await session.account(conn, account)
            return await _done(conn, session, action, found, number, values), found

        answer, found = await transaction(session.pool, once, dry_run=dry_run)
        if as_json:
            print_json(replace(answer, dry_run=True) if dry_run else answer)
        else:
            print(("Would happen: " if dry_run else "") + words_of(answer, found))

    at_work(work)


async def _done(
    conn: Connection, session: Session, action: Action, found: AccountRef, number: int, values: dict[str, Any]
) -> Any:
    """Carry it out as the database has it now."""
    from solde.actions.subjects import Subject
    from solde.approvals import ExecutionContext
    from solde.operations import TypeCatalogue

    extra, today = {"types": TypeCatalogue(session.pool)}, session.today(found.time_zone)
    context = ExecutionContext(session.actor, None, session.now, today, extra, True)
    for one in asked_fields(action.request):
        if one.field.widget is Widget.ACCOUNT and one.name in values:
            values[one.name] = (await session.account(conn, values[one.name], one.name)).account_id
        elif one.field.widget is Widget.SEEN and action.suggest is not None:
            now = await action.suggest(conn, Subject(found.account_id, found.currency, number), context)
            values[one.name] = now.values[one.name]
    placed = {
        Placed.ACCOUNT: found.account_id,
        Placed.SUBJECT: number,
        Placed.ACTOR: session.actor,
        Placed.LATE: True,
    }
    return await action.run(conn, [make_request(action.request, values, placed)], context)
