"""JSON routes made from described actions: the address, the body, the checks and the documentation of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET

from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.actions.action import Action, Route
from solde.actions.execute import all_of, submit
from solde.actions.fields import Placed, Widget
from solde.actions.requests import asked_fields, body_of, make_request, placed_field
from solde.actions.subjects import Subject
from solde.approvals import ExecutionContext, Waiting
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.kernel.texts import Text
from solde.kernel.versions import check_version
from solde.matching.api import numbers_of

ACCOUNT_PATH = "/accounts/{account}"


def routes_of(actions: Sequence[Action]) -> Iterator[HTTPRouteHandler]:
    """The routes of actions, and of those that undo them."""
    for action in all_of(actions):
        if action.route is not None:
            yield _route_of(action, action.route)


def path_of(action: Action) -> str:
    """The address of an action below /api/v1."""
    assert action.route is not None, "an action of the API has a route"
    below = action.route.path
    parts = (ACCOUNT_PATH, below) if below is not None else (ACCOUNT_PATH, action.at.path, action.slug)
    return "/".join(part for part in parts if part)


def _route_of(action: Action, of: Route) -> HTTPRouteHandler:
    path, is_read_from_body = path_of(action), of.method != "DELETE"
    number = re.search(r"\{(\w+)\}", path.removeprefix(ACCOUNT_PATH))
    shape: type[Any] = body_of(
        action.request,
        _name(action, "Body" if is_read_from_body else "Query"),
        subject=number is None and bool(action.at.path),
        base=None if is_read_from_body else DryRun,
    )
    decoder = msgspec.json.Decoder(shape)

    async def act(ask: Ask) -> Answer:
        if action.feature is not None:
            await ask.services.features.check(action.feature)
        account: AccountRef = await ask.services.directory.get(ask.path("account"), ask.caller.seller)
        given = await ask.body(decoder) if is_read_from_body else ask.query(shape)
        dry_run = ask.query(DryRun).dry_run if is_read_from_body else given.dry_run
        asked = {name: getattr(given, name) for name in shape.__struct_fields__}
        subject = _subject(ask, action, account, asked, "" if number is None else number[1])
        request = await _request(ask, action, account, subject, asked)
        version = None if of.version is None else ask.version()

        async def work(conn: Connection) -> Answer:
            if of.version is not None:
                now = await of.version.read(conn, subject)
                check_version(version, now, Text(of.version.what, {"number": subject.number}))
            return await _submit(ask, conn, action, of, account, subject, request, dry_run=dry_run)

        if of.method == "POST":
            return await ask.act(work, account_id=account.account_id, dry_run=dry_run)
        return await ask.change(work, dry_run=dry_run)

    act.__name__ = of.name or f"post_{action.kind}"
    waits = "" if action.settle is None else "\n\n202 where the caller's role needs a second person."
    act.__doc__ = f"{action.request.__doc__}{waits}"
    return route(
        of.method, path, permission=action.permission, tag=of.tag, query=DryRun if is_read_from_body else shape,
        keyed=of.method == "POST", versioned=of.version is not None, status=of.status,
        body=shape if is_read_from_body else None, gives=action.gives, problems=(403, 404, 409),
        example=dict(of.example) or None, location=of.location,
    )(act)  # fmt: skip


def _name(action: Action, what: str) -> str:
    return "".join(part.capitalize() for part in action.kind.split("_")) + what


def _subject(ask: Ask, action: Action, account: AccountRef, asked: dict[str, Any], part: str) -> Subject:
    """What the action is done to, by its part of the address, or by what the body names."""
    number, field = 0, placed_field(action.request, Placed.SUBJECT)
    if part:
        assert action.at.read is not None, "what the address names can be read"
        number = action.at.read(ask.path(part))
    elif field is not None and field.name in asked:
        (number,) = numbers_of(account, [asked.pop(field.name)], field.name)
    return Subject(account.account_id, account.currency, number)


async def _request(
    ask: Ask, action: Action, account: AccountRef, subject: Subject, asked: dict[str, Any]
) -> msgspec.Struct:
    """What the body, the address and the caller say together, as the request of the action."""
    for one in asked_fields(action.request):
        if one.field.widget is Widget.ACCOUNT and asked[one.name] is not None:
            asked[one.name] = (await _other_account(ask, asked[one.name], one.name)).account_id
        elif one.field.widget is Widget.OPERATION:
            (asked[one.name],) = numbers_of(account, [asked[one.name]], one.name)
        elif one.field.widget is Widget.OPERATIONS:
            asked[one.name] = numbers_of(account, asked[one.name], one.name)
        elif one.field.widget is Widget.AMOUNTS:
            numbers = numbers_of(account, list(asked[one.name]), one.name)
            asked[one.name] = dict(zip(numbers, asked[one.name].values(), strict=True))
    placed: Mapping[Placed, Any] = {
        Placed.ACCOUNT: account.account_id,
        Placed.SUBJECT: subject.number,
        Placed.ACTOR: ask.actor,
        Placed.LATE: ask.caller.posts_late,
    }
    return make_request(action.request, asked, placed)


async def _other_account(ask: Ask, code: str, name: str) -> AccountRef:
    try:
        found: AccountRef = await ask.services.directory.get(code, ask.caller.seller)
    except Refused as refused:
        raise Refused(one.at(field=name) for one in refused.refusals) from None
    return found


async def _submit(
    ask: Ask, conn: Connection, action: Action, of: Route, account: AccountRef, subject: Subject, request: msgspec.Struct,
    *, dry_run: bool,
) -> Answer:  # fmt: skip
    extra, late = {"types": ask.services.types}, ask.caller.posts_late
    context = ExecutionContext(ask.actor, None, ask.now(), ask.today(account.time_zone), extra, late)
    done = await submit(conn, ask.services.approvals, action, request, account.currency, context, ask.caller.role)
    if isinstance(done, Waiting):
        return answer_waiting(done, dry_run=dry_run)
    answer = done.answer
    assert isinstance(answer, msgspec.Struct), "actions answer with a shape"
    etag = {} if of.version is None else {"etag": f'"{await of.version.read(conn, subject)}"'}
    return ok(msgspec.structs.replace(answer, dry_run=dry_run or UNSET), of.status, **etag)
