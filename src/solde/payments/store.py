"""Statements of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from solde.db import Connection, load

from .credit_model import CreditNote, Parts
from .filters import ReceiptFilter
from .model import (
    AccountOwner,
    Assignment,
    Receipt,
    ReceiptRequest,
    ReceiptState,
    Route,
    Routes,
    SmallBalance,
    StandingLine,
)

sql = load(__package__)

LARGEST_ID = 2**62


async def load_routes(conn: Connection) -> Routes:
    """How payments are refunded and rejected, and the type of each payment method."""
    rows = await (await conn.execute(sql.list_routes)).fetchall()
    methods = await (await conn.execute(sql.list_payment_types)).fetchall()
    return Routes({row[0]: Route(*row) for row in rows}, {row[0]: row[1] for row in methods})


async def parties_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, AccountOwner]:
    """Codes and sellers of accounts."""
    rows = await (await conn.execute(sql.parties_of, {"account_ids": list(account_ids)})).fetchall()
    return {row[0]: AccountOwner(*row) for row in rows}


async def standing_lines(conn: Connection, numbers: Sequence[tuple[int, int]]) -> list[StandingLine]:
    """Standing match lines of operations given as (account, number)."""
    values = {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    return [StandingLine(*row) for row in await (await conn.execute(sql.standing_lines, values)).fetchall()]


async def find_taken_back(conn: Connection, numbers: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these operations, given as (account, number), were taken back before."""
    values = {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    return {(row[0], row[1]) for row in await (await conn.execute(sql.find_taken_back, values)).fetchall()}


async def insert_taken_back(conn: Connection, taken: Sequence[tuple[int, int, int]]) -> None:
    """Write (account, number, by number) of each operation taken back."""
    names = ("account_ids", "numbers", "by_numbers")
    await conn.execute(sql.insert_taken_back, {name: [row[i] for row in taken] for i, name in enumerate(names)})


async def credit_notes_of(conn: Connection, keys: Sequence[tuple[int, int]]) -> list[CreditNote]:
    """Credit notes made against invoices, given as (account, number), those taken back too."""
    values = {"account_ids": [k[0] for k in keys], "numbers": [k[1] for k in keys]}
    cursor = await conn.execute(sql.credit_notes_of, values)
    rows = await cursor.fetchall()
    return [
        CreditNote(account, number, invoice, amount, stands, None if tax is None else Parts(net, tax))
        for account, number, invoice, amount, stands, net, tax in rows
    ]


async def parts_of(conn: Connection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Parts]:
    """Net and tax of operations given as (account, number), where they were said."""
    values = {"account_ids": [k[0] for k in keys], "numbers": [k[1] for k in keys]}
    rows = await (await conn.execute(sql.parts_of, values)).fetchall()
    return {(row[0], row[1]): Parts(row[2], row[3]) for row in rows}


async def insert_credit_notes(conn: Connection, notes: Sequence[CreditNote]) -> None:
    """Keep which invoice each credit note was made against."""
    await conn.execute(
        sql.insert_credit_notes,
        {
            "account_ids": [note.account_id for note in notes],
            "numbers": [note.number for note in notes],
            "invoice_numbers": [note.invoice_number for note in notes],
            "amounts": [note.amount for note in notes],
        },
    )


async def insert_transfers(conn: Connection, ends: Sequence[tuple[int, int, int, int]]) -> None:
    """Write (account, number, other account, other number) of transfers."""
    names = ("account_ids", "numbers", "to_account_ids", "to_numbers")
    await conn.execute(sql.insert_transfers, {name: [row[i] for row in ends] for i, name in enumerate(names)})


async def references_of(conn: Connection, numbers: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """References of operations given as (account, number), where they have one."""
    values = {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    return {(row[0], row[1]): row[2] for row in await (await conn.execute(sql.references_of, values)).fetchall()}


async def insert_receipts(conn: Connection, receipts: Sequence[tuple[ReceiptRequest, str, int]]) -> dict[int, int]:
    """Record receipts, each with its operation type and action; gives ids by action, those of new ones."""
    rows = [
        {
            "seller_id": r.seller_id,
            "currency": r.currency,
            "amount": r.amount,
            "received_on": r.on,
            "type_code": type_code,
            "payment_method": r.method,
            "reference": r.reference,
            "payer_text": r.payer_text,
            "entry_key": r.entry_key,
            "action_id": action,
        }
        for r, type_code, action in receipts
    ]
    cursor = await conn.execute(sql.insert_receipts, {"receipts": msgspec.json.encode(rows).decode()})
    return {row[1]: row[0] for row in await cursor.fetchall()}


async def receipts_by_key(conn: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of receipts by (seller, key)."""
    values = {"seller_ids": [k[0] for k in keys], "entry_keys": [k[1] for k in keys]}
    rows = await (await conn.execute(sql.receipts_by_key, values)).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


async def lock_receipts(conn: Connection, receipt_ids: Sequence[int]) -> None:
    """Lock receipts; what is read afterwards is the newest."""
    cursor = await conn.execute(sql.lock_receipts, {"receipt_ids": sorted(set(receipt_ids))})
    await cursor.fetchall()


async def get_receipts(
    conn: Connection, receipt_ids: Sequence[int], seller_id: int | None = None
) -> dict[int, Receipt]:
    """Receipts by id, those that the seller has."""
    values = {"receipt_ids": list(receipt_ids), "seller_id": seller_id}
    rows = await (await conn.execute(sql.get_receipts, values)).fetchall()
    return {row[0]: _receipt(row) for row in rows}


async def list_receipts(conn: Connection, chosen: ReceiptFilter, before: int, limit: int) -> list[Receipt]:
    """Receipts, newest first, below an id."""
    values = {
        "before": before,
        "limit": limit,
        "state": chosen.state,
        "seller_id": chosen.seller_id,
        "currency": chosen.currency,
        "from_on": chosen.date_from,
        "until_on": chosen.date_until,
        "text": chosen.q,
    }
    return [_receipt(row) for row in await (await conn.execute(sql.list_receipts, values)).fetchall()]


def _receipt(row: tuple[Any, ...]) -> Receipt:
    return Receipt(*row[:12], ReceiptState(row[12]), *row[13:])  # type: ignore[call-arg]


async def move_receipts(conn: Connection, assigned: Mapping[int, Decimal]) -> None:
    """Write what of receipts is assigned now."""
    values = {"receipt_ids": list(assigned), "assigned": list(assigned.values())}
    await conn.execute(sql.move_receipts, values)


async def return_receipts(conn: Connection, returned: Sequence[tuple[int, date, str]]) -> None:
    """Close receipts whose rest is sent back, each with day and reason."""
    values = {
        "receipt_ids": [r[0] for r in returned],
        "returned_on": [r[1] for r in returned],
        "reasons": [r[2] for r in returned],
    }
    await conn.execute(sql.return_receipts, values)


async def insert_assignments(conn: Connection, parts: Sequence[tuple[int, int, int, Decimal, int]]) -> None:
    """Write (account, number, receipt, amount, action) of each part."""
    names = ("account_ids", "numbers", "receipt_ids", "amounts", "action_ids")
    await conn.execute(sql.insert_assignments, {name: [part[i] for part in parts] for i, name in enumerate(names)})


async def list_assignments(conn: Connection, receipt_id: int) -> list[Assignment]:
    """Where the parts of a receipt went."""
    rows = await (await conn.execute(sql.list_assignments, {"receipt_id": receipt_id})).fetchall()
    return [Assignment(*row) for row in rows]


async def invoices_named(
    conn: Connection, words: Sequence[str], receipt: Receipt, limit: int
) -> list[tuple[str, str, int, str, Decimal]]:
    """Open invoices with one of these references: account, name, number, reference, available."""
    values = {"words": list(words), "currency": receipt.currency, "seller_id": receipt.seller_id, "limit": limit}
    return await (await conn.execute(sql.invoices_named, values)).fetchall()


async def accounts_named(
    conn: Connection, words: Sequence[str], receipt: Receipt, limit: int
) -> list[tuple[str, str, Decimal]]:
    """Accounts with one of these codes: code, name, open debits."""
    values = {"words": list(words), "currency": receipt.currency, "seller_id": receipt.seller_id, "limit": limit}
    return await (await conn.execute(sql.accounts_named, values)).fetchall()


async def small_balances(
    conn: Connection,
    limits: Mapping[str, Decimal],
    due_before: date,
    *,
    deposit_type_ids: Sequence[int],
    seller_id: int | None,
    after: int,
    limit: int,
    most_items: int,
    account_ids: Sequence[int] | None = None,
) -> list[SmallBalance]:
    """Accounts of which little is open, in order of their ids."""
    values = {
        "currencies": list(limits),
        "limits": list(limits.values()),
        "due_before": due_before,
        "deposit_type_ids": list(deposit_type_ids),
        "seller_id": seller_id,
        "after": after,
        "limit": limit,
        "most_items": most_items,
        "account_ids": None if account_ids is None else list(account_ids),
    }
    rows = await (await conn.execute(sql.small_balances, values)).fetchall()
    return [SmallBalance(*row) for row in rows]
