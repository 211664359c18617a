"""A job in words: what it is, how far, what came of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from solde.app.jobs import Job, JobState
from solde.app.work import words

from . import formats
from .i18n import t

STEPS = {
    "read": "Reading and judging the rows",
    "post": "Writing",
    "write_off": "Writing off",
    "generate": "Making entries",
    "export": "Writing the file",
}
RESULTS = {
    "rows": "Rows read",
    "written": "Rows written",
    "added": "Added",
    "changed": "Changed",
    "already_there": "Already there",
    "unidentified": "Kept as unidentified receipts",
    "refused": "Refused",
    "left_out": "Rows of totals left out",
    "customers": "New customers",
    "accounts": "Further accounts",
    "incomplete_customers": "New customers that are incomplete",
    "incomplete": "Incomplete",
    "payments": "Payments",
    "disputes": "In litigation",
    "operations": "Operations posted",
    "taken": "Operations taken to the books",
    "entries": "Entries made",
    "failed": "Operations that could not be taken",
    "invoiced": "Invoiced",
    "paid": "Paid",
    "allocated": "Of it matched with invoices",
    "debit": "Debits written off",
    "credit": "Credits written off",
}
PREVIEW = {"added": "Would be added", "changed": "Would be changed", "refused": "Would be refused"}
"""What a trial counts."""
IMPORTS = {"import_customers": "customers", "import_receivables": "receivables", "import_payments": "payments"}
"""The kinds of jobs that import a file, and what it holds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `percent` is None where the whole is not known."""

    step: str
    done: str
    percent: int | None


def kind_words(job: Job) -> str:
    """What the job is."""
    return words.job_words(job, t)


def file_of(job: Job) -> str:
    """What file it is about; of a list, what is listed."""
    return words.file_of(job, t)


def state_of(job: Job) -> tuple[str, str]:
    """Where the job is, and its tone."""
    return words.state_words(job, t), words.state_tone(job)


def progress_of(job: Job) -> Progress:
    """How far the job is."""
    if job.is_over:
        return Progress("", formats.whole(job.done) if job.done else "", None)
    if job.state is JobState.WAITING:
        return Progress(t("Waits for a free worker"), "", None)
    step = t(STEPS[job.step]) if job.step in STEPS else (job.step or t("Beginning")).replace("_", " ").capitalize()
    done, total = formats.whole(job.done), job.total
    if not total:
        return Progress(step, done if job.done else "", None)
    said = t("{done} of {total}", done=done, total=formats.whole(total))
    return Progress(step, said, min(100, job.done * 100 // total))


def lasted(job: Job, now: datetime) -> str:
    """How long it has run."""
    return words.lasted(job, now)


def rate_of(job: Job) -> str:
    """Rows a second of a job that has ended."""
    rows = job.result.get("rows") if isinstance(job.result, dict) else None
    if not isinstance(rows, int) or job.started_at is None or job.ended_at is None:
        return ""
    seconds = (job.ended_at - job.started_at).total_seconds()
    return t("{n} rows a second", n=formats.whole(round(rows / seconds))) if rows and seconds > 0 else ""


def result_of(job: Job) -> list[tuple[str, str]]:
    """What came of it, counted: every count that is not zero, rows first."""
    if not isinstance(job.result, dict):
        return []
    labels = {**RESULTS, **(PREVIEW if job.result.get("dry_run") else {})}
    lines = []
    for name, label in labels.items():
        value: Any = job.result.get(name)
        if isinstance(value, Mapping):
            lines += [(t(label), _money(amount, unit)) for unit, amount in value.items()]
        elif isinstance(value, int) and not isinstance(value, bool) and (value or name in {"rows", "added"}):
            lines.append((t(label), formats.whole(value)))
    return lines


def _money(amount: object, currency: str) -> str:
    return f"{formats.money(Decimal(str(amount)), currency)} {currency}"


def verdict_of(job: Job) -> str:
    """The result in a sentence."""
    result = job.result if isinstance(job.result, dict) else {}
    if job.state is JobState.CANCELLED:
        return t("It was stopped. What it had kept before stays.") if result or job.done else t("It was stopped.")
    if result.get("dry_run"):
        return t("A trial: every row was judged, and nothing was kept.")
    if job.state is JobState.REFUSED:
        return t("Nothing was kept.")
    if job.state is JobState.DONE and job.kind in IMPORTS:
        if result.get("refused"):
            return t("The good rows are in. The others were left out.")
        return t("Everything is in.")
    if job.state is JobState.DONE and job.kind == "verify":
        clean = result.get("clean")
        return t("The books are clean.") if clean else t("There are differences.")
    return ""
