"""Statements of operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from solde.db import Connection, load

from .audit_details import DETAIL_MOST, PostedDetails, tell
from .model import (
    Barred,
    Change,
    MatchingStatus,
    NewOperation,
    OpenItem,
    Operation,
    OperationType,
    Posted,
    PostRequest,
    Side,
)
from .rules import is_flat, span_of

sql = load(__package__)

Item = tuple[NewOperation, OperationType]


@dataclass(frozen=True, slots=True)
class AccountHead:
    """An account as it stands under its lock: its currency, state and counters."""

    account_id: int
    currency: str
    state: str
    last_number: int
    last_group: int
    last_unmatch: int
    last_dispute: int


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key already answered: what was asked, and what came of it."""

    request_hash: bytes
    action_id: int
    response: Any


async def list_types(conn: Connection) -> list[OperationType]:
    """Every operation type."""
    rows = await (await conn.execute(sql.list_types)).fetchall()
    return [_type(row) for row in rows]


async def lock_type(conn: Connection, code: str) -> OperationType | None:
    """The operation type of a code, locked."""
    row = await (await conn.execute(sql.lock_type, {"code": code})).fetchone()
    return None if row is None else _type(row)


def _type(row: Sequence[Any]) -> OperationType:
    return OperationType(row[0], row[1], row[2], row[3], Side(row[4]), *row[5:])


