"""`solde verify` on books of two million operations, each posted and matched by itself: processor time by check."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from solde.db import open_pool
from solde.verification import seal, verify

from . import ledger
from .report import Report
from .server import settings

FLOORS = ("floor_operation", "floor_balance", "floor_match")
TOLD = 0.5
"""Checks that take less processor time are not told one by one, in seconds."""


async def verifying(dsn: str, report: Report) -> None:
    """Seal, then verify: processor seconds of the server and of this process, in all and of each check that takes long."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        # The tables of the floors are no part of the books.
        connection.execute(f"drop table if exists {', '.join(FLOORS)}".encode())
        connection.execute(ledger.RECORDS.encode())
    async with open_pool(dsn, lock_timeout_ms=60_000) as pool:
        began = _spent()
        sealed = await seal(pool)
        report.note(f"seal {sealed:,} records and what they tell of", _spent() - began, "s CPU")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        marks: list[tuple[str, float]] = []
        began_at = time.perf_counter()
        found = await verify(
            pool, now=datetime.now(UTC), progress=lambda check, _place, _of: marks.append((check, _spent()))
        )
        ended = _spent()
    counts = f"{found.counts['operations']:,} operations, {found.counts['matches']:,} matches"
    report.note(f"verify {counts}", ended - marks[0][1], "s CPU")
    report.note("  by the clock", time.perf_counter() - began_at, "s")
    until = [at for _check, at in marks[1:]] + [ended]
    for (check, at), end in zip(marks, until, strict=True):
        if end - at >= TOLD:
            report.note(f"  {check[:56]}", end - at, "s CPU")
    assert found.clean, found.differences[:3]


def _spent() -> float:
    """Processor seconds of the server, its sessions that ended among them, and of this process."""
    server = int(next(settings().home.rglob("postmaster.pid")).read_text(encoding="utf-8").split()[0])
    ticks = sum(map(int, _stat(server)[11:15]))
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and (fields := _stat(int(place.name))) and int(fields[1]) == server:
            ticks += sum(map(int, fields[11:13]))
    own = os.times()
    return ticks / os.sysconf("SC_CLK_TCK") + own.user + own.system


def _stat(process: int) -> list[str]:
    """What the system tells of a process, behind its name; nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return []
