"""Stored cards: added on the gateway's own page, made the default, removed."""

from __future__ import annotations

from dataclasses import replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refused, declare, refuse
from solde.operations import store as operation_store

from . import rules, store
from .gateway import Gateway, SetupCall, StoredCard
from .intents import new_token
from .model import CardCondition, CardSetup, Key, PaymentCard

UNKNOWN_SETUP = declare("unknown_card_setup", Kind.NOT_FOUND, "Begin anew from the cards of the account.")


async def begin_setup(
    gateway: Gateway, pool: Pool, account_id: int, return_url: str, *, actor: str, clock: Clock, name: str | None = None
) -> CardSetup:
    """Begin to add a card: gives the page of the gateway where it is entered; `return_url` is where that leads to.

    Refuses: unknown_account, gateway_unreachable.
    """

    async def note(conn: Connection) -> int:
        return await note_setup(conn, gateway, account_id, actor=actor, clock=clock)

    number = await transaction(pool, note)
    return await open_setup(gateway, pool, (account_id, number), return_url, name=name)


async def note_setup(conn: Connection, gateway: Gateway, account_id: int, *, actor: str, clock: Clock) -> int:
    """Note that a card is to be added, before the gateway is asked; gives the number of that."""
    heads = await operation_store.lock_accounts(conn, [account_id])
    if account_id not in heads:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"))
    number = await store.insert_setup(conn, account_id, gateway.name, new_token(), actor, clock())
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = {"setup": number, "gateway": gateway.name}
    await audit.append(conn, [AuditRecord(account_id, action_id, actor, "card_setup", None, None, told)])
    return number


async def open_setup(gateway: Gateway, pool: Pool, key: Key, return_url: str, *, name: str | None = None) -> CardSetup:
    """Ask the gateway for its page, for a card noted before; asked again it is the same page."""
    async with pool.connection() as conn:
        setup = await store.find_setup(conn, key[0], setup_number=key[1])
        cards = await store.list_cards(conn, key[0], removed=True)
    if setup is None:
        raise Refused(refuse(UNKNOWN_SETUP, "the account has no card being added of number {key}", key=key[1]))
    if setup.redirect_url is not None:
        return setup
    known = (card.customer_reference for card in cards if card.gateway == gateway.name)
    reference = f"soldecard-{key[0]}-{key[1]}-{setup.reference}"
    page = await gateway.setup(SetupCall(reference, return_url, next((c for c in known if c), None), name))
    async with pool.connection() as conn, conn.transaction():
        await store.place_setup(conn, key, page.gateway_reference, page.redirect_url)
    return replace(setup, gateway_reference=page.gateway_reference, redirect_url=page.redirect_url)


async def finish_setup(
    gateway: Gateway, pool: Pool, key: Key, *, clock: Clock, reference: str | None = None
) -> PaymentCard | None:
    """Store the card that was entered, once; none where none was entered yet, or the reference is not ours.

    Refuses: gateway_unreachable.
    """
    async with pool.connection() as conn:
        setup = await store.find_setup(conn, key[0], setup_number=key[1])
    if setup is None or setup.gateway != gateway.name or setup.gateway_reference is None:
        return None
    if reference is not None and reference.split("-")[3] != setup.reference:
        return None
    card = await gateway.find_card(setup.gateway_reference)
    if card is None:
        return None
    return await transaction(pool, lambda conn: store_card(conn, gateway.name, setup, card, clock=clock))


async def store_card(
    conn: Connection, gateway: str, setup: CardSetup, card: StoredCard, *, clock: Clock
) -> PaymentCard:
    """Store a card that was entered; known already, it is the same, and one that was removed is back."""
    account = setup.account_id
    await store.lock_account(conn, account)
    (action_id,) = await audit.next_action_ids(conn, 1)
    number = await store.insert_card(conn, account, gateway, card, clock(), action_id)
    if number is None:
        number = await store.find_card_of_token(conn, account, gateway, card.token)
        assert number is not None, "its token is known"
        await store.set_card_state(conn, account, number, CardCondition.ACTIVE)
    told = {"card": number, "brand": card.brand, "last4": card.last4}
    await audit.append(conn, [AuditRecord(account, action_id, setup.actor, "card_add", None, None, told)])
    await store.end_setup(conn, (account, setup.setup_number), number)
    return await get_card(conn, account, number)


async def get_card(conn: Connection, account_id: int, card_number: int) -> PaymentCard:
    """A card of an account that is not removed; refuses unknown_card."""
    cards = await store.list_cards(conn, account_id)
    found = next((card for card in cards if card.card_number == card_number), None)
    if found is None:
        raise Refused(
            refuse(rules.UNKNOWN_CARD, "the account has no card {card_number}", card_number=card_number, field="card")
        )
    return found


async def remove_card(conn: Connection, account_id: int, card_number: int, *, actor: str) -> PaymentCard:
    """Let a card be charged no more; what was done with it stays. Refuses: unknown_card."""
    await store.lock_account(conn, account_id)
    card = await get_card(conn, account_id, card_number)
    await store.set_card_state(conn, account_id, card_number, CardCondition.REMOVED)
    await _note(conn, card, actor, "card_remove")
    return replace(card, state=CardCondition.REMOVED, is_default=False)


async def make_default(conn: Connection, account_id: int, card_number: int, *, actor: str) -> PaymentCard:
    """Charge this card unless another is named. Refuses: unknown_card."""
    await store.lock_account(conn, account_id)
    card = await get_card(conn, account_id, card_number)
    await store.set_default(conn, account_id, card_number)
    await _note(conn, card, actor, "card_default")
    return replace(card, is_default=True)


async def _note(conn: Connection, card: PaymentCard, actor: str, verb: str) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = {"card": card.card_number, "brand": card.brand, "last4": card.last4}
    await audit.append(conn, [AuditRecord(card.account_id, action_id, actor, verb, None, None, told)])
