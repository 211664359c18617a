"""Statements of the demo company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from solde.db import Connection, load

sql = load(__package__)


@dataclass(frozen=True, slots=True)
class OpenPart:
    """An open, undisputed operation."""

    account_id: int
    number: int
    class_: str
    side: int
    currency: str
    open: Decimal
    amount: Decimal
    operation_on: date
    due_on: date
    not_before: date


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """A direct debit and the match it is in."""

    account_id: int
    number: int
    amount: Decimal
    group_number: int
    matched_on: date


async def add_second_seller(conn: Connection, code: str, name: str) -> None:
    """Add the second seller where it lacks."""
    await conn.execute(sql.add_second_seller, {"code": code, "name": name})


async def count_customers(conn: Connection) -> tuple[int, int]:
    """All customers, and those of the demo."""
    row = await (await conn.execute(sql.count_customers)).fetchone()
    assert row is not None
    return row[0], row[1]


async def find_stage(conn: Connection) -> dict[str, date]:
    """The steps done, each with the day the company was made for."""
    rows = await (await conn.execute(sql.find_stage)).fetchall()
    return {verb: date.fromisoformat(today) for verb, today in rows}


async def main_seller(conn: Connection) -> int:
    """The id of the seller that is there from the beginning."""
    row = await (await conn.execute(sql.main_seller)).fetchone()
    assert row is not None
    return int(row[0])


async def list_open_items(conn: Connection) -> list[OpenPart]:
    """What is open and undisputed."""
    return [OpenPart(*row) for row in await (await conn.execute(sql.list_open_items)).fetchall()]


async def list_direct_debits(conn: Connection, from_on: date, until_on: date) -> list[DirectDebit]:
    """Direct debits of these days that paid an invoice whole."""
    cursor = await conn.execute(sql.list_direct_debits, {"from_on": from_on, "until_on": until_on})
    return [DirectDebit(*row) for row in await cursor.fetchall()]


async def list_demo_accounts(conn: Connection) -> list[int]:
    """The demo's accounts."""
    return [row[0] for row in await (await conn.execute(sql.list_demo_accounts)).fetchall()]


async def accounts_for_deposits(conn: Connection, busy: str, most: int) -> list[tuple[int, int]]:
    """Accounts in euro that owe something, each with its invoice due longest; the busy one first."""
    cursor = await conn.execute(sql.accounts_for_deposits, {"busy": busy, "most": most})
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def list_prepaid_accounts(conn: Connection) -> list[int]:
    """The demo's accounts that pay before."""
    return [row[0] for row in await (await conn.execute(sql.list_prepaid_accounts)).fetchall()]
