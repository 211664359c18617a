"""Statements of the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from solde.db import Connection, load

from .kinds import KIND_OF_VERB
from .model import LAST_ACCOUNT, Attachment, Endpoint, EndpointDraft, Event, Message, MessageState, NewMessage, NextStep

sql = load(__package__)


async def lock_relay(conn: Connection) -> tuple[int, int, list[str]] | None:
    """Decided number, number to be decided, transactions waited for; None while another process holds it."""
    row = await (await conn.execute(sql.lock_relay)).fetchone()
    return None if row is None else (row[0], row[1], row[2])


async def save_relay(conn: Connection, decided_id: int, horizon_id: int, running: Sequence[str]) -> None:
    """Write how far the audit log is read."""
    values = {"decided_id": decided_id, "horizon_id": horizon_id, "running": list(running)}
    await conn.execute(sql.save_relay, values)


async def read_decided(conn: Connection) -> int:
    """Every action up to this number is known for ever."""
    return await _number(conn, sql.read_decided)


async def newest_action(conn: Connection) -> int:
    """The newest action number drawn."""
    return await _number(conn, sql.newest_action)


async def _number(conn: Connection, statement: bytes) -> int:
    row = await (await conn.execute(statement)).fetchone()
    assert row is not None
    return int(row[0])


async def actions_at_work(conn: Connection, among: Sequence[str] | None = None) -> list[str]:
    """The transactions, or those among the named ones, that drew an action number and have not ended."""
    values = {"among": None if among is None else list(among)}
    row = await (await conn.execute(sql.actions_at_work, values)).fetchone()
    assert row is not None
    return list(row[0])


def _event(row: tuple[Any, ...]) -> Event:
    return Event(row[0], row[1], KIND_OF_VERB[row[2]], *row[3:])


async def events_after(
    conn: Connection,
    after: tuple[int, int],
    through_id: int,
    most: int,
    verbs: Sequence[str] = tuple(KIND_OF_VERB),
    *,
    account: str | None = None,
    seller: str | None = None,
    recorded_after: datetime | None = None,
) -> list[Event]:
    """Events after a place (action, account) and up to an action number, oldest first."""
    values = {
        "after_id": after[0],
        "after_account": after[1],
        "through_id": through_id,
        "verbs": list(verbs),
        "most": most,
        "account": account,
        "seller": seller,
        "recorded_after": recorded_after,
    }
    return [_event(row) for row in await (await conn.execute(sql.events_after, values)).fetchall()]


async def recorded_at_of(conn: Connection, action_id: int) -> datetime | None:
    """When the first audit record from an action number on was written; None where the next numbers have none."""
    row = await (await conn.execute(sql.recorded_at_of, {"action_id": action_id})).fetchone()
    return None if row is None else row[0]


async def events_before(
    conn: Connection,
    before: tuple[int, int],
    after_id: int,
    verbs: Sequence[str],
    *,
    account: str | None,
    seller: str | None,
    limit: int,
) -> list[Event]:
    """Events before a place (action, account) and after an action number, newest first."""
    values = {
        "before_id": before[0],
        "before_account": before[1],
        "after_id": after_id,
        "verbs": list(verbs),
        "account": account,
        "seller": seller,
        "limit": limit,
    }
    return [_event(row) for row in await (await conn.execute(sql.events_before, values)).fetchall()]


async def seller_codes(conn: Connection) -> list[str]:
    """Every seller's code."""
    return [row[0] for row in await (await conn.execute(sql.seller_codes)).fetchall()]


def _endpoint(row: tuple[Any, ...]) -> Endpoint:
    return Endpoint(row[0], EndpointDraft(row[1], row[2], tuple(row[3]), row[4]), *row[5:])


async def insert_endpoint(
    conn: Connection, draft: EndpointDraft, secret: str, through_id: int, now: datetime
) -> Endpoint:
    """Write a new endpoint."""
    values = {
        "url": draft.url,
        "description": draft.description,
        "kinds": list(draft.kinds),
        "seller": draft.seller,
        "secret": secret,
        "through_id": through_id,
        "now": now,
    }
    row = await (await conn.execute(sql.insert_endpoint, values)).fetchone()
    assert row is not None
    return _endpoint(row)


async def list_endpoints(
    conn: Connection, *, webhook_id: int | None = None, seller: str | None = None
) -> list[Endpoint]:
    """Endpoints that a seller may see, with how much waits and how much was given up."""
    cursor = await conn.execute(sql.list_endpoints, {"webhook_id": webhook_id, "seller": seller})
    return [_endpoint(row) for row in await cursor.fetchall()]


async def lock_endpoint(conn: Connection, webhook_id: int, seller: str | None) -> Endpoint | None:
    """One endpoint, to be changed."""
    row = await (await conn.execute(sql.lock_endpoint, {"webhook_id": webhook_id, "seller": seller})).fetchone()
    return None if row is None else _endpoint(row)


async def change_endpoint(conn: Connection, after: Endpoint) -> None:
    """Write an endpoint as it shall be."""
    values = {
        "webhook_id": after.webhook_id,
        "url": after.draft.url,
        "description": after.draft.description,
        "kinds": list(after.draft.kinds),
        "active": after.active,
        "note": after.note,
        "through_id": after.through_id,
        "through_account": after.through_account,
        "failing_since": after.failing_since,
    }
    await conn.execute(sql.change_endpoint, values)


async def delete_endpoint(conn: Connection, webhook_id: int, now: datetime) -> None:
    """Take an endpoint away."""
    await conn.execute(sql.delete_endpoint, {"webhook_id": webhook_id, "now": now})


