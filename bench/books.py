"""Operations into journal entries, and the journal as it is read."""

from __future__ import annotations

import io
import time
from datetime import date

import psycopg

from solde.accounting import Run
from solde.accounting import store as accounting_store
from solde.accounting.actions import SLICE_ACCOUNTS, SLICE_OPERATIONS, after, take_slice
from solde.accounting.exports import Asked, begin_export
from solde.accounting.journal import control_receivables, list_entries, trial_balance
from solde.accounting.model import EntryFilter, Place
from solde.db import Connection, Pool, open_pool, transaction
from solde.extracts.journal import make_file

from .report import Report

TAKEN = 10_000
"""Accounts of ten operations each that are taken to the books."""

FLOOR = """
create table floor_piece (like journal_piece including all);
create table floor_entry (like journal_entry including all);
insert into floor_piece
select account_id, number, 1, operation_on, 'SAL', number, 'DUAL', 1, currency, 2, amount, amount, reference, 'Customer', now(), 1
from operation where account_id between 20001 and {last};
insert into floor_entry
select account_id, number, line, operation_on, 'SAL', '411', line = 1, null, type_id, 1, case when line = 1 then 1 else -1 end, amount, currency,
    'Invoice', null, null, null, null
from operation cross join generate_series(1, 2) line where account_id between 20001 and {last};
"""


async def _take(pool: Pool) -> Run:
    """Take the operations of the first accounts, as a run does."""
    run, place = Run(), Place()
    while place.account_id <= TAKEN:
        async with pool.connection() as conn:
            found = await accounting_store.next_slice(conn, place, most=SLICE_OPERATIONS, accounts=SLICE_ACCOUNTS)
        stretches = [one for one in found if one.account_id <= TAKEN]
        if not stretches:
            break
        run += await take_slice(pool, stretches, place, actor="bench", until=None, dry_run=False)
        place = after(stretches[-1])
    return run


async def books(dsn: str, report: Report) -> None:
    """Entries of 100,000 operations against inserting as many bare rows; then a page, a trial balance, a file."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute(FLOOR.format(last=20000 + TAKEN).encode())
        floor = TAKEN * 10 / (time.perf_counter() - began)
        connection.execute("drop table floor_piece, floor_entry")
    report.floor("bare rows of pieces and entries, two entries each, our indexes", floor, "op/s")
    async with open_pool(dsn, min_size=2, max_size=2, lock_timeout_ms=60_000) as pool:
        began = time.perf_counter()
        run = await _take(pool)
        got = run.operations / (time.perf_counter() - began)
        report.ratio(f"entries of {run.operations:,} operations", got, "op/s", got / floor, 0.2, 0.4, "")
        await _read(pool, report)


async def _read(pool: Pool, report: Report) -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    async with pool.connection() as conn:
        for name, work in (
            ("newest page of the journal", lambda: list_entries(conn)),
            ("newest page of one general account", lambda: list_entries(conn, EntryFilter(general_account="701"))),
            ("trial balance", lambda: trial_balance(conn, first, last)),
            ("control of receivables", lambda: control_receivables(conn)),
        ):
            began = time.perf_counter()
            await work()
            report.note(name, (time.perf_counter() - began) * 1000, "ms")
    asked = Asked(form="csv", from_on=first, until_on=date(2030, 1, 1))

    async def begin(conn: Connection) -> int:
        return (await begin_export(conn, asked, actor="bench")).export_id

    export_id = await transaction(pool, begin)
    began = time.perf_counter()
    done = await make_file(pool, export_id, io.BytesIO())
    report.note(f"CSV of {done.rows:,} entries", (done.rows or 0) / (time.perf_counter() - began), "entries/s")
