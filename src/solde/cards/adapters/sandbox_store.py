"""Statements of the sandbox: the books of the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from solde.db import Connection, load

sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the sandbox, and what came of it."""

    reference: str
    request_id: str
    kind: str
    digest: str
    state: str
    code: str | None
    gateway_reference: str
    parent_reference: str | None
    token: str | None
    amount: Decimal
    currency: str
    captured: Decimal
    refunded: Decimal
    is_void: bool
    return_url: str | None
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A card being entered on the page of the sandbox; with the card once it was."""

    setup_id: str
    reference: str
    name: str | None
    return_url: str
    token: str | None
    brand: str | None
    last4: str | None
    expires_year: int | None
    expires_month: int | None


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event of the sandbox: due until it was taken."""

    event_number: int
    event_id: str
    body: str
    due_at: datetime | None
    sent: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SandboxChargeback:
    """A chargeback as the sandbox knows it."""

    chargeback_id: str
    gateway_reference: str
    amount: Decimal
    currency: str
    state: str
    created_at: datetime


async def _row(conn: Connection, statement: bytes, values: dict[str, Any]) -> tuple[Any, ...] | None:
    return await (await conn.execute(statement, values)).fetchone()


async def secret_of(conn: Connection, merchant: str) -> str:
    """The secret that events are signed with."""
    row = await _row(conn, sql.get_sandbox_secret, {"merchant": merchant})
    assert row is not None, "the migration made it"
    return str(row[0])


async def insert_setup(conn: Connection, entry: Entry, now: datetime) -> None:
    """Note that a card is to be entered; asked for again, it is the same."""
    names = ("setup_id", "reference", "name", "return_url")
    await conn.execute(sql.insert_sandbox_setup, {name: getattr(entry, name) for name in names} | {"now": now})


async def find_setup(conn: Connection, setup_id: str) -> Entry | None:
    """A card being entered, by its id or our reference."""
    row = await _row(conn, sql.find_sandbox_setup, {"setup_id": setup_id})
    return None if row is None else Entry(*row)


async def end_setup(conn: Connection, setup_id: str, card: dict[str, Any]) -> bool:
    """Keep the card that was entered, once; gives whether it was the first."""
    if await _row(conn, sql.lock_sandbox_setup, {"setup_id": setup_id}) is None:
        return False
    await conn.execute(sql.insert_sandbox_card, card)
    await conn.execute(sql.end_sandbox_setup, {"setup_id": setup_id, "token": card["token"]})
    return True


async def find_behaviour(conn: Connection, token: str) -> str | None:
    """What a card does."""
    row = await _row(conn, sql.find_sandbox_behaviour, {"token": token})
    return None if row is None else str(row[0])


async def insert_request(conn: Connection, values: dict[str, Any]) -> None:
    """Note a request; one whose reference is known stays as it is."""
    await conn.execute(sql.insert_sandbox_request, values)


async def lock_request(conn: Connection, reference: str) -> Request | None:
    """A request by its reference, locked."""
    row = await _row(conn, sql.lock_sandbox_request, {"reference": reference})
    return None if row is None else Request(*row)


async def lock_by_gateway_reference(conn: Connection, gateway_reference: str) -> Request | None:
    """A charge or an authorization by the sandbox's own reference, locked."""
    row = await _row(conn, sql.lock_sandbox_by_gateway_reference, {"gateway_reference": gateway_reference})
    return None if row is None else Request(*row)


async def list_requests(conn: Connection, limit: int) -> list[Request]:
    """Requests, newest first."""
    return [Request(*row) for row in await (await conn.execute(sql.list_sandbox_requests, {"limit": limit})).fetchall()]


async def move_request(conn: Connection, request: Request) -> None:
    """Write what became of a request."""
    names = ("reference", "state", "code", "captured", "refunded", "is_void", "expires_at")
    await conn.execute(sql.move_sandbox_request, {name: getattr(request, name) for name in names})


async def insert_chargeback(
    conn: Connection, chargeback_id: str, gateway_reference: str, amount: Decimal, currency: str, now: datetime
) -> None:
    """Write a chargeback."""
    values = {
        "chargeback_id": chargeback_id,
        "gateway_reference": gateway_reference,
        "amount": amount,
        "currency": currency,
        "now": now,
    }
    await conn.execute(sql.insert_sandbox_chargeback, values)


async def end_chargeback(conn: Connection, chargeback_id: str, state: str) -> tuple[str, Decimal, str] | None:
    """End a chargeback; gives what it was about, or none where it is over."""
    row = await _row(conn, sql.end_sandbox_chargeback, {"chargeback_id": chargeback_id, "state": state})
    return None if row is None else (row[0], row[1], row[2])


async def list_chargebacks(conn: Connection, limit: int) -> list[SandboxChargeback]:
    """Chargebacks, newest first."""
    rows = await (await conn.execute(sql.list_sandbox_chargebacks, {"limit": limit})).fetchall()
    return [SandboxChargeback(*row) for row in rows]


async def insert_event(conn: Connection, event_id: str, body: str, due_at: datetime, now: datetime) -> None:
    """Write an event to send."""
    await conn.execute(sql.insert_sandbox_event, {"event_id": event_id, "body": body, "due_at": due_at, "now": now})


async def list_due_events(conn: Connection, now: datetime, limit: int) -> Sequence[tuple[int, str, str]]:
    """Events whose time has come: number, id, body."""
    return await (await conn.execute(sql.list_sandbox_due_events, {"now": now, "limit": limit})).fetchall()


async def list_events(conn: Connection, limit: int) -> list[SentEvent]:
    """Events, newest first."""
    return [SentEvent(*row) for row in await (await conn.execute(sql.list_sandbox_events, {"limit": limit})).fetchall()]


async def move_event(conn: Connection, event_number: int, due_at: datetime | None, *, sent: int) -> None:
    """Write when an event is sent again."""
    await conn.execute(sql.move_sandbox_event, {"event_number": event_number, "due_at": due_at, "sent": sent})
