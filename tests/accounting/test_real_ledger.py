"""A real ledger, taken to accounting and closed year by year: nothing is lost, control totals agree, each FEC keeps its rules."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ledger import rows

from solde.accounting import generate
from solde.accounting.export_model import ExportRequest
from solde.accounting.exports import begin_export
from solde.accounting.fec import Checked, check_file
from solde.accounting.journal import control_receivables, trial_balance
from solde.db import Connection, Pool, transaction
from solde.extracts.journal import make_file
from solde.files import parse_mapping
from solde.imports import RECEIVABLES, ImportOptions, import_receivables
from solde.operations.rejected import list_rejected
from solde.periods import Cut, NewYear, OnClosed, PeriodScope, Policy, create_year, turn_year
from solde.verification import verify

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAPPING = Path(__file__).parents[2] / "examples/ibm-accounts-receivable.toml"
YEARS = (2012, 2013, 2014)
STANDINGS = """
select posting_status, extract(year from accounting_on)::int, count(*) from operation_now group by 1, 2 order by 2, 1
"""
UNTAKEN = "select count(*) from operation_now where accounting_on <= %(day)s and posting_status <> 'EXPORTED'"
TAKEN_LATER = "select count(*) from operation_now where accounting_on > %(day)s and posting_status = 'EXPORTED'"
OF_YEAR = "select count(*), sum(amount) filter (where side = 1) from journal_entry where accounting_on between %(first)s and %(last)s"


@pytest.fixture
def ledger_file(shared_data: Path) -> Path:
    """The public sample ledger; skips where it is not there."""
    file = shared_data / "ibm-accounts-receivable.csv"
    if not file.exists():
        pytest.skip(f"{file.name} is not in the shared data")
    return file


async def bring_in(pool: Pool, file: Path) -> None:
    mapping = parse_mapping(MAPPING.read_text(), RECEIVABLES.names)
    options = ImportOptions(actor="test", now=NOW, today=NOW.date())
    await import_receivables(pool, file, mapping, options, on_refusal=lambda _: None)


async def make_years(conn: Connection, on_closed: OnClosed) -> None:
    for year in YEARS:
        new = NewYear(str(year), date(year, 1, 1), date(year, 12, 31), Cut.MONTHLY, Policy(on_closed))
        await create_year(conn, new, actor="test")


async def close(conn: Connection, year: int) -> None:
    await turn_year(conn, str(year), PeriodScope.ALL, closes=True, actor="test")


async def fec_of(pool: Pool, year: int) -> Checked:
    """The FEC of a year, held against the rules."""
    asked = ExportRequest(
        form="fec",
        from_on=date(year, 1, 1),
        until_on=date(year, 12, 31),
        seller_id=1,
        currency="USD",
        siren="732829320",
    )
    export = await transaction(pool, lambda conn: begin_export(conn, asked, actor="test"))
    out = io.BytesIO()
    done = await make_file(pool, export.export_id, out)
    out.seek(0)
    return check_file(done.file_name, out)


async def assert_controls_agree(conn: Connection) -> None:
    controls = await control_receivables(conn)
    assert controls
    assert [one for one in controls if not one.is_even] == []


async def test_a_real_ledger_is_closed_year_by_year(pool: Pool, conn: Connection, ledger_file: Path) -> None:
    await make_years(conn, OnClosed.BLOCK)
    await bring_in(pool, ledger_file)
    closings: dict[str, object] = {}
    for year in YEARS:
        first, last = date(year, 1, 1), date(year, 12, 31)
        run = await generate(pool, actor="test", until=last)
        assert run.operations > 0
        assert run.failed == 0
        await close(conn, year)
        assert await rows(conn, UNTAKEN, day=last) == [(0,)]
        assert await rows(conn, TAKEN_LATER, day=last) == [(0,)]
        checked = await fec_of(pool, year)
        assert checked.faults == []
        assert await rows(conn, OF_YEAR, first=first, last=last) == [(run.entries, checked.debit)]
        assert checked.debit == checked.credit
        assert checked.rows == run.entries
        lines = await trial_balance(conn, first, last)
        assert sum(one.closing for one in lines) == 0
        assert {one.general_account: one.opening for one in lines if one.opening} == closings
        closings = {one.general_account: one.closing for one in lines if one.closing}
        await assert_controls_agree(conn)
    left = [row for row in await rows(conn, STANDINGS) if row[0] != "EXPORTED"]
    assert left == []
    assert (await list_rejected(conn, None)).items == []
    assert (await verify(pool, now=NOW)).differences == ()


async def test_a_real_ledger_that_comes_after_the_closing_waits_with_a_reason(
    pool: Pool, conn: Connection, ledger_file: Path
) -> None:
    await make_years(conn, OnClosed.BLOCK)
    await close(conn, 2012)
    await bring_in(pool, ledger_file)
    run = await generate(pool, actor="test")
    assert run.failed == 0
    found = await rows(conn, STANDINGS)
    assert [(row[0], row[1]) for row in found] == [("EXPORTED", 2013), ("EXPORTED", 2014), ("REJECTED", None)]
    reasons = "select reason, count(*) from posting_exception where status = 'REJECTED' group by 1"
    assert await rows(conn, reasons) == [("CLOSED_PERIOD", found[2][2])]
    assert (await fec_of(pool, 2013)).faults == []
    await assert_controls_agree(conn)
    assert (await verify(pool, now=NOW)).differences == ()


async def test_a_real_ledger_is_forced_into_the_next_open_period(
    pool: Pool, conn: Connection, ledger_file: Path
) -> None:
    await make_years(conn, OnClosed.FORCE)
    await close(conn, 2012)
    await bring_in(pool, ledger_file)
    assert (await generate(pool, actor="test")).failed == 0
    assert {(row[0], row[1]) for row in await rows(conn, STANDINGS)} == {("EXPORTED", 2013), ("EXPORTED", 2014)}
    forced = "select distinct status, accounting_on, reason from posting_exception"
    assert await rows(conn, forced) == [("EXPORTED", date(2013, 1, 1), "FORCED")]
    assert (await fec_of(pool, 2013)).faults == []
    await assert_controls_agree(conn)
    assert (await verify(pool, now=NOW)).differences == ()
