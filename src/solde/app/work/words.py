"""What kinds of approvals and of long work are called, and how far work is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from solde.adjustments.words import LABELS as ADJUSTMENTS
from solde.app.actions import ALL_ACTIONS
from solde.app.jobs import Job, JobState
from solde.listings.columns import Say

KINDS = {
    "payment": "Payment",
    "receipt_assignment": "Assignment of a receipt",
    "manual_operation": "Operation made by hand",
    "small_write_off": "Write-off of small balances",
    "card_payment": "Card payment",
    "card_refund": "Refund to a card",
    "unbilled_take_back": "Unbilled item taken back",
    **{kind.kind: label for kind, label in ADJUSTMENTS.items()},
    **{action.kind: action.words.noun for action in ALL_ACTIONS if action.settle is not None},
}
"""Kinds of actions that may wait for a second person."""

JOBS = {
    "import_receivables": "Import of receivables",
    "import_customers": "Import of customers",
    "import_payments": "Import of payments",
    "write_off_small_balances": "Write-off of small balances",
    "verify": "Verification of the books",
    "generate_entries": "Entries of the books",
    "export_entries": "File of entries",
    "list_file": "File of a list",
}
JOB_STATES: Mapping[str, tuple[str, str]] = {
    JobState.WAITING: ("Waiting", "grey"),
    JobState.RUNNING: ("Running", "blue"),
    JobState.DONE: ("Done", "green"),
    JobState.REFUSED: ("Refused", "red"),
    JobState.FAILED: ("Failed", "red"),
    JobState.CANCELLED: ("Cancelled", "grey"),
}
THIN = "\u202f"


def kind_in_words(kind: str, t: Say) -> str:
    """A kind of action in words."""
    return t(KINDS[kind]) if kind in KINDS else kind.replace("_", " ").capitalize()


def job_words(job: Job, t: Say) -> str:
    """What the job is."""
    words = t(JOBS[job.kind]) if job.kind in JOBS else job.kind.replace("_", " ").capitalize()
    return t("{what}, trial", what=words) if job.arguments.get("dry_run") else words


def file_of(job: Job, t: Say) -> str:
    """What file it is about; of a list, what is listed."""
    file, title = (str(job.arguments.get(name) or "") for name in ("file", "title"))
    return file or (t(title) if title else "")


def state_words(job: Job, t: Say) -> str:
    """Where the job is; one that is to stop says so, and a trial is never refused."""
    if job.cancel_asked and not job.is_over:
        return t("Stopping")
    return t("Judged") if _is_judged(job) else t(JOB_STATES[job.state][0])


def state_tone(job: Job) -> str:
    """The colour of the state."""
    if job.cancel_asked and not job.is_over:
        return "amber"
    if _is_judged(job):
        return "amber" if job.error_count else "green"
    return JOB_STATES[job.state][1]


def _is_judged(job: Job) -> bool:
    return bool(job.arguments.get("dry_run")) and isinstance(job.result, dict)


def percent_of(job: Job) -> int | None:
    """How much of a running job is done, where the whole is known."""
    if job.is_over or job.state is JobState.WAITING or not job.total:
        return None
    return min(100, job.done * 100 // job.total)


def share_of(job: Job) -> str:
    """How far the job is, in a word."""
    percent = percent_of(job)
    return f"{percent} %" if percent is not None else f"{job.done:,}".replace(",", THIN) if job.done else ""


def seconds_of(job: Job, now: datetime) -> float | None:
    """For how long it has run."""
    return None if job.started_at is None else ((job.ended_at or now) - job.started_at).total_seconds()


def lasted(job: Job, now: datetime) -> str:
    """The same as people say it."""
    seconds = seconds_of(job, now)
    return "" if seconds is None else seconds_words(seconds)


def seconds_words(seconds: float) -> str:
    """A duration as people say it: 0.8 s, 12 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min {whole % 60:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
