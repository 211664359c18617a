"""Post what a person, or a token with a person's role, asks for: within the limits of the role, or not at once."""

from __future__ import annotations

from collections.abc import Sequence

from solde.access.http import Ask
from solde.approvals import Executed, Proposal, Waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .executors import KIND, manual_content
from .model import NewOperation, Posted

WAITS_IN_BATCH = declare(
    "above_limit_in_batch", Kind.FORBIDDEN, "Post this operation by itself: it then waits for a second person."
)
TOO_MANY_BY_HAND = declare(
    "too_many_by_hand", Kind.INVALID, "Send them in parts, as a file import, or with a token of the role program."
)

MOST = 500
"""How many operations a person posts in one request: each is held against the limits of their role."""


async def post_one_by_hand(ask: Ask, conn: Connection, account: AccountRef, new: NewOperation) -> Posted | Waiting:
    """Post an operation, or keep it for a second person."""
    done = await _submit(ask, conn, account, new, None)
    if isinstance(done, Waiting):
        return done
    assert isinstance(done.answer, Posted)
    return done.answer


async def post_many_by_hand(
    ask: Ask, conn: Connection, news: Sequence[tuple[AccountRef, NewOperation]], reason: str | None
) -> Posted:
    """Post operations together; none of them may pass a limit.

    Refuses: too_many_by_hand, above_limit_in_batch, what posting refuses.
    """
    if len(news) > MOST:
        said = say("{count} operations; a person posts {most} at once at the most", count=len(news), most=MOST)
        raise Refused(refuse(TOO_MANY_BY_HAND, said))
    answers: list[Posted] = []
    for row, (account, new) in enumerate(news):
        try:
            done = await _submit(ask, conn, account, new, reason)
        except Refused as refused:
            raise Refused([refusal.at(row=row) for refusal in refused.refusals]) from None
        if isinstance(done, Waiting):
            raise Refused(refuse(WAITS_IN_BATCH, done.why, row=row, field="amount"))
        assert isinstance(done.answer, Posted)
        answers.append(done.answer)
    numbers = tuple(number for answer in answers for number in answer.numbers)
    return Posted(numbers, barred=tuple(barred for answer in answers for barred in answer.barred))


async def _submit(
    ask: Ask, conn: Connection, account: AccountRef, new: NewOperation, reason: str | None
) -> Executed | Waiting:
    approvals = ask.services.approvals
    proposal = Proposal(
        KIND,
        account.account_id,
        new.amount,
        new.currency or account.currency,
        manual_content(new, reason),
        ask.actor,
        ask.caller.role,
        reason,
    )
    return await approvals.submit(conn, proposal, now=ask.now(), today=ask.today(account.time_zone))
