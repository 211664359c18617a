"""Statements of card payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from solde.db import Connection, load
from solde.operations import store as operation_store

from .gateway import GatewayEvent, Reply, StoredCard
from .model import (
    CardAttempt,
    CardCondition,
    CardKind,
    CardSetup,
    CardState,
    CardTransaction,
    Chargeback,
    ChargebackState,
    Key,
    PaymentCard,
)

sql = load(__package__)

LARGEST_NUMBER = 2**31 - 1


async def list_cards(conn: Connection, account_id: int, *, removed: bool = False) -> list[PaymentCard]:
    """The cards of an account, the default first; those removed too where asked for."""
    rows = await (await conn.execute(sql.list_cards, {"account_id": account_id, "removed": removed})).fetchall()
    return [PaymentCard(*row[:10], CardCondition(row[10]), row[11]) for row in rows]  # type: ignore[call-arg]


async def insert_card(
    conn: Connection, account_id: int, gateway: str, card: StoredCard, now: datetime, action_id: int
) -> int | None:
    """Store a card, the first one as the default; gives its number, or none where it is stored already."""
    values = {
        "account_id": account_id,
        "gateway": gateway,
        "token": card.token,
        "customer_reference": card.customer_reference,
        "brand": card.brand,
        "last4": card.last4,
        "expires_year": card.expires_year,
        "expires_month": card.expires_month,
        "now": now,
        "action_id": action_id,
    }
    row = await (await conn.execute(sql.insert_card, values)).fetchone()
    return None if row is None else int(row[0])


async def find_card_of_token(conn: Connection, account_id: int, gateway: str, token: str) -> int | None:
    """The number of the card stored under a token."""
    values = {"account_id": account_id, "gateway": gateway, "token": token}
    row = await (await conn.execute(sql.find_card_of_token, values)).fetchone()
    return None if row is None else int(row[0])


async def set_default(conn: Connection, account_id: int, card_number: int) -> None:
    """Make a card the one that is charged unless another is named."""
    await conn.execute(sql.clear_default, {"account_id": account_id})
    await conn.execute(sql.set_default, {"account_id": account_id, "card_number": card_number})


async def set_card_state(conn: Connection, account_id: int, card_number: int, state: CardCondition) -> None:
    """Remove a card, or bring it back."""
    await conn.execute(sql.set_card_state, {"account_id": account_id, "card_number": card_number, "state": state})


async def insert_setup(
    conn: Connection, account_id: int, gateway: str, reference: str, actor: str, now: datetime
) -> int:
    """Note that a card is being added; gives the number of that."""
    values = {"account_id": account_id, "gateway": gateway, "reference": reference, "actor": actor, "now": now}
    row = await (await conn.execute(sql.insert_setup, values)).fetchone()
    assert row is not None, "the insert gives its number"
    return int(row[0])


async def place_setup(conn: Connection, key: Key, gateway_reference: str, redirect_url: str) -> None:
    """Note where the card is entered."""
    values = {
        "account_id": key[0],
        "setup_number": key[1],
        "gateway_reference": gateway_reference,
        "redirect_url": redirect_url,
    }
    await conn.execute(sql.place_setup, values)


async def end_setup(conn: Connection, key: Key, card_number: int) -> None:
    """Note the card that came of it."""
    values = {"account_id": key[0], "setup_number": key[1], "card_number": card_number}
    await conn.execute(sql.end_setup, values)


async def find_setup(
    conn: Connection, account_id: int, *, setup_number: int | None = None, reference: str | None = None
) -> CardSetup | None:
    """A card being added, by its number or our reference."""
    values = {"account_id": account_id, "setup_number": setup_number, "reference": reference}
    row = await (await conn.execute(sql.find_setup, values)).fetchone()
    return None if row is None else CardSetup(*row)


def transaction_of(row: tuple[Any, ...]) -> CardTransaction:
    """A row as a transaction."""
    return CardTransaction(row[0], row[1], CardKind(row[2]), CardState(row[3]), *row[4:])


async def last_number(conn: Connection, account_id: int) -> int:
    """The last transaction number of an account; read under its lock."""
    row = await (await conn.execute(sql.last_number, {"account_id": account_id})).fetchone()
    assert row is not None, "an aggregate gives a row"
    return int(row[0])


async def insert_transaction(conn: Connection, intent: CardTransaction, check_at: datetime, action_id: int) -> None:
    """Write an intent."""
    names = (
        "account_id", "kind", "amount", "currency", "gateway", "merchant", "reference", "card_number", "parent_number",
        "actor", "reason", "comment", "return_url",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(intent, name) for name in names}
    values |= {
        "transaction_number": intent.number,
        "now": intent.created_at,
        "check_at": check_at,
        "action_id": action_id,
    }
    await conn.execute(sql.insert_transaction, values)


async def get_transactions(conn: Connection, account_id: int, numbers: Sequence[int]) -> dict[int, CardTransaction]:
    """Transactions named, and the steps of these, by number."""
    values = {"account_id": account_id, "numbers": list(numbers)}
    rows = await (await conn.execute(sql.get_transactions, values)).fetchall()
    return {row[1]: transaction_of(row) for row in rows}


async def list_transactions(
    conn: Connection,
    account_id: int,
    kinds: Sequence[CardKind] = (),
    states: Sequence[CardState] = (),
    *,
    before: int = LARGEST_NUMBER,
    limit: int = 200,
) -> list[CardTransaction]:
    """The transactions of an account below a number, newest first."""
    values = {
        "account_id": account_id,
        "kinds": list(kinds),
        "states": list(states),
        "before": before,
        "limit": limit,
    }
    return [transaction_of(row) for row in await (await conn.execute(sql.list_transactions, values)).fetchall()]


async def list_unsettled(conn: Connection, account_id: int) -> list[CardTransaction]:
    """The charges and authorizations of an account whose outcome is unknown."""
    rows = await (await conn.execute(sql.list_unsettled, {"account_id": account_id})).fetchall()
    return [transaction_of(row) for row in rows]


async def claim_call(conn: Connection, key: Key, now: datetime, until: datetime, *, at_once: bool) -> int | None:
    """Take the call of a transaction for oneself; gives which attempt it is, or none where another has it."""
    values = {
        "account_id": key[0],
        "transaction_number": key[1],
        "now": now,
        "until": until,
        "at_once": at_once,
    }
    row = await (await conn.execute(sql.claim_call, values)).fetchone()
    return None if row is None else int(row[0])


async def move_transaction(conn: Connection, moved: CardTransaction, now: datetime) -> None:
    """Write what became of a transaction."""
    names = (
        "account_id", "state", "gateway_reference", "captured", "refunded", "refunding", "charged_back", "exceeded",
        "expires_at", "operation_number", "redirect_url", "code", "alert", "check_at",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(moved, name) for name in names}
    await conn.execute(sql.move_transaction, values | {"transaction_number": moved.number, "now": now})


async def insert_reference(conn: Connection, gateway: str, merchant: str, reference: str, key: Key) -> None:
    """Note whose a gateway reference is; one that is another's stays another's."""
    await conn.execute(sql.insert_reference, _reference(gateway, merchant, reference) | _key(key))


async def find_reference(conn: Connection, gateway: str, merchant: str, reference: str) -> Key | None:
    """Whose a gateway reference is."""
    row = await (await conn.execute(sql.find_reference, _reference(gateway, merchant, reference))).fetchone()
    return None if row is None else (row[0], row[1])


def _reference(gateway: str, merchant: str, reference: str) -> dict[str, Any]:
    return {"gateway": gateway, "merchant": merchant, "gateway_reference": reference}


def _key(key: Key) -> dict[str, Any]:
    return {"account_id": key[0], "transaction_number": key[1]}


async def insert_attempt(
    conn: Connection,
    key: Key,
    what: str,
    started_at: datetime,
    *,
    actor: str | None,
    reply: Reply | None = None,
) -> int:
    """Note a call that begins or, with what it says, a word that came; gives its number."""
    values = _key(key) | {"what": what, "started_at": started_at, "actor": actor} | _said(reply, started_at)
    row = await (await conn.execute(sql.insert_attempt, values)).fetchone()
    assert row is not None, "the insert gives its number"
    return int(row[0])


async def end_attempt(conn: Connection, key: Key, attempt_number: int, reply: Reply, ended_at: datetime) -> None:
    """Note how a call ended."""
    await conn.execute(sql.end_attempt, _key(key) | {"attempt_number": attempt_number} | _said(reply, ended_at))


def _said(reply: Reply | None, at: datetime) -> dict[str, Any]:
    names = ("verdict", "code", "request_id", "gateway_reference")
    return {"ended_at": None if reply is None else at} | {
        name: None if reply is None else getattr(reply, name) for name in names
    }


async def list_attempts(conn: Connection, key: Key) -> list[CardAttempt]:
    """Calls and words of a transaction, in order."""
    rows = await (await conn.execute(sql.list_attempts, _key(key))).fetchall()
    return [CardAttempt(*row) for row in rows]


async def list_due(
    conn: Connection, gateway: str, now: datetime, after: Key, limit: int
) -> list[tuple[int, int, CardState]]:
    """What the janitor should look at, after a key: account, number and state."""
    values = {
        "gateway": gateway,
        "now": now,
        "after_account": after[0],
        "after_number": after[1],
        "limit": limit,
    }
    rows = await (await conn.execute(sql.list_due, values)).fetchall()
    return [(row[0], row[1], CardState(row[2])) for row in rows]


async def insert_event(
    conn: Connection, gateway: str, event: GatewayEvent, key: Key | None, told: str, now: datetime
) -> bool:
    """Note an event; gives whether it is new."""
    values = {
        "gateway": gateway,
        "event_id": event.event_id,
        "kind": event.kind,
        "account_id": 0 if key is None else key[0],
        "transaction_number": None if key is None else key[1],
        "words": event.words,
        "told": told,
        "now": now,
    }
    return await (await conn.execute(sql.insert_event, values)).fetchone() is not None


async def find_event(conn: Connection, gateway: str, event_id: str) -> str | None:
    """What was made of an event before, where it is known."""
    row = await (await conn.execute(sql.find_event, {"gateway": gateway, "event_id": event_id})).fetchone()
    return None if row is None else str(row[0])


async def list_events(conn: Connection, key: Key) -> list[tuple[str, str, str, str, datetime]]:
    """Events that concern a transaction: id, kind, words, what was made of it, when."""
    return await (await conn.execute(sql.list_events, _key(key))).fetchall()


async def list_chargebacks(
    conn: Connection, account_id: int, *, transaction_number: int | None = None, gateway_reference: str | None = None
) -> list[Chargeback]:
    """Chargebacks of an account, of one transaction, or by the gateway's own name."""
    values = {
        "account_id": account_id,
        "transaction_number": transaction_number,
        "gateway_reference": gateway_reference,
    }
    rows = await (await conn.execute(sql.list_chargebacks, values)).fetchall()
    return [Chargeback(*row[:6], ChargebackState(row[6]), *row[7:]) for row in rows]  # type: ignore[call-arg]


