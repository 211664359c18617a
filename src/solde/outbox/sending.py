"""The delivery run: take what is due, send it, write what came of it. Three steps, three transactions.

A run that dies between sending and writing leaves its messages taken; once their try counts as lost they are sent again
under the same id. So each message arrives at least once, and a receiver that keeps the ids sees it once.
"""

from __future__ import annotations

import asyncio
import random as stdlib_random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock, format_instant

from . import actions, mails, rules, store
from .model import Endpoint, Message, MessageState, Tally, TryOutcome, TryVerdict
from .relaying import relay
from .settings import MailServer, OutboxSettings
from .webhooks import EndpointClient, Resolve, open_poster, resolve_host

log = structlog.get_logger("solde.outbox")

ACTOR = "outbox"
MAIL_SERVER = 0
"""The number of the mail server among receivers."""
SLICE = 50
SLICES_MOST = 100
ENDPOINTS_AT_ONCE = 16
LOST_AFTER = timedelta(minutes=10)
"""When a try counts as lost: longer than the slowest slice takes."""

RUN_SECONDS = 30.0
"""How long one run sends to one receiver, so that one with much to take leaves room for others."""
MAILS_AT_ONCE = 20
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000

Chance = Callable[[], float]


async def deliver(
    pool: Pool,
    settings: OutboxSettings,
    *,
    clock: Clock,
    random: Chance = stdlib_random.random,
    resolve: Resolve = resolve_host,
) -> Tally:
    """Put new events into the outbox and send all that is due."""
    tally = Tally(relayed=await relay(pool, clock=clock))
    async with pool.connection() as conn:
        endpoints = await store.due_endpoints(conn, clock())
    free = asyncio.Semaphore(ENDPOINTS_AT_ONCE)

    async def drain_in_turn(endpoint: Endpoint) -> Tally:
        async with (
            free,
            open_poster(endpoint, clock=clock, private_targets=settings.private_targets, resolve=resolve) as poster,
        ):
            return await drain(pool, endpoint, poster, clock=clock, random=random)

    # Every part goes to its end: what one has taken must not wait because another has broken.
    done = await asyncio.gather(
        *(drain_in_turn(endpoint) for endpoint in endpoints),
        _send_mails(pool, settings.server, clock, random),
        return_exceptions=True,
    )
    for part in done:
        if isinstance(part, BaseException):
            raise part
        tally += part
    before = clock() - KEPT_FOR
    await transaction(pool, lambda conn: store.purge_events(conn, before, FORGOTTEN_AT_ONCE))
    return tally


@dataclass(frozen=True, slots=True)
class Due:
    """A receiver with something to take: an endpoint, or the mail server, which is number 0."""

    receiver: int
    failing: bool


async def put_out(pool: Pool, settings: OutboxSettings, *, clock: Clock) -> list[Due]:
    """Put new events into the outbox, forget old ones; gives who has something to take."""
    await relay(pool, clock=clock)
    now = clock()
    await transaction(pool, lambda conn: store.purge_events(conn, now - KEPT_FOR, FORGOTTEN_AT_ONCE))
    async with pool.connection() as conn:
        due = [Due(one.webhook_id, one.failing_since is not None) for one in await store.due_endpoints(conn, now)]
        if settings.server is not None and await store.has_due_mail(conn, now):
            due.append(Due(MAIL_SERVER, failing=False))
    return due


async def deliver_to(pool: Pool, receiver: int, settings: OutboxSettings, *, clock: Clock) -> Tally:
    """Send one receiver what is due, for a while; nothing where it is out of use by now. One run at a time each."""
    chance = stdlib_random.random
    if receiver == MAIL_SERVER:
        return await _send_mails(pool, settings.server, clock, chance)
    async with pool.connection() as conn:
        found = [one for one in await store.due_endpoints(conn, clock()) if one.webhook_id == receiver]
    if not found:
        return Tally()
    async with open_poster(found[0], clock=clock, private_targets=settings.private_targets) as poster:
        return await drain(pool, found[0], poster, clock=clock, random=chance)


