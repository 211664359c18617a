"""Statements of unbilled items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from solde.db import Connection, load

from .model import ItemKind, ItemRow, Service, UnbilledItem, UnbilledTotal

sql = load(__package__)

LARGEST_NUMBER = 2**62


async def list_services(conn: Connection) -> list[Service]:
    """Every service; promotions first, then by label."""
    return [Service(*row) for row in await (await conn.execute(sql.list_services)).fetchall()]


async def lock_service(conn: Connection, code: str) -> Service | None:
    """A service, locked."""
    row = await (await conn.execute(sql.lock_service, {"code": code})).fetchone()
    return None if row is None else Service(*row)


async def insert_service(conn: Connection, code: str, label: str, tax_rate: Decimal) -> Service | None:
    """A new service; none where the code is taken."""
    values = {"code": code, "label": label, "tax_rate": tax_rate}
    row = await (await conn.execute(sql.insert_service, values)).fetchone()
    return None if row is None else Service(*row)


async def update_service(conn: Connection, code: str, label: str, tax_rate: Decimal, *, active: bool) -> Service:
    """Change a service that is locked."""
    values = {"code": code, "label": label, "tax_rate": tax_rate, "active": active}
    row = await (await conn.execute(sql.update_service, values)).fetchone()
    assert row is not None, "the service is locked"
    return Service(*row)


async def totals_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, UnbilledTotal]:
    """What the unbilled items of accounts come to; of one that never had any, nothing is."""
    rows = await (await conn.execute(sql.totals_of, {"account_ids": list(account_ids)})).fetchall()
    found = {row[0]: UnbilledTotal(*row) for row in rows}
    return {account: found.get(account, UnbilledTotal(account)) for account in account_ids}


async def cycles_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, str]:
    """The billing cycle of accounts that have one."""
    rows = await (await conn.execute(sql.cycles_of, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: row[1] for row in rows}


async def insert_items(conn: Connection, items: Sequence[ItemRow], action_ids: Sequence[int]) -> None:
    """Write items and move the totals of their accounts."""
    columns: dict[str, list[Any]] = {
        "account_ids": [i.account_id for i in items],
        "item_numbers": [i.item_number for i in items],
        "kinds": [i.kind.value for i in items],
        "service_ids": [i.service_id for i in items],
        "tax_rates": [i.tax_rate for i in items],
        "nets": [i.split.net for i in items],
        "taxes": [i.split.tax for i in items],
        "descriptions": [i.description for i in items],
        "internal_comments": [i.internal_comment for i in items],
        "occurred": [i.occurred_on for i in items],
        "period_froms": [i.period.first_on for i in items],
        "period_untils": [i.period.last_on for i in items],
        "corrected": [i.corrects for i in items],
        "action_ids": list(action_ids),
    }
    await conn.execute(sql.insert_items, columns)


async def bill_items(conn: Connection, account_id: int, numbers: Sequence[int], operation: int) -> list[int]:
    """Mark items as billed by an operation and move the total; gives those that were unbilled before."""
    values = {"account_id": account_id, "item_numbers": list(numbers), "number": operation}
    return [row[0] for row in await (await conn.execute(sql.bill_items, values)).fetchall()]


async def list_items(
    conn: Connection, account_id: int, *, billed: bool = False, before: int = LARGEST_NUMBER, limit: int
) -> list[UnbilledItem]:
    """Items of an account, newest first: those unbilled, or with `billed` all."""
    values = {"account_id": account_id, "billed": billed, "before": before, "limit": limit}
    return [_item(row) for row in await (await conn.execute(sql.list_items, values)).fetchall()]


async def get_item(conn: Connection, account_id: int, number: int) -> UnbilledItem | None:
    """An item of an account."""
    values = {"account_id": account_id, "item_number": number}
    row = await (await conn.execute(sql.get_item, values)).fetchone()
    return None if row is None else _item(row)


async def items_at(
    conn: Connection, account_id: int, *, as_of: date, known_at: datetime | None, after: int = 0, limit: int
) -> list[UnbilledItem]:
    """Items that were unbilled at a moment, by number, those after one."""
    values = {"account_id": account_id, "as_of": as_of, "known_at": known_at, "after": after, "limit": limit}
    return [_item(row) for row in await (await conn.execute(sql.items_at, values)).fetchall()]


def _item(row: tuple[Any, ...]) -> UnbilledItem:
    return UnbilledItem(row[0], row[1], ItemKind(row[2]), *row[3:])
