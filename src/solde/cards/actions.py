"""Ask something of a gateway: commit the intent, call, commit the result; never a call inside a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import structlog

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.refusals import Refused, refuse
from solde.operations import store as operation_store

from . import rules, store
from .gateway import ChargeCall, Gateway, QueryCall, Reply, StepCall
from .intents import make_intent
from .model import CardKind, CardOutcome, CardRequest, CardState, CardTransaction, Key, PaymentCard, Verdict
from .results import GatewayResult, take_reply

log = structlog.get_logger("solde.cards")

CALL_SECONDS = 30.0
"""How long an answer is waited for; then the outcome is unknown."""

TOO_LATE = "authorization_expired"


@dataclass(frozen=True, slots=True)
class Call:
    """A claimed call: the transaction as it stands, what it belongs to, its card, and which attempt this is."""

    transaction: CardTransaction
    parent: CardTransaction | None
    card: PaymentCard | None
    attempts: int
    attempt_number: int


async def charge(gateway: Gateway, pool: Pool, request: CardRequest, *, clock: Clock) -> CardOutcome:
    """Take money from a stored card; approved, it is a payment of the account, of the oldest due first.

    Refuses: what `make_intent` refuses. What the gateway says is no refusal but the state of the transaction.
    """
    assert request.kind is CardKind.CHARGE, "a charge is asked for"
    return await ask(gateway, pool, request, clock=clock)


async def authorize(gateway: Gateway, pool: Pool, request: CardRequest, *, clock: Clock) -> CardOutcome:
    """Reserve money on a stored card; it moves no balance."""
    assert request.kind is CardKind.AUTHORIZE, "an authorization is asked for"
    return await ask(gateway, pool, request, clock=clock)


async def capture(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, amount: Decimal | None = None, *, actor: str,
    clock: Clock, reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Take what was reserved, or a part, once; the rest is released. Then it is a payment as of a charge."""
    request = CardRequest(
        transaction.account_id, CardKind.CAPTURE, actor, amount, None, transaction.number, reason, comment
    )
    return await ask(gateway, pool, request, clock=clock)


