"""Statements of security deposits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from solde.db import Connection, load

from .model import (
    Deposit,
    DepositEntry,
    DepositFilter,
    DepositSettings,
    DepositState,
    EntryKind,
    Limit,
    Listed,
    StepRole,
    Template,
    TemplateState,
    ValidityUnit,
)

Key = tuple[int, int]

sql = load(__package__)

WIDTH = 15
"""How many columns a deposit has in every list of them."""


async def list_templates(conn: Connection) -> list[Template]:
    """Every template, by code."""
    return [_template(row) for row in await (await conn.execute(sql.list_templates)).fetchall()]


async def lock_template(conn: Connection, code: str) -> Template | None:
    """A template, locked."""
    row = await (await conn.execute(sql.lock_template, {"code": code})).fetchone()
    return None if row is None else _template(row)


async def get_templates(conn: Connection, codes: Sequence[str]) -> dict[str, Template]:
    """Templates by code; unknown codes are absent."""
    rows = await (await conn.execute(sql.get_templates, {"codes": list(codes)})).fetchall()
    return {row[0]: _template(row) for row in rows}


async def insert_template(conn: Connection, new: Template) -> bool:
    """Write a new template; False where its code is taken."""
    row = await (await conn.execute(sql.insert_template, _values(new))).fetchone()
    return row is not None


async def update_template(conn: Connection, template: Template) -> None:
    """Write what of a template may change, and count its version up."""
    await conn.execute(sql.update_template, _values(template))


def _values(one: Template) -> dict[str, object]:
    return {
        "code": one.code, "label": one.label, "currency": one.currency, "least": one.least, "most": one.most,
        "validity": one.validity, "validity_unit": one.validity_unit, "state": one.state,
    }  # fmt: skip


def _template(row: Sequence[Any]) -> Template:
    unit = None if row[6] is None else ValidityUnit(row[6])
    return Template(*row[:6], unit, TemplateState(row[7]), row[8])  # type: ignore[call-arg]


async def get_settings(conn: Connection, *, lock: bool = False) -> DepositSettings:
    """What holds for all deposits, with the limits by currency."""
    row = await (await conn.execute(sql.lock_settings if lock else sql.get_settings)).fetchone()
    assert row is not None, "the settings are shipped"
    limits = [Limit(*one) for one in await (await conn.execute(sql.list_limits)).fetchall()]
    return DepositSettings(row[0], row[1], {one.currency: one for one in limits})


async def save_settings(conn: Connection, *, auto_refund: bool, limits: Sequence[Limit]) -> None:
    """Write what holds for all deposits, in place of what held."""
    await conn.execute(sql.update_settings, {"auto_refund": auto_refund})
    await conn.execute(sql.delete_limits)
    values = {
        "currencies": [one.currency for one in limits],
        "deposit_most": [one.deposit_most for one in limits],
        "customer_most": [one.customer_most for one in limits],
    }
    await conn.execute(sql.insert_limits, values)


async def accounts_beside(conn: Connection, account_ids: Sequence[int]) -> list[int]:
    """These accounts and all others of the same customers, in order."""
    rows = await (await conn.execute(sql.accounts_beside, {"account_ids": list(account_ids)})).fetchall()
    return [row[0] for row in rows]


async def standing_sums(conn: Connection, account_ids: Sequence[int]) -> dict[int, Decimal]:
    """By account, what its customer's standing deposits ask for together, in the account's currency."""
    rows = await (await conn.execute(sql.standing_sums, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: row[1] for row in rows}


async def customers_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, int]:
    """The customer of each account that has one."""
    rows = await (await conn.execute(sql.customers_of, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: row[1] for row in rows}


async def last_deposits(conn: Connection, account_ids: Sequence[int]) -> dict[int, int]:
    """The last deposit number by account; an account without deposits is absent."""
    rows = await (await conn.execute(sql.last_deposits, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: row[1] for row in rows}


async def names_taken(conn: Connection, names: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these (account, name) pairs are a deposit's already."""
    values = {"account_ids": [n[0] for n in names], "names": [n[1] for n in names]}
    return {(row[0], row[1]) for row in await (await conn.execute(sql.names_taken, values)).fetchall()}


async def get_deposits(conn: Connection, keys: Sequence[Key]) -> dict[Key, Deposit]:
    """Deposits by (account, deposit number); unknown ones are absent."""
    rows = await (await conn.execute(sql.get_deposits, _keys(keys))).fetchall()
    return {(row[0], row[1]): _deposit(row) for row in rows}


