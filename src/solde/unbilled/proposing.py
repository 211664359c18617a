"""Take an item back within the limits of who wants it, or keep that for a second person."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from solde.access.caller import Caller
from solde.approvals import Approvals, Executed, Proposal, Waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from . import rules, store
from .executors import KIND, TakeBackContent


async def propose_take_back(
    conn: Connection,
    approvals: Approvals,
    caller: Caller,
    account: AccountRef,
    number: int,
    comment: str | None,
    *,
    now: datetime,
    today: date,
) -> Executed | Waiting:
    """Take it back, or let it wait; what waits was tried before.

    Refuses: unknown_unbilled_item, what `take_back` refuses.
    """
    item = await store.get_item(conn, account.account_id, number)
    if item is None:
        raise Refused(refuse(rules.UNKNOWN_ITEM, "the account has no unbilled item {number}", number=number))
    content = msgspec.to_builtins(TakeBackContent(account.account_id, number, comment))
    proposal = Proposal(
        KIND, account.account_id, abs(item.gross), account.currency, content, caller.actor, caller.role, comment
    )
    done = await approvals.submit(conn, proposal, now=now, today=today)
    if isinstance(done, Waiting):
        await approvals.rehearse(conn, KIND, content, actor=caller.actor, role=caller.role, now=now, today=today)
    return done