async def post_one(conn: Connection, request: PostRequest, kind: OperationType) -> Posted | None:
    """Post a request of one operation; gives None where the account does not take it."""
    new = request.operations[0]
    cursor = await conn.execute(
        sql.post_one,
        {
            "account_id": new.account_id,
            "currency": new.currency,
            "key": request.key,
            "key_account_id": request.key_account_id,
            "fingerprint": request.fingerprint,
            "actor": request.actor,
            "reason": request.reason,
            "event": request.event,
            "told": msgspec.json.encode(tell(new, kind)).decode(),
            "type_id": kind.type_id,
            "class_": kind.class_,
            "side": kind.side.value,
            "excluded": new.excluded,
            "amount": new.amount,
            "net": new.net,
            "tax": new.tax,
            "operation_on": new.operation_on,
            "due_on": new.due_on or new.operation_on,
            "collected_on": new.collected_on,
            "billing_account_id": new.billing_account_id,
            "reference": new.reference,
            "description": new.description,
            "order_number": new.order_number,
            "payment_method": new.payment_method,
            "source": new.source,
            "comment": new.comment,
            "late": request.late,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    barred = () if row[1] is None else (Barred(new.account_id, row[0], row[1][0]),)
    return Posted((row[0],), barred=barred, recorded_at=row[2])


async def post_many(
    conn: Connection, requests: Sequence[PostRequest], items: Sequence[tuple[int, Item]]
) -> list[Posted]:
    """Post the items, each with the position of its request, in one statement; gives the answer to each request.

    Shape: one request, or requests of one operation each.
    """
    assert len(requests) == 1 or len(items) == len(requests), "many requests of many operations are posted one by one"
    rows = [_row(place, position + 1, *item, requests[position].late) for place, (position, item) in enumerate(items)]
    firsts = {row.request: row for row in reversed(rows)}
    for position, request in enumerate(requests):
        if request.key is not None:
            row = firsts[position + 1]
            row.key, row.key_account_id = request.key, request.key_account_id
            row.fingerprint = request.fingerprint.hex()
    events = [{} if request.event is None else {"kind": request.event} for request in requests]
    cursor = await conn.execute(
        sql.post_many,
        {
            "requests": len(requests),
            "count": len(items),
            "locks": sorted({row.account_id for row in rows}),
            "items": msgspec.json.encode(rows).decode(),
            "detail_most": DETAIL_MOST,
            "actors": [request.actor for request in requests],
            "reasons": [request.reason for request in requests],
            "events": msgspec.json.encode(events).decode(),
        },
        prepare=len(items) <= PREPARE_MOST,
    )
    found = await cursor.fetchone()
    assert found is not None
    numbers, _, places, moved, at = found
    barred = [Barred(rows[p].account_id, numbers[p], day) for p, day in zip(places or (), moved or (), strict=True)]
    if len(requests) == 1:
        return [Posted(tuple(numbers or ()), barred=tuple(barred), recorded_at=at)]
    of = dict(zip(places or (), barred, strict=True))
    return [Posted((n,), barred=(of[p],) if p in of else (), recorded_at=at) for p, n in enumerate(numbers or ())]


class _Row(msgspec.Struct, omit_defaults=True):
    """An operation as `post_many` reads it: JSON, which a small batch sends and reads faster than twenty arrays."""

    ord: int
    request: int
    account_id: int
    type_id: int
    class_: str = msgspec.field(name="class")
    side: int
    amount: Decimal
    operation_on: date
    due_on: date
    source: str
    excluded: bool
    currency: str | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    collected_on: date | None = None
    billing_account_id: int | None = None
    reference: str | None = None
    description: str | None = None
    order_number: str | None = None
    payment_method: str | None = None
    comment: str | None = None
    told: PostedDetails | None = None
    key: str | None = None
    key_account_id: int | None = None
    fingerprint: str | None = None
    late: bool = False


def _row(place: int, position: int, new: NewOperation, kind: OperationType, late: bool) -> _Row:
    return _Row(
        place, position, new.account_id, kind.type_id, kind.class_, kind.side.value, new.amount, new.operation_on,
        new.due_on or new.operation_on, new.source, new.excluded, new.currency, new.net, new.tax, new.collected_on,
        new.billing_account_id, new.reference, new.description, new.order_number, new.payment_method, new.comment,
        tell(new, kind), late=late,
    )  # fmt: skip


PREPARE_MOST = 64
"""Above this many rows a statement is planned for its own arrays; a plan made once for all would loop within loops."""


async def lock_accounts(conn: Connection, account_ids: Sequence[int]) -> dict[int, AccountHead]:
    """Lock accounts in the order of their ids, consumed whole; an unknown id is absent from the answer."""
    cursor = await conn.execute(sql.lock_accounts, {"account_ids": sorted(set(account_ids))})
    return {r[0]: AccountHead(*r) for r in await cursor.fetchall()}


async def find_keys(conn: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], KnownKey]:
    """Which of these (account, key) pairs were answered before."""
    cursor = await conn.execute(sql.find_keys, {"account_ids": [k[0] for k in keys], "keys": [k[1] for k in keys]})
    return {(r[0], r[1]): KnownKey(bytes(r[2]), r[3], r[4]) for r in await cursor.fetchall()}


async def terms_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, int]:
    """After how many days accounts pay, those that have payment terms."""
    cursor = await conn.execute(sql.terms_of, {"account_ids": list(account_ids)})
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def find_invoice_numbers(conn: Connection, numbers: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these invoice numbers, given as (account, number), their accounts have."""
    if not numbers:
        return set()
    values = {"account_ids": [n[0] for n in numbers], "references": [n[1] for n in numbers]}
    return {(row[0], row[1]) for row in await (await conn.execute(sql.find_invoice_numbers, values)).fetchall()}


def _open_item(row: tuple[object, ...]) -> OpenItem:
    return OpenItem(*row[:4], Side(row[4]), *row[5:])  # type: ignore[arg-type, call-arg]


async def open_items_of(conn: Connection, numbers: Sequence[tuple[int, int]]) -> dict[tuple[int, int], OpenItem]:
    """Open items by (account, number); one that is closed is absent."""
    cursor = await conn.execute(
        sql.open_items_of, {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    )
    return {(r[0], r[1]): _open_item(r) for r in await cursor.fetchall()}


async def items_as_closed(conn: Connection, numbers: Sequence[tuple[int, int]]) -> dict[tuple[int, int], OpenItem]:
    """Operations by (account, number), as items of which nothing is open."""
    cursor = await conn.execute(
        sql.items_as_closed, {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    )
    return {(r[0], r[1]): _open_item(r) for r in await cursor.fetchall()}


async def oldest_open_items(
    conn: Connection, account_ids: Sequence[int], deposit_type_ids: Sequence[int], most: int
) -> list[OpenItem]:
    """Of each account and side the available items due first, at most `most`."""
    cursor = await conn.execute(
        sql.oldest_open_items,
        {"account_ids": list(account_ids), "deposit_type_ids": list(deposit_type_ids), "most": most},
    )
    return [_open_item(r) for r in await cursor.fetchall()]


async def oldest_open_debits(
    conn: Connection, account_ids: Sequence[int], deposit_type_ids: Sequence[int], most: int
) -> list[OpenItem]:
    """Of each account the available debits due first, at most `most`."""
    cursor = await conn.execute(
        sql.oldest_open_debits,
        {"account_ids": list(account_ids), "deposit_type_ids": list(deposit_type_ids), "most": most},
    )
    return [_open_item(r) for r in await cursor.fetchall()]


async def get_operations(conn: Connection, account_id: int, numbers: Sequence[int]) -> list[Operation]:
    """Operations of an account by number, as they stand; unknown numbers are absent."""
    cursor = await conn.execute(sql.get_operation, {"account_id": account_id, "numbers": list(numbers)})
    return [operation_of(r) for r in await cursor.fetchall()]


def operation_of(row: tuple[object, ...]) -> Operation:
    """A row of the operation list as a value."""
    return Operation(*row[:5], Side(row[5]), *row[6:])  # type: ignore[arg-type, call-arg]


async def save_changes(conn: Connection, changes: Sequence[Change]) -> None:
    """Write what became of items: still open, closed, or open again; the totals follow."""
    if changes:
        rows = [_changed(c) for c in changes]
        await conn.execute(sql.save_changes, {"changes": msgspec.json.encode(rows).decode()})


class _Changed(msgspec.Struct, omit_defaults=True):
    """A change as `save_changes` reads it."""

    account_id: int
    number: int
    type_id: int
    class_: str = msgspec.field(name="class")
    side: int
    is_excluded: bool
    operation_on: date
    due_on: date
    amount: Decimal
    was: str
    was_open: Decimal
    was_disputed: Decimal
    now: str
    now_open: Decimal
    now_disputed: Decimal
    not_before: date
    latest_on: date
    reason: str | None = None
    span: int | None = None
    flat: bool | None = None


def _changed(change: Change) -> _Changed:
    before, closed_on = change.before, change.closed_on
    row = _Changed(
        before.account_id, before.number, before.type_id, before.class_, before.side.value, before.excluded,
        before.operation_on, before.due_on, before.amount, before.status.value, before.open, before.disputed,
        _status(before.amount, change.open, change.disputed), change.open, change.disputed,
        change.not_before, change.latest_on, change.litigation_reason,
    )  # fmt: skip
    if closed_on is not None and closed_on > before.operation_on:
        row.span, row.flat = span_of(before.operation_on, closed_on), not change.stepped and is_flat(before)
    return row


def _status(amount: Decimal, still_open: Decimal, disputed: Decimal) -> str:
    if still_open == 0:
        return MatchingStatus.MATCHED.value
    if disputed == still_open:
        return MatchingStatus.LITIGATION.value
    return (MatchingStatus.OPEN if still_open == amount else MatchingStatus.PARTIAL).value
