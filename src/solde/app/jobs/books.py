"""Work of accounting as jobs: entries of operations, and files of entries; each begun again after a crash as if it had not been."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from solde.accounting import RunSummary, generate
from solde.accounting.export_model import Export, ExportRequest
from solde.accounting.exports import begin_export
from solde.accounting.retention import drop_old_files
from solde.accounting.scheme_store import night
from solde.db import Connection, Pool
from solde.extracts.journal import make_file
from solde.kernel.dates import utc_now
from solde.kernel.money import ZERO, plain

from . import store
from .actions import start_job
from .model import Ending, Job, JobState, Work
from .progress import Progress

GENERATE = "generate_entries"
EXPORT = "export_entries"


async def start_generation(conn: Connection, *, until: date | None, dry_run: bool, actor: str) -> Job:
    """Put a run over every operation into the queue; gives the job."""
    until_on = None if until is None else until.isoformat()
    return await _start(conn, GENERATE, {"until": until_on, "dry_run": dry_run, "actor": actor}, actor)


async def start_export(conn: Connection, asked: ExportRequest, *, actor: str, seller: str | None) -> tuple[Export, Job]:
    """Keep what is asked for and let a worker write the file. Refuses: what `begin_export` refuses."""
    export = await begin_export(conn, asked, actor=actor)
    return export, await repeat_export(conn, export, actor=actor, seller=seller)


async def repeat_export(conn: Connection, export: Export, *, actor: str, seller: str | None) -> Job:
    """Let a worker write the file of an export, again or for the first time."""
    arguments = {"export": export.export_id, "file": export.file_name, "actor": actor, "seller": seller}
    return await _start(conn, EXPORT, arguments, actor)


async def _start(conn: Connection, kind: str, arguments: Mapping[str, Any], actor: str) -> Job:
    job = await start_job(conn, kind, arguments, actor=actor, queued=True)
    await store.enqueue_job(conn, job.job_id)
    return job


async def do_generation(pool: Pool, arguments: Mapping[str, Any], _file: Path, told: Progress) -> Ending:
    """Make the entries of every operation that has none."""
    told.progress("generate", 0, None)
    run = await generate(
        pool, actor=arguments["actor"], until=date.fromisoformat(arguments["until"]) if arguments["until"] else None,
        dry_run=arguments["dry_run"], progress=lambda done: told.progress("generate", done, None),
    )  # fmt: skip
    return Ending(JobState.DONE, run_told(run, dry_run=arguments["dry_run"]))


def run_told(run: RunSummary, *, dry_run: bool) -> dict[str, object]:
    """What a run did, as its job and the command line tell it."""
    told: dict[str, object] = {"taken": run.operations, "entries": run.entries, "failed": run.failed}
    return {**told, "dry_run": True} if dry_run else told


async def do_export(pool: Pool, arguments: Mapping[str, Any], file: Path, told: Progress) -> Ending:
    """Write a file of entries and keep it."""
    told.progress("export", 0, None)
    with file.open("w+b") as out:
        export = await make_file(pool, arguments["export"], out, lambda rows: told.progress("export", rows, None))
    return Ending(JobState.DONE, export_told(export))


def export_told(export: Export) -> dict[str, object]:
    """What was written, as its job and the command line tell it."""
    return {
        "export": export.export_id, "file": export.file_name, "rows": export.rows or 0,
        "debit_sum": plain(export.debit or ZERO), "credit_sum": plain(export.credit or ZERO), "sha256": export.sha256,
    }  # fmt: skip


async def generate_at_night(pool: Pool) -> int:
    """Make the entries of operations whose accounting day is as long ago as the settings say."""
    async with pool.connection() as conn:
        days_ago = await night(conn)
    if days_ago is None:
        return 0
    run = await generate(pool, actor="system:generate_entries", until=utc_now().date() - timedelta(days=days_ago))
    return run.operations


async def drop_files_at_night(pool: Pool) -> int:
    """Drop files of entries that were kept as long as the settings say."""
    return await drop_old_files(pool, now=utc_now(), actor="system:drop_accounting_files")


WORK: Mapping[str, Work] = {GENERATE: do_generation, EXPORT: do_export}
"""By kind of job."""
