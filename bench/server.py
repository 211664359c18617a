"""The server the benchmarks run on, and pgbench for the floors."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from solde.db import Settings, ensure_database, reset, upgrade
from solde.db.embedded.binaries import find_server

SECONDS = int(os.environ.get("SOLDE_BENCH_SECONDS", "5"))


def settings() -> Settings:
    """SOLDE_DATABASE_URL, or an embedded server of the benchmarks' own with the settings of production."""
    given = Settings.from_environment()
    home = Path(os.environ.get("SOLDE_BENCH_HOME", str(Path(tempfile.gettempdir()) / "solde-bench")))
    return Settings(home=home, dsn=given.dsn, postgres_bin=given.postgres_bin)


def fresh_database() -> str:
    """The DSN of an empty, migrated database."""
    dsn = ensure_database(settings())
    reset(dsn)
    upgrade(dsn)
    return dsn


@dataclass(frozen=True)
class Floor:
    """What pgbench measured: transactions per second and milliseconds each."""

    per_second: float
    latency_ms: float


def pgbench(dsn: str, script: str, *, clients: int, seconds: int = SECONDS, jobs: int = 2) -> Floor:
    """Run a script with pgbench, prepared."""
    programs = find_server(settings().postgres_bin)
    info = conninfo_to_dict(dsn)
    environment = dict(os.environ)
    for key, name in (
        ("host", "PGHOST"),
        ("port", "PGPORT"),
        ("user", "PGUSER"),
        ("passfile", "PGPASSFILE"),
        ("password", "PGPASSWORD"),
    ):
        if info.get(key):
            environment[name] = str(info[key])
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            programs.path("pgbench"),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(jobs, clients)),
            "-T",
            str(seconds),
            "-f",
            file.name,
            str(info["dbname"]),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    latency = re.search(r"latency average = ([0-9.]+)", done.stdout)
    assert rate and latency, done.stdout
    return Floor(float(rate[1]), float(latency[1]))