async def insert_chargeback(
    conn: Connection,
    transaction: CardTransaction,
    gateway_reference: str,
    amount: Decimal,
    state: ChargebackState,
    reason: str | None,
    rejection_number: int | None,
    task: str | None,
    now: datetime,
    action_id: int,
) -> int:
    """Write a chargeback; gives its number."""
    values = _key(transaction.key) | {
        "gateway_reference": gateway_reference,
        "amount": amount,
        "currency": transaction.currency,
        "state": state,
        "reason": reason,
        "rejection_number": rejection_number,
        "task": task,
        "now": now,
        "ended_at": None if state is ChargebackState.OPEN else now,
        "action_id": action_id,
    }
    row = await (await conn.execute(sql.insert_chargeback, values)).fetchone()
    assert row is not None, "the insert gives its number"
    return int(row[0])


async def end_chargeback(
    conn: Connection, key: Key, state: ChargebackState, return_number: int | None, task: str | None, now: datetime
) -> None:
    """Write how a chargeback ended."""
    values = {
        "account_id": key[0],
        "chargeback_number": key[1],
        "state": state,
        "return_number": return_number,
        "task": task,
        "now": now,
    }
    await conn.execute(sql.end_chargeback, values)


async def insert_chargeback_lines(conn: Connection, key: Key, lines: Sequence[tuple[int, Decimal, bool]]) -> None:
    """Write what a chargeback opened again: number, amount, disputed or not."""
    values = {
        "account_id": key[0],
        "chargeback_number": key[1],
        "numbers": [line[0] for line in lines],
        "amounts": [line[1] for line in lines],
        "disputed": [line[2] for line in lines],
    }
    await conn.execute(sql.insert_chargeback_lines, values)


async def list_chargeback_lines(conn: Connection, key: Key) -> list[tuple[int, Decimal, bool]]:
    """What a chargeback opened again: number, amount, disputed or not."""
    values = {"account_id": key[0], "chargeback_number": key[1]}
    return await (await conn.execute(sql.list_chargeback_lines, values)).fetchall()


async def zone_of(conn: Connection, account_id: int) -> str:
    """The time zone of the seller of an account."""
    row = await (await conn.execute(sql.zone_of, {"account_id": account_id})).fetchone()
    return "UTC" if row is None else str(row[0])


async def lock_account(conn: Connection, account_id: int) -> None:
    """Lock an account; what is read afterwards is the newest."""
    await operation_store.lock_accounts(conn, [account_id])
