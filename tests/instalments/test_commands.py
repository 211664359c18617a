"""The commands of instalment plans, as a person runs them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from commands import Solde, commands_on

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount
ACME,EUR,F-1,2026-01-10,2026-02-09,100
ACME,EUR,F-2,2026-01-10,2026-02-09,50.5
"""


@pytest.fixture
def solde(database_url: str, tmp_path: Path) -> Solde:
    """Run a command in a process of its own, on two open invoices of ACME."""
    return commands_on(database_url, tmp_path, FILE)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plan_is_proposed_made_activated_listed_and_broken(solde: Solde) -> None:
    numbers = {i["amount"]: i["number"] for i in told(solde("operations", "ACME", "--json"))["items"]}
    both = ",".join(str(number) for number in numbers.values())
    proposed = told(solde("instalments", "propose", "ACME", both, "--count", "2", "--json"))
    assert [part["amount"] for part in proposed["instalments"]] == ["75.25", "75.25"]
    assert "150.5 EUR in 2 instalments" in solde("instalments", "propose", "ACME", both, "--count", "2").stdout
    tried = solde("instalments", "create", "ACME", both, "--dry-run")
    assert tried.stdout.startswith("Would happen: plan 1 of ACME: draft, 150.5 EUR in 3 instalments, 0 paid\n")
    made = told(solde("instalments", "create", "ACME", both, "--unit", "week", "--note", "by letter", "--json"))
    assert (made["state"], made["note"]) == ("DRAFT", "by letter")
    assert told(solde("instalments", "activate", "ACME", "1", "--json"))["state"] == "ACTIVE"
    assert told(solde("pay", "ACME", "60", "--json"))["unallocated"] == "0"
    listed = solde("instalments", "list", "--state", "ACTIVE").stdout
    assert "60.00" in listed
    assert "No plan." in solde("instalments", "list", "--overdue").stdout
    assert "0 overdue plans broken" in solde("instalments", "sweep").stdout
    assert told(solde("instalments", "sweep", "--dry-run", "--json")) == {"plans": 0, "dry_run": True}
    refused = solde("instalments", "cancel", "ACME", "1", "--reason", "no")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "plan_not_draft")
    broken = told(solde("instalments", "break", "ACME", "1", "--reason", "does not pay", "--json"))
    assert (broken["state"], broken["unmatched"], broken["paid"]) == ("BROKEN", "90.5", "60")


def test_a_draft_is_cancelled_and_what_is_no_plan_is_refused(solde: Solde) -> None:
    told(solde("instalments", "create", "ACME", "1", "--count", "1", "--json"))
    assert told(solde("instalments", "cancel", "ACME", "1", "--reason", "no", "--json"))["state"] == "CANCELED"
    refused = solde("instalments", "activate", "ACME", "7")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "unknown_plan")
    assert solde("instalments", "propose", "ACME", "one").returncode == 2
    assert solde("instalments", "propose", "ACME", "1", "--unit", "year").returncode == 2
