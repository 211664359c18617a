"""Commands of a feature are there while it is on: one check for all of them, the same as the routes have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
from commands import Solde, commands_on

from solde.app.cli.main import _application

FILE = "customer_code,currency,invoice_number,invoice_date,due_date,amount\nACME,EUR,F-1,2026-01-10,2026-02-09,100\n"
GROUPS = {
    "deposits": "security_deposits",
    "instalments": "instalment_plans",
    "litigation": "litigation",
    "cards": "card_payments",
}
SINGLE = {
    "write-off": "write_offs",
    "small-balances": "write_offs",
    "credit-note": "credit_notes",
    "adjust": "adjustments",
}


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in node.list_commands(click.Context(node)):
        command = node.get_command(click.Context(node), name)
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def feature_of(command: click.Command) -> str | None:
    """The feature that a command asks for."""
    found = command.callback
    while found is not None and not hasattr(found, "feature"):
        found = getattr(found, "__wrapped__", None)
    return getattr(found, "feature", None)


def test_every_command_of_a_feature_asks_for_it_and_no_other_does() -> None:
    for path, command in commands(_application()):
        wanted = GROUPS.get(path[0]) if len(path) > 1 else SINGLE.get(path[0])
        assert feature_of(command) == wanted, path


@pytest.fixture
def solde(database_url: str, tmp_path: Path) -> Solde:
    """Run a command on an account that owes 100."""
    return commands_on(database_url, tmp_path, FILE)


def test_what_is_switched_off_is_refused(solde: Solde, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update feature set is_on = false")
    for words in (
        ("instalments", "create", "ACME", "1", "--count", "3"),
        ("cards", "list", "ACME"),
        ("adjust", "ACME", "manual_charge", "5", "--service", "CALLS", "--dry-run"),
        ("credit-note", "ACME", "1", "--reason", "x"),
    ):
        answer = solde(*words)
        assert (answer.returncode, answer.stderr.partition(":")[0]) == (1, "feature_off"), (words, answer.stderr)


def test_a_payment_names_a_method_not_a_type(solde: Solde) -> None:
    for method in ("PAY_WIRE", "NOSUCH"):
        answer = solde("pay", "ACME", "10", "--method", method)
        assert answer.returncode == 1
        assert answer.stderr.startswith("payment_method_unknown")
        assert "WIRETRANSFER" in answer.stderr
        assert "type" not in answer.stderr.partition("method")[0]
