"""Commands run as a person runs them: each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Solde = Callable[..., subprocess.CompletedProcess[str]]


def commands_on(database_url: str, home: Path, receivables: str) -> Solde:
    """Runs commands on a database that has these receivables."""
    environment = os.environ | {
        "SOLDE_DATABASE_URL": database_url,
        "SOLDE_HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
        "COLUMNS": "200",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "solde.app.cli.main", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)

    file = home / "receivables.csv"
    file.write_text(receivables)
    done = run("import", "receivables", str(file))
    assert done.returncode == 0, done.stderr
    return run
