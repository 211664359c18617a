"""Statements of the web face: a few questions about the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from solde.audit import KeptRecord
from solde.db import Connection, load

sql = load(__package__)

LATEST = 2000
"""Operations of an account among which its last payment is looked for."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What an operation is to others: taken back by one, of a deposit (and as what), of plans, the newest first.

    `creates`: it puts the debits of a plan off.
    """

    taken_back_by: int | None = None
    deposit: int | None = None
    deposit_name: str | None = None
    part: str | None = None
    plans: tuple[int, ...] = ()
    creates: bool = False


UNTIED = Ties()


@dataclass(frozen=True, slots=True)
class Glance:
    """The oldest due date among what is open, and the last payment; each may be missing."""

    oldest_due: date | None
    last_paid_on: date | None
    last_payment: Decimal | None


async def keep_preferences(conn: Connection, actor: str, likes: str) -> None:
    """Keep what a person likes."""
    await conn.execute(sql.keep_preferences, {"actor": actor, "likes": likes})


async def find_preferences(conn: Connection, actor: str) -> str | None:
    """What a person likes, as kept."""
    row = await (await conn.execute(sql.find_preferences, {"actor": actor})).fetchone()
    return None if row is None else str(row[0])


async def history_of_operation(conn: Connection, account_id: int, number: int, most: int) -> list[KeptRecord]:
    """What was done with an operation, newest first."""
    values = {"account_id": account_id, "number": number, "most": most}
    return [KeptRecord(*row) for row in await (await conn.execute(sql.history_of_operation, values)).fetchall()]


async def ties_of_operations(conn: Connection, account_id: int, numbers: Sequence[int]) -> dict[int, Ties]:
    """What these operations are to others; those that are nothing to any are left out."""
    cursor = await conn.execute(sql.ties_of_operations, {"account_id": account_id, "numbers": list(numbers)})
    return {
        number: Ties(by, deposit, name, part, tuple(plans), creates)
        for number, by, deposit, name, part, plans, creates in await cursor.fetchall()
    }


async def holds_deposit(conn: Connection, account_id: int) -> bool:
    """Does a security deposit of the account hold money?"""
    row = await (await conn.execute(sql.holds_deposit, {"account_id": account_id})).fetchone()
    assert row is not None
    return bool(row[0])


async def payment_routes(conn: Connection) -> dict[str, tuple[str | None, str | None]]:
    """By type of payment what it is refunded and rejected as."""
    return {row[0]: (row[1], row[2]) for row in await (await conn.execute(sql.payment_routes)).fetchall()}


async def accounts_paying(conn: Connection, account_ids: Sequence[int], payment_mode: str) -> set[int]:
    """Which of these accounts are prepaid, or postpaid."""
    values = {"account_ids": list(account_ids), "payment_mode": payment_mode}
    return {row[0] for row in await (await conn.execute(sql.accounts_paying, values)).fetchall()}


async def account_at_a_glance(conn: Connection, account_id: int) -> Glance:
    """Since when something is due, and the last payment among the latest operations."""
    row = await (await conn.execute(sql.account_at_a_glance, {"account_id": account_id, "latest": LATEST})).fetchone()
    assert row is not None
    return Glance(*row)
