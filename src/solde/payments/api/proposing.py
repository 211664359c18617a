"""Do an action of a route within the caller's limit, or let it wait for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec import UNSET

from solde.access.http import Answer, Ask, ok
from solde.actions.requests import content_of
from solde.approvals import Executed, ExecutionContext, Executor, Proposal
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection

from ..executors import EXECUTORS


async def propose(
    ask: Ask, conn: Connection, kind: str, account: AccountRef, amount: Decimal, request: object, *, dry_run: bool,
    executors: Mapping[str, Executor] = EXECUTORS,
) -> Answer:  # fmt: skip
    """Carry a request out, or keep it where the caller's role needs a second person: then 202.

    What waits was tried before, so that nothing waits that could not be done. `executor` is that of a kind of another
    feature.
    """
    approvals = ask.services.approvals
    now, today = ask.now(), ask.today(account.time_zone)
    content, reason = content_of(request), getattr(request, "reason", None)
    proposal = Proposal(kind, account.account_id, amount, account.currency, content, ask.actor, ask.caller.role, reason)
    done = await approvals.submit(conn, proposal, now=now, today=today)
    if isinstance(done, Executed):
        answer = done.answer
        assert isinstance(answer, msgspec.Struct), "executors answer with a shape"
        return ok(msgspec.structs.replace(answer, dry_run=dry_run or UNSET), 201)
    context = ExecutionContext(ask.actor, None, now, today, {"types": ask.services.types}, ask.caller.posts_late)
    async with conn.transaction(force_rollback=True):
        await executors[kind](conn, content, context)
    return answer_waiting(done, dry_run=dry_run)


async def account_of(ask: Ask) -> AccountRef:
    """The account of the address; refuses unknown_account."""
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)
