"""The janitor: asks what became of calls without outcome, ends authorizations, books what could not be booked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.payments.rules import check_reason

from . import rules, store
from .actions import TOO_LATE, Call, claim, comes_too_late, finish, read_outcome, send, take
from .gateway import Gateway, Reply
from .model import CardState, CardTransaction, Key, Swept, Verdict
from .results import GatewayResult, book_again, expire, take_reply

log = structlog.get_logger("solde.cards")

READ_MOST = 200

BAD_RESOLUTION = declare("bad_resolution", Kind.INVALID, "Resolve it as approved or as failed.")


async def sweep(gateway: Gateway, pool: Pool, *, clock: Clock) -> Swept:
    """Look at all that is due, once. Several at once do nothing twice: each call is taken by one of them."""
    now, after = clock(), (0, 0)
    counts: Counter[str] = Counter()
    while True:
        async with pool.connection() as conn:
            due = await store.list_due(conn, gateway.name, now, after, READ_MOST)
        for account, number, state in due:
            done = await _look_at(gateway, pool, (account, number), state, clock)
            counts.update([done] if done else [])
        if len(due) < READ_MOST:
            return Swept(dict(counts))
        after = (due[-1][0], due[-1][1])


async def _look_at(gateway: Gateway, pool: Pool, key: Key, state: CardState, clock: Clock) -> str | None:
    """What was done about one transaction; a fault of one does not keep the others waiting."""
    try:
        if state is CardState.AUTHORIZED:
            expired = await transaction(pool, lambda conn: expire(conn, key, now=clock()))
            return "expired" if expired else None
        if state not in {CardState.CREATED, CardState.PENDING, CardState.UNKNOWN}:
            booked = await transaction(pool, lambda conn: book_again(conn, key, now=clock()))
            return "booked" if booked else None
        return await _clear_up(gateway, pool, key, clock)
    except Refused as refused:
        log.warning("a card transaction was left", account=key[0], transaction=key[1], why=str(refused))
        return None


async def _clear_up(gateway: Gateway, pool: Pool, key: Key, clock: Clock) -> str | None:
    """Ask the gateway what became of a request; what it never got is sent, as long as it would know it again."""
    call = await transaction(pool, lambda conn: claim(conn, key, clock(), query=True))
    if call is None:
        return None
    one = await _ask_or_send(gateway, pool, call, clock)
    return "resolved" if not one.is_live else "asked"


async def _ask_or_send(gateway: Gateway, pool: Pool, call: Call, clock: Clock) -> CardTransaction:
    found = await finish(gateway, pool, call, query=True, clock=clock)
    if not found.is_live or call.attempts == 1 or not await _is_absent(pool, call):
        return found
    if clock() - found.created_at > rules.SEND_AGAIN_WITHIN:
        return found
    again = await transaction(pool, lambda conn: claim(conn, found.key, clock(), query=False, at_once=True))
    if again is None:
        return found
    late = comes_too_late(again, clock())
    reply = Reply(Verdict.FAILED, code=TOO_LATE) if late else await send(gateway, again)
    return await take(pool, again, reply, clock)


async def _is_absent(pool: Pool, call: Call) -> bool:
    """Did the gateway say that it never got the request?"""
    async with pool.connection() as conn:
        attempts = await store.list_attempts(conn, call.transaction.key)
    mine = next(a for a in attempts if a.attempt_number == call.attempt_number)
    return mine.verdict == Verdict.ABSENT


async def resolve(
    pool: Pool, key: Key, *, approved: bool, gateway_reference: str | None, actor: str, reason: str, now: datetime
) -> CardTransaction:
    """A named person says what became of a request, and why they know: the only other way out of UNKNOWN.

    Refuses: unknown_card_transaction, not_resolvable, action_reason_missing, bad_resolution.
    """
    if (bad := check_reason(reason)) is not None:
        raise Refused(bad)

    async def work(conn: Connection) -> CardTransaction:
        return await resolve_within(
            conn, key, approved=approved, gateway_reference=gateway_reference, actor=actor, reason=reason, now=now
        )

    return await transaction(pool, work)


async def resolve_within(
    conn: Connection, key: Key, *, approved: bool, gateway_reference: str | None, actor: str, reason: str, now: datetime
) -> CardTransaction:
    """As `resolve`, in the transaction of the caller."""
    if (bad := check_reason(reason)) is not None:
        raise Refused(bad)
    await store.lock_account(conn, key[0])
    one = (await read_outcome(conn, key)).transaction
    if one.state is not CardState.UNKNOWN:
        raise Refused(
            refuse(rules.NOT_RESOLVABLE, "transaction {number} is {value}", number=one.number, value=one.state.value)
        )
    if approved and not gateway_reference:
        raise Refused(
            refuse(
                BAD_RESOLUTION, "what was approved has a reference of the gateway: give it", field="gateway_reference"
            )
        )
    verdict = Verdict.APPROVED if approved else Verdict.FAILED
    reply = Reply(verdict, gateway_reference if approved else None, code=None if approved else "resolved_by_hand")
    told = GatewayResult(f"resolved by hand: {reason}", reply, actor)
    return await take_reply(conn, key, told, now=now)
