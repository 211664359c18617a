"""Operations into journal entries, and the journal as it is read."""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path

import psycopg

from solde.accounting import RunSummary
from solde.accounting import store as accounting_store
from solde.accounting.actions import SLICE_ACCOUNTS, SLICE_OPERATIONS, after, take_slice
from solde.accounting.export_model import ExportRequest
from solde.accounting.exports import begin_export
from solde.accounting.journal import control_receivables, list_entries, trial_balance
from solde.accounting.model import EntryFilter, RunPosition
from solde.db import Connection, Pool, open_pool, transaction
from solde.extracts.journal import make_file

from .report import Report

TAKEN = 10_000
"""Accounts of ten operations each that are taken to the books against the floor."""
ALL = 50_000
"""Accounts in the books when files are made of them: 1,000,000 entries."""
SINCE, UNTIL = date(2026, 1, 1), date(2030, 1, 1)

COPY = b"copy (select * from journal_entry order by accounting_on, account_id, number, line) to stdout"
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


async def _take(pool: Pool, through: int, first: int = 1) -> RunSummary:
    """Take the operations of the first accounts, as a run does."""
    run, place = RunSummary(), RunPosition(first)
    while place.account_id <= through:
        async with pool.connection() as conn:
            found = await accounting_store.next_slice(conn, place, most=SLICE_OPERATIONS, accounts=SLICE_ACCOUNTS)
        stretches = [one for one in found if one.account_id <= through]
        if not stretches:
            break
        run += await take_slice(pool, stretches, place, actor="bench", until=None, dry_run=False)
        place = after(stretches[-1])
    return run


async def books(dsn: str, report: Report) -> None:
    """Entries of 100,000 operations against inserting as many bare rows; a page, a trial balance; files of 1,000,000 entries."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute(FLOOR.format(last=20000 + TAKEN).encode())
        floor = TAKEN * 10 / (time.perf_counter() - began)
        connection.execute("drop table floor_piece, floor_entry")
    report.floor("bare rows of pieces and entries, two entries each, our indexes", floor, "op/s")
    async with open_pool(dsn, min_size=2, max_size=2, lock_timeout_ms=60_000) as pool:
        began = time.perf_counter()
        run = await _take(pool, TAKEN)
        got = run.operations / (time.perf_counter() - began)
        report.ratio(f"entries of {run.operations:,} operations", got, "op/s", got / floor, 0.3, 0.4, "")
        report.rate("the same", got, "op/s", 20_000, 30_000)
        await _read(pool, report)
        before, began = _peak(), time.perf_counter()
        run = await _take(pool, ALL, TAKEN + 1)
        report.note(
            f"entries of {run.operations:,} operations more", run.operations / (time.perf_counter() - began), "op/s"
        )
        report.limit("  more memory than before", _peak() - before, "MiB", 64, 32)
        await _files(dsn, pool, report)


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


async def _files(dsn: str, pool: Pool, report: Report) -> None:
    """Files of every entry, kept and all, against copying the bare rows into a file in the same order."""
    with psycopg.connect(dsn) as connection, tempfile.TemporaryFile() as out, connection.cursor() as cursor:
        began, rows = time.perf_counter(), 0
        with cursor.copy(COPY) as copy:
            for row in copy:
                out.write(row)
                rows += 1
        floor = rows / (time.perf_counter() - began)
    report.floor(f"bare copy of {rows:,} entries into a file", floor, "entries/s")
    for form in ("csv", "jsonl", "fec", "xlsx"):
        siren = "732829320" if form == "fec" else None
        asked = ExportRequest(form=form, from_on=SINCE, until_on=UNTIL, seller_id=1, currency="EUR", siren=siren)

        async def begin(conn: Connection, asked: ExportRequest = asked) -> int:
            return (await begin_export(conn, asked, actor="bench")).export_id

        export_id = await transaction(pool, begin)
        before, began = _peak(), time.perf_counter()
        with tempfile.TemporaryFile() as out:
            done = await make_file(pool, export_id, out)
        rate = (done.rows or 0) / (time.perf_counter() - began)
        size = (done.bytes or 0) / 1024**2
        report.ratio(
            f"{form} of {done.rows:,} entries, {size:,.0f} MiB", rate, "entries/s", rate / floor, 0.05, 0.1, ""
        )
        report.limit("  more memory than before", _peak() - before, "MiB", 64, 32)


def _peak() -> float:
    """The most memory this process held since it was last asked, in MiB; begins anew."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    held = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(held.split()[1]) / 1024
