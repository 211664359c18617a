"""A real ledger, taken to accounting: control totals agree, the FEC keeps its rules."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ledger import rows

from solde.accounting import generate
from solde.accounting.exports import Asked, begin_export
from solde.accounting.fec import check_file
from solde.accounting.journal import control_receivables, trial_balance
from solde.db import Connection, Pool, transaction
from solde.extracts.journal import make_file
from solde.imports import RECEIVABLE_COLUMNS, ImportOptions, import_receivables, parse_mapping
from solde.verification import verify

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAPPING = Path(__file__).parents[2] / "examples/ibm-accounts-receivable.toml"


async def test_a_real_ledger_is_taken_whole(pool: Pool, conn: Connection, shared_data: Path) -> None:
    file = shared_data / "ibm-accounts-receivable.csv"
    if not file.exists():
        pytest.skip(f"{file.name} is not in the shared data")
    mapping = parse_mapping(MAPPING.read_text(), RECEIVABLE_COLUMNS)
    await import_receivables(
        pool, file, mapping, ImportOptions(actor="test", now=NOW, today=NOW.date()), on_refusal=lambda _: None
    )
    run = await generate(pool, actor="test")
    assert [(run.operations, run.failed)] == await rows(conn, "select count(*), 0::bigint from operation")
    controls = await control_receivables(conn)
    assert controls
    assert all(one.is_even for one in controls)
    balances = await trial_balance(conn, date(2000, 1, 1), date(2100, 1, 1))
    assert sum(one.closing for one in balances) == 0
    (currency,) = {one.currency for one in balances}
    asked = Asked(
        form="fec",
        from_on=date(2000, 1, 1),
        until_on=date(2026, 12, 31),
        seller_id=1,
        currency=currency,
        siren="732829320",
    )
    export = await transaction(pool, lambda conn: begin_export(conn, asked, actor="test"))
    out = io.BytesIO()
    done = await make_file(pool, export.export_id, out)
    out.seek(0)
    checked = check_file(done.file_name, out)
    assert checked.faults == []
    assert checked.rows == run.entries
    assert (await verify(pool, now=NOW)).differences == ()
