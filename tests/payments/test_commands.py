"""The commands that move money, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Solde, commands_on

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount,disputed,paid_date,paid_amount
ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,
ACME,EUR,F-2,2026-01-10,2026-02-09,50.5,no,,
BETA,EUR,F-3,2026-01-10,2026-02-09,1.20,no,,
"""


@pytest.fixture
def solde(database_url: str, tmp_path: Path) -> Solde:
    """Run a command in a process of its own, on invoices ACME/1 (paid by ACME/2), ACME/3 and BETA/1."""
    return commands_on(database_url, tmp_path, FILE)


def opens(solde: Solde, account: str) -> dict[int, str]:
    items = json.loads(solde("operations", account, "--json").stdout)["items"]
    return {item["number"]: item["open"] for item in items if item["open"] != "0"}


def test_money_is_paid_refunded_rejected_written_off_and_transferred(solde: Solde) -> None:
    invoices = {item["number"]: item for item in json.loads(solde("operations", "ACME", "--json").stdout)["items"]}
    (unpaid,) = (n for n, item in invoices.items() if item["open"] == "50.5")
    (paid,) = (n for n, item in invoices.items() if item["side"] == "credit")
    tried = solde("pay", "ACME", "70", "--dry-run")
    assert (tried.stdout, tried.returncode) == (
        "Would happen: payment 4 of 70 EUR: matched as B, 50.5 paid, 19.5 unallocated\n", 0,
    )  # fmt: skip
    assert json.loads(solde("pay", "ACME", "70", "--to", str(unpaid), "--json").stdout)["unallocated"] == "19.5"
    again = solde("pay", "ACME", "70", "--to", str(unpaid), "--dry-run", "--json")
    assert json.loads(again.stdout)["unallocated"] == "70"
    assert solde("refund", "ACME", "4", "--amount", "10").stdout.startswith("ACME/5 REF_WIRE 10 debit\n")
    refused = solde("refund", "ACME", "4", "--amount", "10")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "over_matching")
    assert solde("reject", "ACME", str(paid), "--reason", "insufficient funds").returncode == 0
    assert solde("write-off", "ACME", "1", "--reason", "hopeless", "--amount", "40").returncode == 0
    assert solde("write-off", "ACME", "7", "--reason", "paid after all", "--undo").returncode == 0
    moved = solde("transfer", "ACME", "4", "BETA", "--reason", "wrong account", "--amount", "5", "--json")
    assert [one["account"] for one in json.loads(moved.stdout)["operations"]] == ["ACME", "BETA"]
    assert sorted(opens(solde, "ACME").values()) == ["100", "4.5"]
    assert sorted(opens(solde, "BETA").values()) == ["1.2", "5"]
    assert solde("verify").returncode == 0


def test_small_balances_are_listed_and_then_written_off(solde: Solde) -> None:
    asked = ("small-balances", "--most", "EUR=5", "--due-before", "2026-06-01")
    assert json.loads(solde(*asked, "--json").stdout)["items"] == [
        {"account": "BETA", "currency": "EUR", "balance": "1.2", "items": 1}
    ]
    assert solde(*asked, "--write-off").returncode == 1
    done = solde(*asked, "--write-off", "--reason", "small balance")
    assert "1 operations in 1 accounts: 1.2 EUR of debits" in done.stdout
    assert solde(*asked).stdout == "No small balance.\n"


def test_wrong_use_ends_with_its_code(solde: Solde) -> None:
    wrong: list[tuple[tuple[str, ...], int]] = [
        (("pay", "ACME", "x"), 1),
        (("pay", "ACME", "1", "--to", "a,b"), 2),
        (("pay", "ACME", "1", "--method", "GOLD"), 1),
        (("pay", "NOBODY", "1"), 1),
        (("write-off", "ACME", "1"), 2),
        (("write-off", "ACME", "1", "--reason", "x", "--undo", "--amount", "1"), 2),
        (("small-balances", "--most", "EUR", "--due-before", "2026-06-01"), 2),
    ]
    assert [(arguments, solde(*arguments).returncode) for arguments, _ in wrong] == wrong
