"""Values of jobs: long work as it is asked for and as it is seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from solde.db import Pool
from solde.kernel.texts import Text

from .progress import Progress


class JobState(StrEnum):
    """Where a job is."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Job:
    """Long work: what it is, how far it is, how it ended. `queued`: a worker does it, and it can be cancelled."""

    job_id: int
    kind: str
    state: JobState
    done: int
    total: int | None
    step: str | None
    result: Any
    error_count: int
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_asked: bool
    queued: bool
    arguments: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        """Has it ended?"""
        return self.ended_at is not None or self.state not in (JobState.WAITING, JobState.RUNNING)

    @property
    def seller(self) -> str | None:
        """The seller it is kept to, if any."""
        seller: str | None = self.arguments.get("seller")
        return seller


@dataclass(frozen=True, slots=True)
class JobError:
    """A refusal a job met."""

    position: int
    line: int | None
    column: str | None
    code: str
    text: Text

    @property
    def message(self) -> str:
        """The sentence in English."""
        return str(self.text)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What a list of jobs shows; None leaves a condition out. `seller` keeps it to the jobs of one."""

    kind: str | None = None
    state: str | None = None
    created_by: str | None = None
    seller: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How the work ended; the result is a JSON value."""

    state: JobState
    result: Any = None


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file to import: what of (`kind` of `kinds.KINDS`), for which seller, as on which day.

    `mapping` is the text of a mapping file. `unidentified`: payments of unknown accounts are kept as unidentified receipts.
    """

    kind: str
    file: Path
    actor: str
    now: datetime
    today: date
    file_name: str = ""
    mapping: str = ""
    seller: str | None = None
    keep_good: bool = False
    dry_run: bool = False
    unidentified: bool = False


Work = Callable[[Pool, Mapping[str, Any], Path, Progress], Awaitable[Ending]]
"""What a kind of job does: with its arguments and its file, telling how far it is."""
