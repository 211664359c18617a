"""A disk that is really full: imports stop first, then writes; freeing space is enough."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from ops.served import Served, receiving, until

from solde.db import Settings, stop

SIZE = 1024 * 1024 * 1024


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of a gigabyte, in memory."""
    folder = Path(tempfile.mkdtemp(prefix="solde-d-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        folder.rmdir()
        pytest.skip("only root, where it may mount, has a small disk to fill")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill(folder: Path, part: float) -> None:
    """Fill a disk so far."""
    filler, disk = folder / "filler", os.statvfs(folder)
    taken = filler.stat().st_size if filler.exists() else 0
    free = disk.f_bavail * disk.f_frsize + taken
    wanted = free - int(SIZE * (1 - part))
    with filler.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, wanted)


def code_of(answer: httpx.Response) -> str | None:
    code: str | None = answer.json().get("code") if answer.status_code >= 400 else None
    return code


def post(served: Served, path: str, key: str, **more: object) -> httpx.Response:
    headers = {"authorization": f"Bearer {served.token}", "idempotency-key": key}
    return httpx.post(f"http://127.0.0.1:{served.port}/api/v1{path}", headers=headers, timeout=10, **more)  # type: ignore[arg-type]


def new_token(served: Served, key: str) -> str | None:
    return code_of(post(served, "/tokens", key, json={"name": key, "role": "viewer"}))


def test_a_disk_fills_to_the_last_byte_and_is_freed_again(small_disk: Path) -> None:
    settings = Settings(home=small_disk / "home")
    with receiving() as receiver:
        served = Served(settings.home, receiver)
        try:
            served.furnish()
            served.start()
            served.all_comes_through()
            fill(small_disk, 0.92)
            assert code_of(post(served, "/receivables:import", "full", content="x")) == "disk_filling"
            assert new_token(served, "at 92 %") is None
            fill(small_disk, 0.96)
            assert new_token(served, "at 96 %") == "disk_full"
            assert "disk_full" in said_by(served, "token", "create", "--name", "x", "--role", "viewer")
            assert served.get("/api/v1/customers").status_code == 200
            ready = served.get("/readyz")
            assert (ready.status_code, "the disk of the database is full" in ready.json()["reason"]) == (503, True)
            overrun(served, small_disk)
            (small_disk / "filler").unlink()
            until(lambda: True if served.get("/readyz").status_code == 200 else None, "readiness")
            served.all_comes_through()
        finally:
            served.stop()
            (small_disk / "filler").unlink(missing_ok=True)
            stop(settings)


def said_by(served: Served, *arguments: str) -> str:
    command = [sys.executable, "-m", "solde.app.cli.main", *arguments]
    return subprocess.run(command, env=served.environment, capture_output=True, text=True, check=False).stderr


def overrun(served: Served, disk: Path) -> None:
    """Write past the guard until the database itself fails for want of space."""
    fill(disk, 1.0)
    with pytest.raises(psycopg.Error):
        while True:
            served.query(
                "create table if not exists filling as select repeat('x', 1000) from generate_series(1, 50000)"
            )
            served.query("insert into filling select * from filling")
