"""Look how all is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.app.jobs import WorkerLoop
from solde.db import Connection, Disk
from solde.db.disk import Usage
from solde.outbox import OutboxSettings

from .model import Condition
from .store import read_ages


async def look(conn: Connection, hands: Sequence[WorkerLoop], disk: Disk | None) -> Condition:
    """How long work waits, which workers of this process are away, how full the disk is."""
    ages = await read_ages(conn, with_mail=OutboxSettings.from_environment().server is not None)
    return Condition(ages, *look_here(hands, disk))


def look_here(hands: Sequence[WorkerLoop], disk: Disk | None) -> tuple[Mapping[str, float], Usage | None]:
    """What needs no database to be known."""
    return {hand.name: hand.away_seconds() for hand in hands}, None if disk is None else disk.usage()
