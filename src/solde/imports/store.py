"""Statements of imports. The staging tables live in one session, so all of them run on one connection."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from solde.db import Connection, load
from solde.operations.audit_details import DETAIL_MOST

from .model import Payment, Receivable

sql = load(__package__)


class MissingAccount(NamedTuple):
    """An account the ledger does not know, with what the file tells first of it and of its customer."""

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
    """How much of a chunk is new, in one currency; `changed`: rows of known invoices that tell something new."""

    currency: str
    rows: int
    changed: int
    payments: int
    disputes: int
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A good row with its account, as the plain actions take it.

    `number`: the invoice is known; then it is now paid, disputed, or disputed no longer, as the last three tell.
    """

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
    number: int | None
    pays: bool
    enters: bool
    removes: bool
    net: Decimal | None
    tax: Decimal | None


class JudgedPayment(NamedTuple):
    """A row of payments with its account and the invoices it pays, and why not, if it is not to be posted."""

    line: int
    account_id: int | None
    currency: str
    paid_on: date
    amount: Decimal
    reference: str
    type_code: str
    method: str | None
    is_oldest: bool
    payer: str | None
    entry_key: str
    account: str | None
    verdict: str | None
    numbers: list[int]
    missing: str | None


async def make_staging(conn: Connection) -> None:
    """Make the table the rows of a file wait in."""
    await conn.execute(sql.drop_staging)
    await conn.execute(sql.make_staging)
    await conn.execute(sql.make_chunk)


async def stage_rows(conn: Connection, batches: AsyncIterable[Sequence[Receivable]]) -> None:
    """Send the rows, batch after batch, in one stream."""
    async with conn.cursor() as cursor, cursor.copy(sql.stage_rows.rstrip().rstrip(b";")) as copy:
        async for batch in batches:
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
    for statement in (sql.index_rows, sql.index_lines, sql.index_accounts, sql.analyze_rows, sql.analyze_accounts):
        await conn.execute(statement)
    row = await (await conn.execute(sql.count_chunks)).fetchone()
    assert row is not None
    return row[0], row[1]


async def drop_staging(conn: Connection) -> None:
    """Take the staging tables away."""
    await conn.execute(sql.drop_staging)


async def take_time(conn: Connection) -> None:
    """Let this transaction take longer, wait longer for locks, and longer for its file to be read, than a request may."""
    await conn.execute(sql.take_time)


async def lock_known_accounts(conn: Connection) -> None:
    """Lock every account of the file that exists, in the order every other action has."""
    await (await conn.execute(sql.lock_known_accounts)).fetchone()


async def list_new_accounts(conn: Connection, chunk: int) -> list[MissingAccount]:
    """Accounts of a chunk that do not exist, those of a customer one after the other."""
    return [
        MissingAccount(*row) for row in await (await conn.execute(sql.list_new_accounts, {"chunk": chunk})).fetchall()
    ]


async def list_lines(conn: Connection, account_codes: Sequence[str]) -> list[tuple[str, int]]:
    """Account code and line of every row of these accounts."""
    rows = await (await conn.execute(sql.list_lines, {"account_codes": list(account_codes)})).fetchall()
    return [(row[0], row[1]) for row in rows]


async def list_account_ids(conn: Connection, chunk: int) -> list[int]:
    """Accounts of a chunk that exist."""
    return [row[0] for row in await (await conn.execute(sql.list_account_ids, {"chunk": chunk})).fetchall()]


async def fill_chunk(conn: Connection, chunk: int, seller_id: int | None, reason: str, today: date) -> None:
    """Lay the rows of a chunk beside what the ledger knows; `reason` is that of litigations an import entered."""
    await conn.execute(sql.clear_chunk)
    values = {"chunk": chunk, "seller_id": seller_id, "reason": reason, "today": today}
    await conn.execute(sql.fill_chunk, values)


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
    """New and changed rows of accounts where a match needs a rounding operation."""
    return [StagedRow(*row) for row in await (await conn.execute(sql.list_rows_to_round)).fetchall()]


async def post_rows(conn: Connection, action_id: int, actor: str, reason: str, rounded: Sequence[int]) -> int:
    """Write the new rows of the chunk in their final state; gives how many."""
    values = {
        "action_id": action_id,
        "actor": actor,
        "reason": reason,
        "rounded": list(rounded),
        "detail_most": DETAIL_MOST,
    }
    row = await (await conn.execute(sql.post_rows, values)).fetchone()
    assert row is not None
    return int(row[0])


async def change_rows(
    conn: Connection, action_id: int, actor: str, reason: str, rounded: Sequence[int], today: date
) -> int:
    """Write what became of the known invoices of the chunk; gives how many."""
    values = {"action_id": action_id, "actor": actor, "reason": reason, "rounded": list(rounded), "today": today}
    values |= {"detail_most": DETAIL_MOST}
    row = await (await conn.execute(sql.change_rows, values)).fetchone()
    assert row is not None
    return int(row[0])


async def known_customers(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """The customers that have these codes: code and seller."""
    rows = await (await conn.execute(sql.known_customers, {"codes": list(codes)})).fetchall()
    return {row[0]: row[1] for row in rows}


async def stage_payments(conn: Connection, batches: AsyncIterable[Sequence[Payment]]) -> int:
    """Send the rows of payments in one stream and put them in order of account; gives how many."""
    await drop_payment_staging(conn)
    await conn.execute(sql.make_payment_staging)
    async with conn.cursor() as cursor, cursor.copy(sql.stage_payments.rstrip().rstrip(b";")) as copy:
        async for batch in batches:
            for payment in batch:
                await copy.write_row(payment)
    for statement in (
        sql.place_payments,
        sql.index_payments,
        sql.index_payment_references,
        sql.analyze_payments,
    ):
        await conn.execute(statement)
    row = await (await conn.execute(sql.count_payments)).fetchone()
    assert row is not None
    return int(row[0])


async def drop_payment_staging(conn: Connection) -> None:
    """Take the staging tables of payments away."""
    await conn.execute(sql.drop_payment_staging)


async def lock_payment_accounts(conn: Connection) -> None:
    """Lock every account of the file, in the order every other action has."""
    await (await conn.execute(sql.lock_payment_accounts)).fetchone()


async def list_payment_accounts(conn: Connection, first: int, until: int) -> list[int]:
    """The accounts of a stretch of rows."""
    values = {"first": first, "until": until}
    return [row[0] for row in await (await conn.execute(sql.list_payment_accounts, values)).fetchall()]


async def judge_payments(
    conn: Connection, first: int, until: int, seller_id: int | None, receipt_seller_id: int
) -> list[JudgedPayment]:
    """A stretch of rows beside what the ledger knows."""
    values = {"first": first, "until": until, "seller_id": seller_id, "receipt_seller_id": receipt_seller_id}
    return [JudgedPayment(*row) for row in await (await conn.execute(sql.judge_payments, values)).fetchall()]
