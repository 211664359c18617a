"""What tests of imports share: a file of rows, and a run of the import that gathers what was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ledger import rows

from solde.db import Pool
from solde.files import FileMapping
from solde.imports import ImportOptions, ImportOutcome, import_receivables
from solde.kernel.refusals import Refusal

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
HEADER = "customer_code,currency,invoice_number,invoice_date,due_date,amount,disputed,paid_date,paid_amount"

STATUS = """
select d.code, o.reference, o.code, o.amount, o.open, o.disputed, o.matching_status
from operation_now o join account_directory d on d.account_id = o.account_id order by 1, o.number
"""
COUNTS = "select (select count(*) from operation), (select count(*) from customer), (select count(*) from match_line)"

Run = Callable[..., Awaitable[tuple[ImportOutcome, list[Refusal]]]]


@pytest.fixture
def run_import(pool: Pool, tmp_path: Path) -> Run:
    """Import a text (or bytes, or a file) and give the outcome and the refusals."""

    def written(content: str | bytes | Path) -> Path:
        if isinstance(content, Path):
            return content
        file = tmp_path / "receivables.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    async def run(
        content: str | bytes | Path, mapping: FileMapping | None = None, chunk_rows: int = 10_000, **options: object
    ) -> tuple[ImportOutcome, list[Refusal]]:
        found: list[Refusal] = []
        chosen = ImportOptions(actor="test", now=NOW, today=TODAY, **options)  # type: ignore[arg-type]
        outcome = await import_receivables(
            pool, written(content), mapping or FileMapping(), chosen, on_refusal=found.append, chunk_rows=chunk_rows
        )
        return outcome, found

    return run


def file_of(*rows: str, header: str = HEADER) -> str:
    """A CSV text."""
    return "\n".join([header, *rows, ""])


async def seen(pool: Pool, query: str = STATUS) -> list[tuple[object, ...]]:
    """The rows of a query in a connection of its own."""
    async with pool.connection() as conn:
        return await rows(conn, query)
