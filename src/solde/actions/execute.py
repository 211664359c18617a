"""Carry described actions out: within the limits of who asks, or from their content as approvals keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solde.approvals import Approvals, Executed, ExecutionContext, Executor, Proposal, Waiting
from solde.db import Connection

from .action import Action
from .requests import content_of, read_content


def all_of(actions: Sequence[Action]) -> Iterator[Action]:
    """The actions and those that undo them."""
    for action in actions:
        yield action
        if action.undo is not None:
            yield action.undo


def executors_of(actions: Sequence[Action]) -> dict[str, Executor]:
    """What carries the actions out from their content, by kind, of those that may need a second person."""
    return {action.kind: _executor_of(action) for action in all_of(actions) if action.settle is not None}


def _executor_of(action: Action) -> Executor:
    async def execute(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> object:
        return await action.run(conn, _requests(action, content, context), context)

    return execute


def _requests(action: Action, content: Mapping[str, object], context: ExecutionContext) -> Sequence[Any]:
    late = context.posts_late
    if action.several is not None and "amounts" in content:
        return action.several.split(read_content(content, action.several.request, context.actor, late=late))
    return [read_content(content, action.request, context.actor, late=late)]


def requests_of(action: Action, request: Any) -> Sequence[Any]:
    """The single requests of what is asked: itself, or one of each row."""
    several = action.several
    return several.split(request) if several is not None and isinstance(request, several.request) else [request]


async def propose(
    conn: Connection, action: Action, request: Any, currency: str, context: ExecutionContext, role: str
) -> Proposal:
    """A request as approvals take it, all of it decided: how much, and how large it is for limits.

    Refuses: what `settle` of the action refuses.
    """
    several = action.several
    settle = several.settle if several is not None and isinstance(request, several.request) else action.settle
    assert settle is not None, "what has no size is not proposed"
    settled, size = await settle(conn, request, context)
    content, reason = content_of(settled), getattr(request, "reason", None)
    return Proposal(action.kind, settled.account_id, size, currency, content, context.actor, role, reason)


async def submit(
    conn: Connection,
    approvals: Approvals,
    action: Action,
    request: Any,
    currency: str,
    context: ExecutionContext,
    role: str,
) -> Executed | Waiting:
    """Do it now where the role may alone; otherwise keep it for a second person.

    What waits was tried before, so that nothing waits that could not be done.
    Refuses: what approvals and the action refuse.
    """
    if action.settle is None:
        return Executed(await action.run(conn, requests_of(action, request), context))
    proposal = await propose(conn, action, request, currency, context, role)
    done = await approvals.submit(conn, proposal, now=context.now, today=context.today)
    if isinstance(done, Waiting):
        async with conn.transaction(force_rollback=True):
            await _executor_of(action)(conn, proposal.content, context)
    return done
