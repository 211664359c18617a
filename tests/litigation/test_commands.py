"""The commands of litigation, and of credit notes, as a person runs them."""

from __future__ import annotations

import json

from commands import Solde
from payments.test_commands import opens, solde

__all__ = ["solde"]


def unpaid(solde: Solde) -> str:
    items = json.loads(solde("operations", "ACME", "--json").stdout)["items"]
    return str(next(item["number"] for item in items if item["open"] == "50.5"))


def test_a_litigation_is_entered_listed_changed_and_removed(solde: Solde) -> None:
    number = unpaid(solde)
    asked = ("litigation", "enter", "ACME", number, "--amount", "20", "--reason-code", "PRICE", "--owner", "anna")
    tried = solde(*asked, "--dry-run")
    assert tried.stdout.startswith(f"Would happen: ACME/{number}: 20.00 EUR in litigation, from ")
    assert "Nothing is in litigation." in solde("litigation", "list").stdout
    assert solde(*asked, "--review-date", "2026-01-01").returncode == 0
    shown = solde("litigation", "list", "--review-overdue").stdout
    assert "Wrong price" in shown
    assert "2026-01-01" in shown
    assert "1 with 20.00 EUR" in shown
    told = json.loads(solde("litigation", "update", "ACME", number, "--owner", "", "--amount", "5", "--json").stdout)
    assert (told["disputed"], told["owner"], told["reason_code"]) == ("5", None, "PRICE")
    assert json.loads(solde("litigation", "list", "--owned", "false", "--json").stdout)["totals"][0]["disputed"] == "5"
    assert "no more" in solde("litigation", "remove", "ACME", number, "--reason", "settled").stdout
    refused = solde("litigation", "remove", "ACME", number)
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "not_disputed")
    assert solde("verify").returncode == 0


def test_an_invoice_is_credited_and_the_credit_note_taken_back(solde: Solde) -> None:
    number = unpaid(solde)
    made = json.loads(solde("credit-note", "ACME", number, "--reason", "price", "--amount", "20.5", "--json").stdout)
    (posted,) = made["operations"]
    assert (posted["type"], posted["amount"]) == ("INV_CRN", "20.5")
    assert opens(solde, "ACME")[int(number)] == "30"
    done = solde("credit-note", "ACME", str(posted["number"]), "--reason", "no", "--undo")
    assert "INV_CRR 20.5 debit" in done.stdout
    assert opens(solde, "ACME")[int(number)] == "50.5"
    assert solde("verify").returncode == 0
