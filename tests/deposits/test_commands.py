"""The commands of security deposits, as a person runs them."""

from __future__ import annotations

import json

from commands import Solde
from payments.test_commands import solde

__all__ = ["solde"]


def test_a_deposit_from_the_command_line(solde: Solde) -> None:
    assert solde("deposits", "list").stdout == "No security deposit.\n"
    tried = solde("deposits", "request", "BETA", "100", "--dry-run")
    assert tried.stdout.startswith("Would happen: deposit 1 STANDARD-1 is VALIDATED: 0 of 100 EUR held, 100 asked\n")
    made = solde("deposits", "request", "BETA", "100", "--name", "Office", "--valid-until", "2099-01-01", "--json")
    assert json.loads(made.stdout)["deposit"]["name"] == "Office"
    funded = solde("deposits", "fund", "BETA", "1", "110", "--rest-to", "none")
    assert "LOCKED: 100 of 100 EUR held" in funded.stdout
    assert "payment 5 of 10 beyond it" in funded.stdout
    assert "UNLOCKED: 98.8 of 100" in solde("deposits", "pay", "BETA", "1", "1").stdout
    refused = solde("deposits", "refund", "BETA", "1", "--amount", "100")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "deposit_over_held")
    listed = solde("deposits", "list", "BETA", "--state", "UNLOCKED").stdout.splitlines()
    assert listed[2].split() == ["BETA", "1", "Office", "UNLOCKED", "100.00", "98.80", "EUR", "2099-01-01"]
    tried = solde("deposits", "expire", "--today", "2099-01-02", "--dry-run")
    assert tried.stdout == "Would be given back: 1 deposits of 98.8 EUR\n"
    refused = solde("deposits", "expire", "--today", "2099-01-02")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "deposit_auto_refund_off")
    assert "REFUNDED" in solde("deposits", "refund", "BETA", "1").stdout
    assert solde("deposits", "request", "ACME", "20").returncode == 0
    funded = json.loads(solde("deposits", "fund", "ACME", "1", "20", "--json").stdout)
    payment = funded["effect"]["operations"][0]["number"]
    assert "VALIDATED" in solde("deposits", "reject-funding", "ACME", "1", str(payment), "--reason", "bounced").stdout
    assert "CANCELED" in solde("deposits", "cancel", "ACME", "1", "--reason", "no").stdout
    assert solde("verify").returncode == 0
