"""`solde user`: what it prints, and with which code it ends."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run_solde

Solde = Callable[..., subprocess.CompletedProcess[str]]
GOOD = "correct horse battery\n"


@pytest.fixture
def solde(database_url: str, tmp_path: Path) -> Solde:
    """Run a command."""
    more = {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(tmp_path), "COLUMNS": "200"}

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return run_solde(["user", *arguments], more, typed=typed)

    return run


def test_a_user_is_added_changed_and_deactivated(solde: Solde) -> None:
    made = solde("add", "anna", "--role", "admin", "--name", "Anna Keller", "--password-stdin", typed=GOOD)
    assert (made.returncode, made.stdout) == (0, "anna is added, with the role admin\n"), made.stderr
    assert solde("add", "otto", "--role", "viewer", "--password-stdin", typed=GOOD).returncode == 0
    assert solde("role", "otto", "cashier", "--seller", "MAIN").returncode == 0
    assert solde("deactivate", "otto").stdout == "otto can sign in no more\n"
    assert "otto" in solde("list").stdout
    users = json.loads(solde("list", "--json").stdout)["items"]
    assert [(u["login"], u["role"], u["seller"], u["active"]) for u in users] == [
        ("anna", "admin", None, True),
        ("otto", "cashier", "MAIN", False),
    ]
    assert solde("activate", "otto").returncode == 0


def test_a_password_made_by_the_command_is_printed_once_and_to_be_changed(solde: Solde) -> None:
    made = solde("add", "anna", "--role", "viewer")
    first = re.search(r"at the first sign-in: (\S{19})\n", made.stdout)
    again = re.search(r"at the first sign-in: (\S{19})\n", solde("password", "anna").stdout)
    assert first is not None
    assert again is not None
    assert first[1] != again[1]
    assert [user["must_change_password"] for user in json.loads(solde("list", "--json").stdout)["items"]] == [True]


def test_every_reason_is_told_and_nothing_is_done(solde: Solde) -> None:
    done = solde("add", "An na", "--role", "king", "--seller", "NOPE", "--password-stdin", typed="short\n")
    assert done.returncode == 1
    codes = [line.partition(":")[0] for line in done.stderr.splitlines()]
    assert codes == ["login_unfit", "unknown_role", "user_seller_unknown", "password_short"]
    assert "Traceback" not in done.stderr
    for command in (("role", "nobody", "viewer"), ("deactivate", "nobody"), ("password", "nobody")):
        refused = solde(*command)
        assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "unknown_user")


def test_the_last_administrator_stays(solde: Solde) -> None:
    solde("add", "anna", "--role", "admin", "--password-stdin", typed=GOOD)
    for command in (("role", "anna", "viewer"), ("role", "anna", "admin", "--seller", "MAIN"), ("deactivate", "anna")):
        refused = solde(*command)
        assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "last_admin")