def _keys(keys: Sequence[Key]) -> dict[str, list[int]]:
    return {"account_ids": [key[0] for key in keys], "numbers": [key[1] for key in keys]}


def _deposit(row: Sequence[Any]) -> Deposit:
    return Deposit(*row[:9], DepositState(row[9]), *row[10:WIDTH])  # type: ignore[call-arg]


async def held_of(conn: Connection, keys: Sequence[Key]) -> list[tuple[int, int, int, int]]:
    """(account, deposit, operation, entry) of every credit that is held still, oldest first."""
    return [tuple(row) for row in await (await conn.execute(sql.held_of, _keys(keys))).fetchall()]


async def fundings_of(conn: Connection, keys: Sequence[Key]) -> dict[Key, tuple[int, int]]:
    """By (account, operation), which deposit and step a payment belongs to; others are absent."""
    rows = await (await conn.execute(sql.fundings_of, _keys(keys))).fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def insert_deposits(conn: Connection, deposits: Sequence[Deposit]) -> None:
    """Write new deposits."""
    await conn.execute(sql.insert_deposits, {"deposits": _json([_row(one) for one in deposits])})


async def move_deposits(conn: Connection, deposits: Sequence[Deposit]) -> None:
    """Write what became of deposits."""
    await conn.execute(sql.move_deposits, {"deposits": _json([_row(one) for one in deposits])})


def _row(one: Deposit) -> dict[str, object]:
    row = {name: getattr(one, name) for name in Deposit.__slots__}
    return {**row, "deposit_number": one.number}


async def insert_entries(conn: Connection, entries: Sequence[Mapping[str, object]]) -> None:
    """Write steps of deposits."""
    await conn.execute(sql.insert_entries, {"entries": _json(entries)})


async def insert_operations(conn: Connection, posted: Sequence[tuple[int, int, int, int, str]]) -> None:
    """Write (account, operation, deposit, entry, part) of what steps posted."""
    names = ("account_ids", "numbers", "deposit_numbers", "entry_numbers", "parts")
    await conn.execute(sql.insert_operations, {name: [row[i] for row in posted] for i, name in enumerate(names)})


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return msgspec.json.encode(rows).decode()


async def list_entries(conn: Connection, account_id: int, number: int) -> list[DepositEntry]:
    """The history of a deposit, oldest first."""
    cursor = await conn.execute(sql.list_entries, {"account_id": account_id, "number": number})
    return [_entry(row) for row in await cursor.fetchall()]


def _entry(row: Sequence[Any]) -> DepositEntry:
    operations = {int(number): StepRole(part) for number, part in row[10].items()}
    posted = dict(sorted(operations.items()))
    return DepositEntry(
        row[0], EntryKind(row[1]), row[2], row[3], DepositState(row[4]), row[5], row[6], row[7], row[8], row[9], posted
    )


async def list_deposits(conn: Connection, chosen: DepositFilter, after: Key, limit: int) -> list[Listed]:
    """Deposits after a given one, by account and number."""
    values = {
        "after_account": after[0], "after_number": after[1], "account_id": chosen.account_id,
        "states": None if chosen.states is None else [str(one) for one in chosen.states],
        "seller_id": chosen.seller_id, "expiring_before": chosen.expiring_before, "limit": limit,
    }  # fmt: skip
    return [_listed(row) for row in await (await conn.execute(sql.list_deposits, values)).fetchall()]


async def deposits_of_accounts(conn: Connection, account_ids: Sequence[int]) -> list[Listed]:
    """All deposits of accounts: those that stand first, newest first."""
    cursor = await conn.execute(sql.deposits_of_accounts, {"account_ids": list(account_ids)})
    return [_listed(row) for row in await cursor.fetchall()]


async def list_expired(
    conn: Connection, seller_id: int, today: date, after: tuple[date, int, int], limit: int
) -> list[Listed]:
    """A seller's deposits that hold money after their last day, oldest first."""
    values = {
        "seller_id": seller_id,
        "today": today,
        "after_day": after[0],
        "after_account": after[1],
        "after_number": after[2],
        "limit": limit,
    }
    return [_listed(row) for row in await (await conn.execute(sql.list_expired, values)).fetchall()]


def _listed(row: Sequence[Any]) -> Listed:
    return Listed(_deposit(row), row[WIDTH], row[WIDTH + 1])