async def drain(pool: Pool, endpoint: Endpoint, poster: EndpointClient, *, clock: Clock, random: Chance) -> Tally:
    """Send an endpoint what is due, slice after slice, until a try fails.

    An endpoint that fails gets one message a run, so that it holds up nobody and is not flooded when it is back.
    """
    tally, end = Tally(), time.monotonic() + RUN_SECONDS
    for _ in range(SLICES_MOST):
        if time.monotonic() > end:
            break
        most = SLICE if endpoint.failing_since is None else 1
        taken = await _claim(pool, endpoint.webhook_id, clock, most)
        if not taken:
            break
        outcomes = await poster.post_all(taken)
        tally += await _finish(pool, endpoint, outcomes, clock, random)
        if any(outcome.verdict is not TryVerdict.DELIVERED for outcome in outcomes):
            break
        endpoint = replace(endpoint, failing_since=None)
    return tally


async def _claim(pool: Pool, webhook_id: int | None, clock: Clock, most: int) -> list[Message]:
    now = clock()
    return await transaction(
        pool, lambda conn: store.claim(conn, webhook_id, now=now, lost_at=now + LOST_AFTER, most=most)
    )


async def _finish(
    pool: Pool, endpoint: Endpoint | None, outcomes: Sequence[TryOutcome], clock: Clock, random: Chance
) -> Tally:
    return await transaction(pool, lambda conn: finish(conn, endpoint, outcomes, clock, random))


async def finish(
    conn: Connection, endpoint: Endpoint | None, outcomes: Sequence[TryOutcome], clock: Clock, random: Chance
) -> Tally:
    """Write what came of tries; take an endpoint out of use that is gone or has failed for days."""
    now = clock()
    steps = [rules.next_step(outcome, now, random()) for outcome in outcomes]
    await store.save_steps(conn, steps, now)
    if endpoint is not None:
        await _judge(conn, endpoint, outcomes, clock)
    delivered = sum(outcome.verdict is TryVerdict.DELIVERED for outcome in outcomes)
    dead = sum(step.state is MessageState.DEAD for step in steps)
    untried = sum(outcome.verdict is TryVerdict.UNTRIED for outcome in outcomes)
    return Tally(delivered=delivered, failed=len(outcomes) - delivered - dead - untried, dead=dead)


async def _judge(conn: Connection, endpoint: Endpoint, outcomes: Sequence[TryOutcome], clock: Clock) -> None:
    now, verdicts = clock(), {outcome.verdict for outcome in outcomes}
    failing = TryVerdict.DELIVERED not in verdicts
    await store.note_health(conn, endpoint.webhook_id, failing=failing, now=now)
    gone = TryVerdict.REFUSED in verdicts
    if not failing and not gone:
        return
    last = next(o for o in reversed(outcomes) if o.verdict in {TryVerdict.FAILED, TryVerdict.REFUSED})
    why = "it answered 410 Gone" if gone else f"nothing arrived for {rules.DISABLED_AFTER.days} days"
    said = rules.printable(f"{last.status or ''} {last.answer or ''}".strip()[:200])
    note = f"Disabled at {format_instant(now)}: {why}. Last answer: {said or 'none'}"
    disabled = await store.disable_endpoint(
        conn, endpoint.webhook_id, note, failing_before=now - rules.DISABLED_AFTER, at_once=gone
    )
    if disabled is not None:
        await actions.note(conn, "webhook_disable", ACTOR, endpoint, disabled)
        log.warning("webhook disabled", webhook=endpoint.webhook_id, reason=why)


async def _send_mails(pool: Pool, server: MailServer | None, clock: Clock, random: Chance) -> Tally:
    if server is None:
        async with pool.connection() as conn:
            return Tally(waiting_mails=await store.count_waiting_mails(conn))
    tally = Tally()
    for _ in range(SLICES_MOST):
        taken = await _claim(pool, None, clock, MAILS_AT_ONCE)
        if not taken:
            break
        async with pool.connection() as conn:
            files = await store.attachments_of(conn, [message.message_id for message in taken])
        outcomes = await mails.send_all(server, taken, files)
        tally += await _finish(pool, None, outcomes, clock, random)
        if any(outcome.verdict is TryVerdict.UNTRIED for outcome in outcomes):
            break
    return tally