async def endpoints_behind(conn: Connection, decided_id: int) -> list[Endpoint]:
    """Active endpoints that were not told of everything, the furthest behind first."""
    cursor = await conn.execute(sql.endpoints_behind, {"decided_id": decided_id, "last_account": LAST_ACCOUNT})
    return [_endpoint(row) for row in await cursor.fetchall()]


async def move_endpoints(conn: Connection, webhook_ids: Sequence[int], through: tuple[int, int]) -> None:
    """Note up to which place (action, account) the endpoints' events are in the outbox."""
    values = {"webhook_ids": list(webhook_ids), "through_id": through[0], "through_account": through[1]}
    await conn.execute(sql.move_endpoints, values)


async def note_health(conn: Connection, webhook_id: int, *, failing: bool, now: datetime) -> None:
    """Note since when nothing arrives at an endpoint, or that something does."""
    await conn.execute(sql.note_health, {"webhook_id": webhook_id, "failing": failing, "now": now})


async def disable_endpoint(
    conn: Connection, webhook_id: int, note: str, *, failing_before: datetime, at_once: bool
) -> Endpoint | None:
    """Take an endpoint out of use that has failed since before an instant, or at once; None where it stays."""
    values = {"webhook_id": webhook_id, "note": note, "failing_before": failing_before, "at_once": at_once}
    row = await (await conn.execute(sql.disable_endpoint, values)).fetchone()
    return None if row is None else _endpoint(row)


def _message(row: tuple[Any, ...]) -> Message:
    message_id, webhook_id, name, kind, body, seller, state, *rest = row
    return Message(message_id, webhook_id, name, kind, body, seller, MessageState(state), *rest)


async def insert_messages(conn: Connection, messages: Sequence[NewMessage], now: datetime) -> list[Message]:
    """Write messages; gives those that were not there."""
    values = {"messages": msgspec.json.encode(messages).decode(), "now": now}
    return [_message(row) for row in await (await conn.execute(sql.insert_messages, values)).fetchall()]


async def insert_attachments(conn: Connection, files: Sequence[tuple[int, int, Attachment]]) -> None:
    """Write files, each with its mail and its place in it."""
    values = {
        "message_ids": [message_id for message_id, _, _ in files],
        "positions": [position for _, position, _ in files],
        "names": [file.name for _, _, file in files],
        "media_types": [file.media_type for _, _, file in files],
        "contents": [file.content for _, _, file in files],
    }
    await conn.execute(sql.insert_attachments, values)


async def attachments_of(conn: Connection, message_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files of mails."""
    found: dict[int, list[Attachment]] = {}
    cursor = await conn.execute(sql.attachments_of, {"message_ids": list(message_ids)})
    for row in await cursor.fetchall():
        found.setdefault(row[0], []).append(Attachment(row[1], row[2], bytes(row[3])))
    return found


async def due_endpoints(conn: Connection, now: datetime) -> list[Endpoint]:
    """Active endpoints with something to send."""
    return [_endpoint(row) for row in await (await conn.execute(sql.due_endpoints, {"now": now})).fetchall()]


async def has_due_mail(conn: Connection, now: datetime) -> bool:
    """Is a mail due?"""
    return await (await conn.execute(sql.has_due_mail, {"now": now})).fetchone() == (True,)


async def claim(
    conn: Connection, webhook_id: int | None, *, now: datetime, lost_at: datetime, most: int
) -> list[Message]:
    """Take messages of an endpoint, or mails, for one try, oldest first."""
    values = {"webhook_id": webhook_id, "now": now, "lost_at": lost_at, "most": most}
    statement = sql.claim_mails if webhook_id is None else sql.claim_events
    rows = await (await conn.execute(statement, values)).fetchall()
    return sorted((_message(row) for row in rows), key=lambda message: message.message_id)


async def save_steps(conn: Connection, steps: Iterable[NextStep], now: datetime) -> None:
    """Write what becomes of messages after a try."""
    await conn.execute(sql.save_steps, {"steps": msgspec.json.encode(list(steps)).decode(), "now": now})


async def count_waiting_mails(conn: Connection) -> int:
    """Mails on their way."""
    return await _number(conn, sql.count_waiting_mails)


async def list_deliveries(
    conn: Connection, webhook_id: int, *, before_id: int, state: str | None, limit: int
) -> list[Message]:
    """Messages of an endpoint, newest first."""
    values = {"webhook_id": webhook_id, "before_id": before_id, "state": state, "limit": limit}
    return [_message(row) for row in await (await conn.execute(sql.list_deliveries, values)).fetchall()]


async def list_mails(
    conn: Connection, *, before_id: int, state: str | None, seller: str | None, limit: int
) -> list[Message]:
    """Mails, newest first."""
    values = {"before_id": before_id, "state": state, "seller": seller, "limit": limit}
    return [_message(row) for row in await (await conn.execute(sql.list_mails, values)).fetchall()]


async def lock_message(conn: Connection, message_id: int, seller: str | None) -> Message | None:
    """One message, to be sent again."""
    row = await (await conn.execute(sql.lock_message, {"message_id": message_id, "seller": seller})).fetchone()
    return None if row is None else _message(row)


async def replay_message(conn: Connection, message_id: int, now: datetime) -> None:
    """Send a message again, from the first try on."""
    await conn.execute(sql.replay_message, {"message_id": message_id, "now": now})


async def replay_dead(conn: Connection, webhook_id: int, since: datetime, now: datetime) -> int:
    """Send again what was given up for an endpoint since an instant; gives how many."""
    cursor = await conn.execute(sql.replay_dead, {"webhook_id": webhook_id, "since": since, "now": now})
    return len(await cursor.fetchall())


async def purge_events(conn: Connection, before: datetime, most: int) -> int:
    """Forget events that arrived before an instant; gives how many."""
    return len(await (await conn.execute(sql.purge_events, {"before": before, "most": most})).fetchall())
