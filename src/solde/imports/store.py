"""Statements of imports. The staging tables live in one session, so all of them run on one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from solde.db import Connection, load

from .model import Receivable

sql = load(__package__)


class NewAccount(NamedTuple):
    """An account the ledger does not know, with what its first row tells."""

    line: int
    account_code: str
    customer_code: str
    customer_name: str | None
    customer_kind: str
    country: str | None
    currency: str


class RefusedRow(NamedTuple):
    """A row the ledger does not take, and why."""

    line: int
    verdict: str
    detail: str
    reference: str
    currency: str


@dataclass(frozen=True, slots=True)
class NewRows:
    """How much of a chunk is new, in one currency."""

    currency: str
    rows: int
    payments: int
    disputes: int
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A good row with its account, as the plain actions take it."""

    line: int
    account_id: int
    type_code: str
    reference: str
    description: str | None
    invoice_on: date
    due_on: date
    amount: Decimal
    disputed: bool
    paid_on: date | None
    paid_amount: Decimal | None
    payment_code: str | None
    payment_reference: str | None
    payment_method: str | None


async def make_staging(conn: Connection) -> None:
    """Make the table the rows of a file wait in."""
    await conn.execute(sql.drop_staging)
    await conn.execute(sql.make_staging)
    await conn.execute(sql.make_chunk)


async def stage_rows(conn: Connection, batches: Iterable[Sequence[Receivable]]) -> None:
    """Send the rows, batch after batch, in one stream."""
    async with conn.cursor() as cursor, cursor.copy(sql.stage_rows.rstrip().rstrip(b";")) as copy:
        for batch in batches:
            for row in batch:
                await copy.write_row(row)


async def find_repeats(conn: Connection) -> AsyncIterator[tuple[int, str, int]]:
    """Rows whose number an earlier row has: their line, the number, the first line."""
    async for row in await conn.execute(sql.find_repeats):
        yield row[0], row[1], row[2]


async def order_rows(conn: Connection, chunk_rows: int) -> tuple[int, int]:
    """Put the staged rows in order of account and cut them into chunks; gives how many chunks and rows."""
    await conn.execute(sql.drop_repeats)
    await conn.execute(sql.make_accounts, {"chunk_rows": chunk_rows})
    for statement in (sql.index_rows, sql.index_accounts, sql.analyze_rows, sql.analyze_accounts):
        await conn.execute(statement)
    row = await (await conn.execute(sql.count_chunks)).fetchone()
    assert row is not None
    return row[0], row[1]


async def drop_staging(conn: Connection) -> None:
    """Take the staging tables away."""
    await conn.execute(sql.drop_staging)


async def take_time(conn: Connection) -> None:
    """Let this transaction take longer, and wait longer for locks, than a request may."""
    await conn.execute(sql.take_time)


async def lock_known_accounts(conn: Connection) -> None:
    """Lock every account of the file that exists, in the order every other action has."""
    await (await conn.execute(sql.lock_known_accounts)).fetchone()


async def list_new_accounts(conn: Connection, chunk: int) -> list[NewAccount]:
    """Accounts of a chunk that do not exist."""
    return [NewAccount(*row) for row in await (await conn.execute(sql.list_new_accounts, {"chunk": chunk})).fetchall()]


async def list_lines(conn: Connection, account_codes: Sequence[str]) -> list[tuple[str, int]]:
    """Account code and line of every row of these accounts."""
    rows = await (await conn.execute(sql.list_lines, {"account_codes": list(account_codes)})).fetchall()
    return [(row[0], row[1]) for row in rows]


async def list_account_ids(conn: Connection, chunk: int) -> list[int]:
    """Accounts of a chunk that exist."""
    return [row[0] for row in await (await conn.execute(sql.list_account_ids, {"chunk": chunk})).fetchall()]


async def fill_chunk(conn: Connection, chunk: int, seller_id: int | None) -> None:
    """Lay the rows of a chunk beside what the ledger knows."""
    await conn.execute(sql.clear_chunk)
    await conn.execute(sql.fill_chunk, {"chunk": chunk, "seller_id": seller_id})


async def list_refused(conn: Connection) -> list[RefusedRow]:
    """Rows of the chunk that cannot be imported."""
    return [RefusedRow(*row) for row in await (await conn.execute(sql.list_refused)).fetchall()]


async def count_there(conn: Connection) -> int:
    """Rows of the chunk that the ledger has already."""
    row = await (await conn.execute(sql.count_there)).fetchone()
    assert row is not None
    return int(row[0])


async def count_new(conn: Connection) -> list[NewRows]:
    """What of the chunk is new, by currency."""
    return [NewRows(*row) for row in await (await conn.execute(sql.count_new)).fetchall()]


async def list_rows_to_round(conn: Connection) -> list[StagedRow]:
    """New rows of accounts where a match needs a rounding operation."""
    return [StagedRow(*row) for row in await (await conn.execute(sql.list_rows_to_round)).fetchall()]


async def post_rows(conn: Connection, action_id: int, reason: str, rounded: Sequence[int]) -> int:
    """Write the new rows of the chunk in their final state; gives how many."""
    values = {"action_id": action_id, "reason": reason, "rounded": list(rounded)}
    row = await (await conn.execute(sql.post_rows, values)).fetchone()
    assert row is not None
    return int(row[0])
