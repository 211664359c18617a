"""Signed words of a gateway: each taken in once, in whatever order and however often they come."""

from __future__ import annotations

from collections.abc import Mapping

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

from . import store, stored_cards
from .chargebacks import take_chargeback
from .gateway import EventKind, Gateway, GatewayEvent
from .intents import account_of
from .model import Key
from .results import GatewayResult, expire, take_reply

KNOWN = "known"
NOT_OURS = "it concerns nothing of ours"


async def receive(gateway: Gateway, pool: Pool, headers: Mapping[str, str], body: bytes, *, clock: Clock) -> str:
    """Take an event in; gives what was made of it.

    Refuses: gateway_event_forged, gateway_event_stale, gateway_event_unreadable; gateway_event_early, where the gateway
    should send it again.
    """
    event = await gateway.parse_event(headers, body)
    async with pool.connection() as conn:
        if await store.find_event(conn, gateway.name, event.event_id) is not None:
            return KNOWN
    if event.kind is EventKind.CARD_ADDED:
        return await _add_card(gateway, pool, event, clock)
    return await transaction(pool, lambda conn: _take(conn, gateway, event, clock))


async def _add_card(gateway: Gateway, pool: Pool, event: GatewayEvent, clock: Clock) -> str:
    """A card that was entered is asked for before the transaction begins."""
    key = account_of(event.reference)
    told = NOT_OURS
    if key is not None:
        added = await stored_cards.finish_setup(gateway, pool, key, clock=clock, reference=event.reference)
        told = NOT_OURS if added is None else f"card {added.card_number} is stored"
    async with pool.connection() as conn, conn.transaction():
        new = await store.insert_event(conn, gateway.name, event, None, told, clock())
    return told if new else KNOWN


async def _take(conn: Connection, gateway: Gateway, event: GatewayEvent, clock: Clock) -> str:
    now, key = clock(), await find_subject(conn, gateway, event)
    if key is None:
        new = await store.insert_event(conn, gateway.name, event, None, NOT_OURS, now)
        return NOT_OURS if new else KNOWN
    await store.lock_account(conn, key[0])
    # Under the lock of the account: two of the same event come one after the other.
    if await store.find_event(conn, gateway.name, event.event_id) is not None:
        return KNOWN
    told = await _act(conn, key, event, clock)
    await store.insert_event(conn, gateway.name, event, key, told, now)
    return told


async def find_subject(conn: Connection, gateway: Gateway, event: GatewayEvent) -> Key | None:
    """The transaction that an event concerns: by our own reference, or by one of the gateway's that we know."""
    key = account_of(event.reference)
    if key is not None:
        found = (await store.get_transactions(conn, key[0], [key[1]])).get(key[1])
        if found is not None and (found.reference, found.gateway) == (event.reference, gateway.name):
            return key
    if event.gateway_reference is None:
        return None
    return await store.find_reference(conn, gateway.name, gateway.merchant, event.gateway_reference)


async def _act(conn: Connection, key: Key, event: GatewayEvent, clock: Clock) -> str:
    if event.kind is EventKind.TRANSACTION and event.reply is not None:
        one = await take_reply(conn, key, GatewayResult(f"event {event.words}", event.reply), now=clock())
        return f"transaction {one.number} is {one.state.value}"
    if event.kind is EventKind.EXPIRED:
        expired = await expire(conn, key, now=clock(), told=True)
        return "the authorization is over" if expired else "nothing was to end"
    if event.kind in {EventKind.CHARGEBACK_OPENED, EventKind.CHARGEBACK_WON, EventKind.CHARGEBACK_LOST}:
        return await take_chargeback(conn, key, event, now=clock())
    return "nothing follows from it"


__all__ = ["find_subject", "receive"]
