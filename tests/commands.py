"""Commands as a person runs them, with what they print and how they end; in this process, as a new one costs a second."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from solde.app.cli.main import main

Solde = Callable[..., subprocess.CompletedProcess[str]]


def run_solde(
    arguments: list[str], environment: Mapping[str, str], *, typed: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command; `typed` is its standard input, `folder` where it is called."""
    # In a thread of its own: a command makes a loop of its own, and the test may already run one in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run, arguments, environment, typed, folder or Path.cwd()).result(timeout=120)


def _run(
    arguments: list[str], environment: Mapping[str, str], typed: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    out, err = _stream(), _stream()
    read = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "stdin", read),
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _code(arguments)
    return subprocess.CompletedProcess(arguments, code, _written(out), _written(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()


def _code(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def commands_on(database_url: str, home: Path, receivables: str) -> Solde:
    """Runs commands on a database that has these receivables."""
    environment = {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(home), "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_solde(list(arguments), environment)

    file = home / "receivables.csv"
    file.write_text(receivables)
    done = run("import", "receivables", str(file))
    assert done.returncode == 0, done.stderr
    return run
