"""Long work as JSON shows it."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from solde.access.http import Instant
from solde.kernel.dates import format_instant

from .model import Job, JobError, JobState


class JobErrorShape(Struct, frozen=True):
    """A refusal a job met: which line and column of its file, and why."""

    line: int | None
    column: str | None
    code: str
    message: str


class JobShape(Struct, frozen=True):
    """Long work: how far it is, how it ended. `errors` are the first of its refusals, in order of line."""

    id: int
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": [state.value for state in JobState]})]
    done: int
    total: int | None
    step: str | None
    result: Any
    error_count: int
    errors: list[JobErrorShape] | None
    file: str | None
    seller: str | None
    dry_run: bool
    created_by: str
    created_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    cancel_asked: bool


def job_shape(job: Job, errors: list[JobError] | None = None) -> JobShape:
    """A job as JSON."""
    return JobShape(
        id=job.job_id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        step=job.step,
        result=job.result,
        error_count=job.error_count,
        errors=[error_shape(error) for error in errors] if errors else None,
        file=job.arguments.get("file"),
        seller=job.seller,
        dry_run=bool(job.arguments.get("dry_run")),
        created_by=job.created_by,
        created_at=format_instant(job.created_at),
        started_at=None if job.started_at is None else format_instant(job.started_at),
        ended_at=None if job.ended_at is None else format_instant(job.ended_at),
        cancel_asked=job.cancel_asked,
    )


def error_shape(error: JobError) -> JobErrorShape:
    """A refusal of a job as JSON."""
    return JobErrorShape(error.line, error.column, error.code, error.message)
