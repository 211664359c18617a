"""What tests of the embedded server share: programs to run elsewhere, and where a server keeps what."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

import solde
from solde.db import Settings
from solde.db.embedded.owner import Owner, find_owner
from solde.db.embedded.processes import read_pid
from solde.db.embedded.server import known_place
from solde.kernel.refusals import Refused

SMALL = {"shared_buffers": "16MB", "min_wal_size": "32MB", "max_wal_size": "64MB", "max_connections": "30"}
NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to run the server as")
needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux tells where a process works")

START = """
import sys
from pathlib import Path
import psycopg
from solde.db import Settings, ensure_database
small = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}
dsn = ensure_database(Settings(home=Path(sys.argv[1]), server_options=small))
with psycopg.connect(dsn) as connection:
    print(connection.execute("select pg_postmaster_start_time(), current_database()").fetchone())
"""

STOP = """
import sys
from pathlib import Path
from solde.db import Settings, stop
assert stop(Settings(home=Path(sys.argv[1])))
"""


def postmaster(settings: Settings) -> int:
    pid = read_pid(data_folder(settings))
    assert pid is not None
    return pid


def data_folder(settings: Settings) -> Path:
    place = known_place(settings)
    assert place is not None
    return place.data_folder


def owner_of(settings: Settings) -> Owner:
    return find_owner(settings.system_user, settings.home / "server")


def start_elsewhere(home: Path, python: str = sys.executable, user: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", START, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        env=environment_of(home),
    )


def environment_of(home: Path) -> dict[str, str]:
    """For another Python of the same version: our packages, its own home."""
    packages = [Path(solde.__file__).parents[1], Path(psycopg.__file__).parents[1]]
    return {"PYTHONPATH": ":".join(map(str, packages)), "PATH": os.environ["PATH"], "HOME": str(home)}


def python_for(user: int, home: Path) -> str | None:
    """A Python of this version that the user can run with our packages, if the machine has one."""
    wanted = f"import sys, solde.db; assert sys.version_info[:2] == {sys.version_info[:2]}"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            answer = subprocess.run(
                [python, "-c", wanted],
                user=user,
                group=user,
                extra_groups=[],
                cwd="/",
                env=environment_of(home),
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if answer.returncode == 0:
                return python
    return None


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code
