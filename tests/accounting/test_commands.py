"""The commands of accounting, as a person runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run_solde

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount,disputed,paid_date,paid_amount
ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,
BETA,EUR,F-2,2026-03-10,2026-04-09,1.20,no,,
"""
Solde = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def solde(database_url: str, tmp_path: Path) -> Solde:
    """Run a command on two invoices, one of them paid."""
    environment = {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(tmp_path), "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_solde(list(arguments), environment)

    file = tmp_path / "receivables.csv"
    file.write_text(FILE)
    done = run("import", "receivables", str(file))
    assert done.returncode == 0, done.stderr
    return run


def test_entries_are_made_written_and_checked(solde: Solde, tmp_path: Path) -> None:
    assert "0 failed" in solde("accounting", "generate", "--dry-run").stdout
    first = json.loads(solde("accounting", "generate", "--until", "2026-02-28", "--json").stdout)
    assert first == {"taken": 2, "entries": 4, "failed": 0}
    assert json.loads(solde("accounting", "generate", "--json").stdout)["taken"] == 1
    days = ("--from", "2026-01-01", "--until", "2026-12-31")
    done = solde("accounting", "export", *days, "--siren", "732829320", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    fec = tmp_path / "732829320FEC20261231.txt"
    checked = solde("accounting", "check-fec", str(fec))
    assert checked.returncode == 0, checked.stdout
    assert "Sound: 6 entries" in checked.stdout
    fec.write_text(fec.read_text().replace("100,00", "100.00", 1))
    assert solde("accounting", "check-fec", str(fec)).returncode == 1
    told = json.loads(
        solde("accounting", "export", *days, "--format", "csv", "-o", str(tmp_path / "e.csv"), "--json").stdout
    )
    assert told["rows"] == 6
    assert (tmp_path / "e.csv").read_text("utf-8-sig").startswith("date,journal,entry,")
    refused = solde("accounting", "export", *days, "-o", str(tmp_path))
    assert refused.returncode == 1
    assert "siren_invalid" in refused.stderr + refused.stdout
    assert solde("verify").returncode == 0
