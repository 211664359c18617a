"""JSON routes made from described actions: the address, the body, the checks and the documentation of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET

from solde.access.http import Answer, Ask, ok
from solde.access.reading import Trial
from solde.access.routing import route
from solde.actions.action import Action
from solde.actions.execute import all_of, propose, submit
from solde.actions.fields import Placed, Widget
from solde.actions.requests import asked_fields, body_of, make_request, placed_field
from solde.approvals import ExecutionContext, Waiting
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.litigation.api import operation_number
from solde.matching.api import numbers_of

ACCOUNT_PATH = "/accounts/{account}/"


def routes_of(actions: Sequence[Action]) -> Iterator[HTTPRouteHandler]:
    """The routes of actions, and of those that undo them."""
    for action in all_of(actions):
        yield _route_of(action, path_of(action))


def path_of(action: Action) -> str:
    """The address of an action below /api/v1."""
    return ACCOUNT_PATH + (action.at.path or f"operations/{{number}}/{action.slug}")


def _route_of(action: Action, path: str) -> HTTPRouteHandler:
    body = body_of(action.request, _body_name(action), "{number}" not in path)
    decoder = msgspec.json.Decoder(body)

    async def act(ask: Ask) -> Answer:
        if action.feature is not None:
            await ask.state.features.check(action.feature)
        dry_run = ask.query(Trial).dry_run
        account: AccountRef = await ask.state.directory.get(ask.path("account"), ask.caller.seller)
        request = await _request(ask, action, account, await ask.body(decoder), path)

        async def work(conn: Connection) -> Answer:
            return await _submit(ask, conn, action, account, request, dry_run=dry_run)

        return await ask.act(work, account_id=account.account_id, dry_run=dry_run)

    act.__name__ = f"post_{action.kind}"
    act.__doc__ = f"{action.request.__doc__}\n\n202 where the caller's role needs a second person."
    return route(
        "POST", path, permission=action.permission, tag=action.at.tag, query=Trial, keyed=True, status=201, body=body,
        gives=action.gives, problems=(403, 404, 409), example=dict(action.example),
    )(act)  # fmt: skip


def _body_name(action: Action) -> str:
    return "".join(part.capitalize() for part in action.kind.split("_")) + "Body"


async def _request(ask: Ask, action: Action, account: AccountRef, body: Any, path: str) -> msgspec.Struct:
    """What the body, the address and the caller say together, as the request of the action."""
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    subject = placed_field(action.request, Placed.SUBJECT)
    assert subject is not None, "an action on an operation names it"
    if "{number}" in path:
        number = operation_number(ask.path("number"))
    else:
        (number,) = numbers_of(account, [given.pop(subject.name)], subject.name)
    for one in asked_fields(action.request):
        if one.field.widget is Widget.ACCOUNT and given[one.name] is not None:
            given[one.name] = (await _other_account(ask, given[one.name], one.name)).account_id
    placed = {Placed.ACCOUNT: account.account_id, Placed.SUBJECT: number, Placed.ACTOR: ask.actor}
    return make_request(action.request, given, placed)


async def _other_account(ask: Ask, code: str, name: str) -> AccountRef:
    try:
        found: AccountRef = await ask.state.directory.get(code, ask.caller.seller)
    except Refused as refused:
        raise Refused(one.at(field=name) for one in refused.refusals) from None
    return found


async def _submit(
    ask: Ask, conn: Connection, action: Action, account: AccountRef, request: msgspec.Struct, *, dry_run: bool
) -> Answer:
    extra, late = {"types": ask.state.types}, ask.caller.posts_late
    context = ExecutionContext(ask.actor, None, ask.now(), ask.today(account.time_zone), extra, late)
    proposal = await propose(conn, action, request, account.currency, context, ask.caller.role)
    done = await submit(conn, ask.state.approvals, action, proposal, context)
    if isinstance(done, Waiting):
        return answer_waiting(done, dry_run=dry_run)
    answer = done.answer
    assert isinstance(answer, msgspec.Struct), "actions answer with a shape"
    return ok(msgspec.structs.replace(answer, dry_run=dry_run or UNSET), 201)
