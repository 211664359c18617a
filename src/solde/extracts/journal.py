"""Write the entries of an export: as the FEC, for Excel, as CSV or JSON Lines; row by row, the same bytes each time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO

from solde.accounting import fec
from solde.accounting.export_model import Export, Line, WrittenExport
from solde.accounting.exports import PART_BYTES, get_export, keep_written, stream_lines, wait_for_writers
from solde.db import Connection, Pool, transaction
from solde.kernel.money import ZERO
from solde.matching import lettering

from .model import Column, FieldKind, FileFormat, Value
from .writers import open_writer

COLUMNS = (
    Column("date", "Date", FieldKind.DAY, 12),
    Column("journal", "Journal", width=8),
    Column("entry", "Entry", width=18),
    Column("general_account", "Account", width=12),
    Column("general_label", "Account label", width=28),
    Column("auxiliary", "Customer account", width=16),
    Column("customer", "Customer", width=28),
    Column("label", "Label", width=32),
    Column("reference", "Reference", width=20),
    Column("operation_date", "Operation date", FieldKind.DAY, 14),
    Column("currency", "Currency", width=10),
    Column("debit", "Debit", FieldKind.MONEY, 16),
    Column("credit", "Credit", FieldKind.MONEY, 16),
    Column("lettering", "Letters", width=10),
    Column("lettering_date", "Lettered on", FieldKind.DAY, 12),
    Column("tax_code", "Tax", width=10),
    Column("analytic_1", "Analytic 1"),
    Column("analytic_2", "Analytic 2"),
    Column("analytic_3", "Analytic 3"),
    Column("recorded_date", "Made on", FieldKind.DAY, 12),
    Column("operation", "Operation", FieldKind.COUNT, 10),
)
TOLD_EVERY = 5000


async def write_export(
    pool: Pool, export: Export, out: IO[bytes], progress: Callable[[int], None] = lambda _rows: None
) -> WrittenExport:
    """Write the file of an export to a stream that can be read again; gives what it amounts to.

    Everything is read in one snapshot, taken when nobody can still record what belongs to it.
    """
    async with pool.connection() as conn:
        await wait_for_writers(conn)
        async with conn.transaction():
            await conn.execute(b"set transaction isolation level repeatable read, read only")
            await conn.execute(b"set local statement_timeout = 0")
            writer = _FecWriter(out, export) if export.asked.form == "fec" else _TableWriter(out, export)
            rows, debit, credit = 0, ZERO, ZERO
            async for line in stream_lines(conn, export):
                writer.line(line)
                rows += 1
                debit, credit = (debit + line.amount, credit) if line.side == 1 else (debit, credit + line.amount)
                if rows % TOLD_EVERY == 0:
                    progress(rows)
            writer.close()
    digest, size = hashlib.sha256(), 0
    for part in parts_of(out):
        digest.update(part)
        size += len(part)
    return WrittenExport(rows, debit, credit, size, digest.hexdigest())


def parts_of(out: IO[bytes]) -> Iterator[bytes]:
    """What was written, from its beginning, in parts."""
    out.seek(0)
    while part := out.read(PART_BYTES):
        yield part


async def make_file(
    pool: Pool, export_id: int, out: IO[bytes], progress: Callable[[int], None] = lambda _rows: None
) -> Export:
    """Write the file of an export and keep it; one that was written before must come out the same.

    Refuses: unknown_accounting_export, accounting_still_written, accounting_export_differs.
    """
    async with pool.connection() as conn:
        export = await get_export(conn, export_id)
    written = await write_export(pool, export, out, progress)

    async def work(conn: Connection) -> Export:
        return await keep_written(conn, export, written, parts_of(out))

    return await transaction(pool, work)


def _letters(line: Line) -> str:
    return " ".join(lettering(group) for group in line.groups)


def _entry_number(line: Line) -> str:
    return f"{line.journal}-{line.accounting_on.year}-{line.sequence}"


class _TableWriter:
    """The entries as a table, with a total for each currency."""

    def __init__(self, out: IO[bytes], export: Export) -> None:
        self._writer = open_writer(FileFormat(export.asked.form), out, "Entries", COLUMNS)
        self._names = export.names
        self._totals: dict[str, tuple[Decimal, Decimal]] = {}

    def line(self, line: Line) -> None:
        """Write an entry."""
        debit, credit = (line.amount, None) if line.side == 1 else (None, line.amount)
        before = self._totals.get(line.currency, (ZERO, ZERO))
        self._totals[line.currency] = (before[0] + (debit or ZERO), before[1] + (credit or ZERO))
        values: list[Value] = [
            line.accounting_on, line.journal, _entry_number(line), line.general_account,
            self._names.accounts.get(line.general_account), line.auxiliary, line.customer, line.label, line.reference,
            line.operation_on, line.currency, debit, credit, _letters(line) or None, line.lettered_on, line.tax_code,
            line.analytic_1, line.analytic_2, line.analytic_3, line.recorded_on, line.number,
        ]  # fmt: skip
        self._writer.row(values)

    def close(self) -> None:
        """Write the totals."""
        for currency, (debit, credit) in sorted(self._totals.items()):
            total: dict[str, Value] = {"entry": "Total", "currency": currency, "debit": debit, "credit": credit}
            self._writer.total([total.get(column.name) for column in COLUMNS])
        self._writer.close()


class _FecWriter:
    """The entries as the law wants them."""

    def __init__(self, out: IO[bytes], export: Export) -> None:
        self._out = out
        self._names = export.names
        self._separator = fec.SEPARATORS[export.asked.separator]
        self._encoding = export.asked.encoding
        self._write(fec.FIELDS)

    def _write(self, values: tuple[str, ...]) -> None:
        self._out.write((self._separator.join(values) + "\r\n").encode(self._encoding, "replace"))

    def line(self, line: Line) -> None:
        """Write an entry."""
        amount, names = fec.amount(line.amount), self._names
        is_foreign = line.currency != names.own_currency
        signed = amount if line.side == 1 else f"-{amount}"
        letters = _letters(line)
        auxiliary = fec.clean(line.auxiliary)
        account = line.general_account
        self._write((
            fec.clean(line.journal), fec.clean(names.journals.get(line.journal)) or fec.clean(line.journal),
            _entry_number(line), fec.day(line.accounting_on), fec.clean(account), fec.clean(names.accounts.get(account)) or account,
            auxiliary, (fec.clean(line.customer) or auxiliary) if auxiliary else "",
            fec.clean(line.reference) or f"{line.account_id}-{line.number}", fec.day(line.operation_on),
            fec.clean(line.label) or account,
            amount if line.side == 1 else "0,00", "0,00" if line.side == 1 else amount,
            letters, fec.day(line.lettered_on) if letters else "", fec.day(line.recorded_on),
            signed if is_foreign else "", line.currency if is_foreign else "",
        ))  # fmt: skip

    def close(self) -> None:
        """Nothing comes last."""
