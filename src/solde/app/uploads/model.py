"""Values of uploads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from solde.files import Survey


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file just sent: what it holds (a kind of import job), for which seller, and how it begins."""

    kind: str
    file: Path
    file_name: str
    actor: str
    seller: str | None
    head: Survey


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, how its columns are read, and the jobs that judged and imported it."""

    upload_id: int
    kind: str
    file_name: str
    bytes: int
    seller: str | None
    actor: str
    head: Survey
    mapping: str
    unidentified: bool
    check_job_id: int | None
    import_job_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who acts, and when: on the seller's day."""

    actor: str
    now: datetime
    today: date
