"""Commands as a person runs them: what they print, and with which code they end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run_solde

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount,disputed,paid_date,paid_amount
ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,
ACME,EUR,F-2,2026-01-10,2026-02-09,50.5,no,,
ACME,EUR,F-3,2026-01-10,2026-02-09,20,yes,,
"""
Solde = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    source = str(Path(__file__).parents[3] / "src")
    return os.environ | {
        "SOLDE_DATABASE_URL": database_url,
        "SOLDE_HOME": str(tmp_path),
        "PYTHONPATH": source,
        "COLUMNS": "200",
    }


@pytest.fixture
def solde(environment: dict[str, str], tmp_path: Path) -> Solde:
    """Run a command."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_solde(list(arguments), environment, folder=tmp_path)

    return run


@pytest.fixture
def ledger(solde: Solde, tmp_path: Path) -> Path:
    """A file already imported."""
    file = tmp_path / "receivables.csv"
    file.write_text(FILE)
    done = solde("import", "receivables", str(file), "--json")
    assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 3), done.stderr
    return file


def test_an_import_tells_what_came_of_it(solde: Solde, ledger: Path) -> None:
    again = solde("import", "receivables", str(ledger))
    assert again.returncode == 0
    assert "0 invoices added, 3 already there, 0 refused." in again.stdout
    assert "Posting rows: 3 of 3" in again.stderr


def test_a_refused_import_ends_with_1_and_names_every_bad_row(solde: Solde, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(FILE.replace("2026-01-10,2026-02-09,50.5", "2026-13-10,2026-02-09,0"))
    done = solde("import", "receivables", str(file))
    assert done.returncode == 1
    assert "Nothing was written: 1 of 3 rows were refused." in done.stdout
    refusals = [line for line in done.stderr.splitlines() if " | " in line]
    assert [line.split(": ")[:2] for line in refusals] == [
        ["date_not_readable", "line 3, invoice_date"],
        ["amount_not_positive", "line 3, amount"],
    ]
    kept = solde("import", "receivables", str(file), "--keep-good", "--json")
    told = json.loads(kept.stdout)
    assert (kept.returncode, told["added"], told["refused"], [r["line"] for r in told["refusals"]]) == (1, 2, 1, [3, 3])
    assert solde("import", "receivables", str(tmp_path / "none.csv")).returncode == 1


def test_a_balance_is_shown_in_words_and_as_json(solde: Solde, ledger: Path) -> None:
    shown = solde("balance", "ACME").stdout
    assert "70.50 DR" in shown
    assert "the customer owes" in shown
    one = json.loads(solde("balance", "ACME", "--definition", "dunning", "--json").stdout)
    assert (one["balance"], one["direction"], one["count"]) == ("50.5", "DR", 1)
    every = json.loads(solde("balance", "ACME", "--json").stdout)["items"]
    assert [b["definition"] for b in every] == ["default", "dunning", "security_deposit", "current"]
    past = json.loads(solde("balance", "ACME", "-d", "default", "--as-of", "2026-01-31", "--json").stdout)
    assert (past["balance"], past["as_of"]) == ("170.5", "2026-01-31")


def test_a_balance_explains_itself(solde: Solde, ledger: Path) -> None:
    told = json.loads(solde("balance", "ACME", "-d", "dunning", "--explain", "--json").stdout)
    assert [(e["number"], e["included"]) for e in told["items"]] == [(1, False), (2, False), (3, True), (4, False)]
    assert told["items"][-1]["running"] == told["balance"]["balance"] == "50.5"
    assert "F-2" in solde("balance", "ACME", "--explain").stdout


def test_operations_are_listed_by_filter(solde: Solde, ledger: Path) -> None:
    found = json.loads(solde("operations", "ACME", "--class", "I", "--matching-status", "O", "--json").stdout)
    assert [(o["reference"], o["open"]) for o in found["items"]] == [("F-2", "50.5")]
    held = json.loads(solde("operations", "ACME", "-d", "dunning", "--as-of", "2026-02-20", "--json").stdout)
    assert [o["number"] for o in held["items"]] == [3]
    page = json.loads(solde("operations", "ACME", "--limit", "2", "--json").stdout)
    assert len(page["items"]) == 2
    rest = json.loads(solde("operations", "ACME", "--limit", "2", "--cursor", page["next"], "--json").stdout)
    assert (len(rest["items"]), rest["next"]) == (2, None)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["balance", "NOBODY"], 1, "unknown_account"),
        (["balance", "ACME", "-d", "defualt"], 1, "did you mean default?"),
        (["balance", "ACME", "--as-of", "31/12/2026"], 1, "date_not_readable"),
        (["operations", "ACME", "--class", "Z"], 1, "unknown_filter_value"),
        (["export", "balances", "-o", "x.pdf"], 1, "unknown_export_form"),
        (["token", "create", "--role", "king"], 1, "unknown_role"),
        (["token", "create", "--permission", "refund"], 1, "did you mean refunds?"),
        (["token", "revoke", "999"], 1, "unknown_token"),
        (["balance"], 2, "Missing argument"),
        (["balance", "ACME", "--wrong"], 2, "No such option"),
        (["match"], 2, "name one account"),
        (["run", "nothing"], 2, "is no job"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_refusals_end_with_1_and_wrong_usage_with_2(
    solde: Solde, ledger: Path, arguments: list[str], code: int, words: str
) -> None:
    done = solde(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_matching_verifying_sealing_and_tokens_work_by_hand(solde: Solde, ledger: Path, tmp_path: Path) -> None:
    more = tmp_path / "over.csv"
    more.write_text(FILE.splitlines()[0] + "\nACME,EUR,F-9,2026-03-01,2026-03-31,10,no,2026-03-02,45\n")
    assert solde("import", "receivables", str(more)).returncode == 0
    assert "1 matches of 1 lines" in solde("match", "ACME").stdout
    assert json.loads(solde("match", "--all", "--json").stdout)["lines"] == 0
    assert "records sealed" in solde("run", "seal-audit").stdout
    assert "brought up to date" in solde("run", "take-snapshots").stdout
    assert json.loads(solde("verify", "--json").stdout)["clean"] is True
    assert solde("token", "create", "--name", "test", "--role", "viewer").stdout.startswith("solde_viewer_")


def test_a_token_with_permissions_is_made_listed_and_revoked_by_hand(solde: Solde, ledger: Path) -> None:
    permissions = ("--permission", "webhooks", "--permission", "journal")
    made = json.loads(solde("token", "create", "--name", "events", *permissions, "--json").stdout)
    (kept,) = [one for one in json.loads(solde("token", "list", "--json").stdout)["items"] if one["id"] == made["id"]]
    assert (kept["role"], kept["permissions"]) == (None, ["read", "webhooks", "journal"])
    assert "no longer works" in solde("token", "revoke", str(made["id"])).stdout
    assert "revoked" in solde("token", "list").stdout


def test_verify_says_at_which_check_it_is(solde: Solde, ledger: Path) -> None:
    done = solde("verify")
    assert re.search(r"^check 5 of \d+: [a-z ,]+", done.stderr, re.MULTILINE), done.stderr
    assert "check" not in solde("verify", "--json").stderr


def test_verify_tells_how_long_its_checks_took(solde: Solde, ledger: Path) -> None:
    assert re.search(r"^ +[0-9.]+ s  [a-z_]+$", solde("verify", "--times").stdout, re.MULTILINE)
    told = json.loads(solde("verify", "--json").stdout)
    assert len(told["seconds"]) == len(told["checks"])


def test_verify_ends_with_1_on_any_difference(solde: Solde, ledger: Path, database_url: str) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update account_total set o_amount = o_amount + 1 where o_count > 0")
    done = solde("verify")
    assert done.returncode == 1
    assert "totals: account" in done.stdout


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_exports_are_written_whole(solde: Solde, ledger: Path, tmp_path: Path, form: str) -> None:
    for arguments, count in ((["operations", "ACME"], 4), (["balances"], 4), (["customers"], 1)):
        file = tmp_path / f"out.{form}"
        done = solde("export", *arguments, "-o", str(file))
        assert (done.returncode, done.stdout) == (0, f"{file}: {count:,} rows\n"), done.stderr
        assert file.stat().st_size > 100
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_failed_export_leaves_the_file_as_it_was(solde: Solde, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    assert solde("export", "operations", "NOBODY", "-o", str(file)).returncode == 1
    assert file.read_text() == "before"


def test_the_database_is_made_backed_up_and_restored(solde: Solde, ledger: Path, tmp_path: Path) -> None:
    assert solde("db", "status").returncode == 0
    assert "up to date" in solde("db", "upgrade").stdout
    file = tmp_path / "saved"
    assert solde("db", "backup", str(file)).returncode == 0, "pg_dump"
    assert solde("db", "reset", "--yes").returncode == 0
    assert solde("balance", "ACME").returncode == 1
    assert solde("db", "restore", str(file), "--yes").returncode == 0
    assert "70.50 DR" in solde("balance", "ACME").stdout


def test_a_reset_that_is_not_confirmed_changes_nothing(solde: Solde, ledger: Path) -> None:
    assert solde("db", "reset").returncode == 1
    assert solde("balance", "ACME").returncode == 0


def test_help_and_version_need_no_database() -> None:
    environment = os.environ | {
        "SOLDE_DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "PYTHONPATH": str(Path(__file__).parents[3] / "src"),
    }
    for arguments in (["--help"], ["import", "receivables", "--help"], ["--version"]):
        command = [sys.executable, "-m", "solde.app.cli.main", *arguments]
        assert subprocess.run(command, capture_output=True, check=False, env=environment).returncode == 0
    lost = subprocess.run(
        [sys.executable, "-m", "solde.app.cli.main", "verify"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert lost.returncode == 1
    assert "database_unreachable" in lost.stderr


def test_serve_answers_and_stops_cleanly_when_told(environment: dict[str, str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "solde.app.cli.main", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        try:
            before = "".join(iter(lambda: next(server.stdout), f"Serving http://127.0.0.1:{port}\n"))  # type: ignore[arg-type]
            # It says so when it listens: the first request is answered.
            assert answer(port, "/livez", patience=0) == 200
        finally:
            server.send_signal(signal.SIGTERM)
            said, _ = server.communicate(timeout=30)
    assert "Traceback" not in before + said
    assert server.returncode == 0


def test_a_port_that_is_taken_is_refused(solde: Solde) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = solde("serve", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "address_taken" in done.stderr


def answer(port: int, path: str, patience: float = 30) -> int:
    """The status of a request, once the server answers."""
    end = time.monotonic() + patience
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status
        assert time.monotonic() < end, "the server did not answer"
        time.sleep(0.05)


def test_periods_are_closed_and_what_is_rejected_is_repaired(solde: Solde, tmp_path: Path) -> None:
    made = solde("periods", "create", "2026", "2026-01-01", "2026-12-31")
    assert (made.returncode, "12  2026-12-01  2026-12-31  open" in made.stdout) == (0, True), made.stderr
    assert solde("periods", "close", "2026", "1", "--for", "all").returncode == 0
    again = solde("periods", "close", "2026", "1", "--for", "all")
    assert (again.returncode, "period_closed_already" in again.stderr) == (1, True)
    file = tmp_path / "late.csv"
    file.write_text(FILE)
    assert solde("import", "receivables", str(file)).returncode == 0
    waits = json.loads(solde("rejected", "list", "--json").stdout)["items"]
    assert [(o["account"], o["own_accounting_date"]) for o in waits] == [("ACME", "2026-01-10")] * 3
    places = [f"ACME:{o['number']}" for o in waits]
    tried = solde("rejected", "force", *places, "--dry-run", "--json")
    assert {o["accounting_date"] for o in json.loads(tried.stdout)["items"]} == {"2026-02-01"}
    late = solde("rejected", "redate", places[0], "--on", "2026-01-31", "--reason", "late")
    assert (late.returncode, "accounting_day_closed" in late.stderr) == (1, True)
    assert solde("rejected", "force", *places).returncode == 0
    left = json.loads(solde("operations", "ACME", "--posting-status", "REJECTED", "--json").stdout)["items"]
    assert left == []
    assert solde("verify").returncode == 0
    swept = json.loads(solde("periods", "sweep", "--json").stdout)
    assert swept == {"closed": [], "dry_run": False}