async def void(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, *, actor: str, clock: Clock,
    reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Give up what was reserved; it moves no balance."""
    request = CardRequest(transaction.account_id, CardKind.VOID, actor, None, None, transaction.number, reason, comment)
    return await ask(gateway, pool, request, clock=clock)


async def refund(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, amount: Decimal | None = None, *, actor: str,
    clock: Clock, reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Give money back to the card: the payment's open part first, then its newest allocations open again."""
    request = CardRequest(
        transaction.account_id, CardKind.REFUND, actor, amount, None, transaction.number, reason, comment
    )
    return await ask(gateway, pool, request, clock=clock)


async def ask(gateway: Gateway, pool: Pool, request: CardRequest, *, clock: Clock) -> CardOutcome:
    """Write the intent and carry it out."""
    names = (gateway.name, gateway.merchant)
    intent = await transaction(pool, lambda conn: make_intent(conn, names, request, now=clock()))
    return await carry_out(gateway, pool, intent.key, clock=clock)


async def carry_out(gateway: Gateway, pool: Pool, key: Key, *, clock: Clock) -> CardOutcome:
    """Call the gateway for an intent that nobody carries out, and take in what it says; else as it stands."""
    call = await transaction(pool, lambda conn: claim(conn, key, clock(), query=False))
    if call is not None:
        await finish(gateway, pool, call, query=False, clock=clock)
    async with pool.connection() as conn:
        return await read_outcome(conn, key)


async def read_outcome(conn: Connection, key: Key) -> CardOutcome:
    """A transaction as it stands, and what it belongs to; refuses unknown_card_transaction."""
    found = (await store.get_transactions(conn, key[0], [key[1]])).get(key[1])
    if found is None:
        raise Refused(refuse(rules.UNKNOWN_TRANSACTION, "the account has no card transaction {key}", key=key[1]))
    if found.parent_number is None:
        return CardOutcome(found)
    parent = (await store.get_transactions(conn, key[0], [found.parent_number]))[found.parent_number]
    return CardOutcome(found, parent)


WAIT_STEP_SECONDS = 0.05


async def await_outcome(pool: Pool, key: Key, *, patience: float = CALL_SECONDS) -> CardOutcome:
    """The outcome of what somebody else carries out just now; as it stands once patience is over."""
    waited, step = 0.0, WAIT_STEP_SECONDS
    while True:
        async with pool.connection() as conn:
            outcome = await read_outcome(conn, key)
        if outcome.transaction.state is not CardState.CREATED or waited >= patience:
            return outcome
        await asyncio.sleep(step)
        waited, step = waited + step, min(1.0, step * 1.5)


async def claim(conn: Connection, key: Key, now: datetime, *, query: bool, at_once: bool = False) -> Call | None:
    """Take a call for oneself, its attempt written; none where another has it, or nothing is to be asked."""
    await operation_store.lock_accounts(conn, [key[0]])
    attempts = await store.claim_call(conn, key, now, now + rules.LEASE, at_once=at_once)
    if attempts is None:
        return None
    outcome = await read_outcome(conn, key)
    one, parent = outcome.transaction, outcome.parent
    asks = query and attempts > 1
    cards = await store.list_cards(conn, key[0], removed=True)
    wanted = (parent or one).card_number
    card = next((c for c in cards if c.card_number == wanted), None)
    number = await store.insert_attempt(conn, key, "query" if asks else one.kind.value, now, actor=None)
    return Call(one, parent, card, attempts, number)


async def finish(gateway: Gateway, pool: Pool, call: Call, *, query: bool, clock: Clock) -> CardTransaction:
    """Make a claimed call, and commit what it says."""
    one = call.transaction
    if query and call.attempts > 1:
        reply = await _patiently(gateway.query(_query_of(call)), one)
    elif comes_too_late(call, clock()):
        reply = Reply(Verdict.FAILED, code=TOO_LATE)
    else:
        reply = await send(gateway, call)
    return await take(pool, call, reply, clock)


async def take(pool: Pool, call: Call, reply: Reply, clock: Clock) -> CardTransaction:
    """Commit what a claimed call came back with."""
    one = call.transaction
    told = GatewayResult("", reply, None, call.attempt_number)
    return await transaction(pool, lambda conn: take_reply(conn, one.key, told, now=clock()))


def comes_too_late(call: Call, now: datetime) -> bool:
    """An authorization that is over is not captured any more, nor voided: that was surely not sent yet."""
    steps = {CardKind.CAPTURE, CardKind.VOID}
    return call.transaction.kind in steps and call.parent is not None and rules.is_over(call.parent, now)


async def send(gateway: Gateway, call: Call) -> Reply:
    """Send the request of a call; sent again it is still the same request, by its reference."""
    one, parent = call.transaction, call.parent
    if parent is None:
        assert call.card is not None, "a charge has a card"
        wish = ChargeCall(
            one.reference, one.amount, one.currency, call.card.token, call.card.customer_reference,
            one.kind is CardKind.CHARGE, one.return_url, f"Account payment {one.account_id}/{one.number}",
        )  # fmt: skip
        return await _patiently(gateway.charge(wish), one)
    assert parent.gateway_reference is not None, "what was approved has a reference"
    step = StepCall(one.kind, one.reference, parent.gateway_reference, one.amount, one.currency)
    return await _patiently(gateway.step(step), one)


async def _patiently(answer: Awaitable[Reply], one: CardTransaction) -> Reply:
    """An answer, or that nothing is known: also where the adapter itself broke, for the request may have been done."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await answer
    except TimeoutError:
        return Reply(Verdict.UNKNOWN, code="timeout")
    except Exception as error:
        log.exception("a call of the gateway broke", account=one.account_id, transaction=one.number)
        return Reply(Verdict.UNKNOWN, code=type(error).__name__)


def _query_of(call: Call) -> QueryCall:
    one, parent, card = call.transaction, call.parent, call.card
    return QueryCall(
        one.kind, one.reference, one.gateway_reference if parent is None else parent.gateway_reference,
        None if card is None else card.customer_reference, one.amount, one.currency, one.created_at,
    )  # fmt: skip
