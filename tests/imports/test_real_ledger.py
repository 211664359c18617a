"""The real ledger: every balance on any day equals what a few lines of Python compute from the file."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from ledger import D, rows

from solde.balances import Moment, balances_of, balances_of_many, definitions_at
from solde.customers import resolve_accounts
from solde.db import Pool
from solde.files import read_mapping
from solde.imports import RECEIVABLES

from .conftest import TODAY, Run

Ledger = list[dict[str, str]]


@pytest.fixture(scope="module")
def file(shared_data: Path) -> Path:
    return shared_data / "ibm-accounts-receivable.csv"


@pytest.fixture(scope="module")
def ledger(file: Path) -> Ledger:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


def expected(ledger: Ledger, on: date) -> dict[str, tuple[Decimal, Decimal]]:
    """For each customer the default and the dunning balance on a day."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for row in ledger:
        if day(row["InvoiceDate"]) <= on < day(row["SettledDate"]):
            owed, late = found.get(row["customerID"], (D(0), D(0)))
            amount = Decimal(row["InvoiceAmount"])
            overdue = row["Disputed"] == "No" and day(row["DueDate"]) < on
            found[row["customerID"]] = (owed + amount, late + (amount if overdue else 0))
    return found


def days(ledger: Ledger) -> Iterator[date]:
    """Every month end of the two years, and days on which many things happen."""
    for year in (2012, 2013, 2014):
        for month in range(1, 13):
            yield date(year, month, monthrange(year, month)[1])
    first = ledger[0]
    for name in ("InvoiceDate", "DueDate", "SettledDate"):
        yield from (day(first[name]) + timedelta(days=step) for step in (-1, 0, 1))
    yield date(2011, 12, 31)


@pytest.fixture
def mapping_file() -> Path:
    return Path(__file__).parents[2] / "examples/ibm-accounts-receivable.toml"


async def test_the_real_ledger_is_imported_whole_and_once(
    pool: Pool, run_import: Run, file: Path, mapping_file: Path
) -> None:
    outcome, refusals = await run_import(file, read_mapping(mapping_file, RECEIVABLES.names))
    assert refusals == []
    assert (outcome.added, outcome.customers, outcome.incomplete_customers) == (2466, 100, 100)
    assert outcome.invoiced == {"USD": D("147703.18")}
    async with pool.connection() as conn:
        assert await rows(conn, "select distinct matching_status from operation_now") == [("L",)]
    again, _ = await run_import(file, read_mapping(mapping_file, RECEIVABLES.names))
    assert (again.added, again.already_there, again.customers) == (0, 2466, 0)


async def test_balances_on_any_day_are_those_of_an_independent_program(
    pool: Pool, run_import: Run, file: Path, mapping_file: Path, ledger: Ledger
) -> None:
    await run_import(file, read_mapping(mapping_file, RECEIVABLES.names))
    async with pool.connection() as conn:
        accounts = await resolve_accounts(conn, sorted({row["customerID"] for row in ledger}))
        names = {account.account_id: code for code, account in accounts.items()}
        definitions = [d for d in await definitions_at(conn, Moment(TODAY)) if d.code in ("default", "dunning")]
        assert [d.code for d in definitions] == ["default", "dunning"]
        for on in days(ledger):
            figures = await balances_of_many(conn, None, definitions, Moment(TODAY, as_of=on))
            found = {names[account]: (one.balance, two.balance) for account, (one, two) in figures.items()}
            assert {name: pair for name, pair in found.items() if any(pair)} == expected(ledger, on), on
        on = date(2012, 12, 31)
        for name, account in list(accounts.items())[:10]:
            one, two = await balances_of(conn, account.account_id, definitions, Moment(TODAY, as_of=on))
            assert (one.figures.balance, two.figures.balance) == expected(ledger, on).get(name, (0, 0))
