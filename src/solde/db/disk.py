"""The disk the embedded database lies on: imports stop while it fills, writes before it is full; freeing space is enough."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from solde.kernel.refusals import Kind, Refused, declare, refuse

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

DISK_FILLING = declare(
    "disk_filling", Kind.CONFLICT, "Free space on the database's disk, then import again; all else works on."
)
DISK_FULL = declare(
    "disk_full", Kind.CONFLICT, "Free space on the database's disk, then send it again; reading works on."
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A disk is too full that is used so far and has no more than so much free, or that has less than the least free.

    Units: `used` a part of 1, the rest in bytes.
    """

    used: float
    roomy: int
    least: int


FOR_IMPORTS = Bound(0.90, 10 * GIBIBYTE, 256 * MEBIBYTE)
FOR_WRITES = Bound(0.95, 5 * GIBIBYTE, 64 * MEBIBYTE)
"""The server's log of changes grows in files of 16 MB; where one cannot be made, the server stops."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How full a disk is, in bytes, as its users see it."""

    used: int
    free: int

    @property
    def part(self) -> float:
        """The part of it that is used."""
        return self.used / max(self.used + self.free, 1)

    def is_beyond(self, bound: Bound) -> bool:
        """Is it too full?"""
        return self.free < bound.least or (self.part >= bound.used and self.free < bound.roomy)

    def __str__(self) -> str:
        return f"{self.part:.0%} used, {self.free // MEBIBYTE:,} MB free"


def measure(folder: Path) -> Usage:
    """How full the disk of a folder is."""
    found = os.statvfs(folder)
    return Usage((found.f_blocks - found.f_bfree) * found.f_frsize, found.f_bavail * found.f_frsize)


class Disk:
    """The disk of a folder, measured whenever it is asked about."""

    def __init__(self, folder: Path, *, measure: Callable[[Path], Usage] = measure):
        self._folder = folder
        self._measure = measure

    def usage(self) -> Usage:
        """How full it is."""
        return self._measure(self._folder)

    def check_import(self) -> None:
        """Refuses: disk_filling, disk_full."""
        self.check_write()
        if (usage := self.usage()).is_beyond(FOR_IMPORTS):
            raise Refused(refuse(DISK_FILLING, "the disk of the database is filling: {usage}", usage=str(usage)))

    def check_write(self) -> None:
        """Refuses: disk_full."""
        if (usage := self.usage()).is_beyond(FOR_WRITES):
            raise Refused(refuse(DISK_FULL, "the disk of the database is full: {usage}", usage=str(usage)))
