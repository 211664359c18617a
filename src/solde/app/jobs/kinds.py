"""What kinds of jobs workers do: each a function of its arguments and its file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from solde.db import Pool
from solde.files import FileMapping, parse_mapping
from solde.imports import COLUMNS, ImportOptions, import_customers, import_payments, import_receivables
from solde.imports.shapes import customers_shape, outcome_shape, payments_shape

from . import books
from .model import Ending, JobState, Work
from .progress import Progress
from .small import JOB, do_small_balances


def _options(arguments: Mapping[str, Any]) -> ImportOptions:
    return ImportOptions(
        actor=arguments["actor"],
        now=datetime.fromisoformat(arguments["now"]),
        today=date.fromisoformat(arguments["today"]),
        seller=arguments["seller"],
        keep_good=arguments["keep_good"],
        dry_run=arguments["dry_run"],
        file_name=arguments["file"],
    )


def _mapping(arguments: Mapping[str, Any], kind: str) -> FileMapping:
    return parse_mapping(arguments["mapping"], COLUMNS[kind].names) if arguments["mapping"] else FileMapping()


def _ended(*, refused: int, kept: bool, shape: msgspec.Struct) -> Ending:
    """Rows that were refused make the job refused where nothing was kept for them."""
    state = JobState.REFUSED if refused and not kept else JobState.DONE
    return Ending(state, msgspec.structs.replace(shape, refusals=[]))


async def do_receivables(pool: Pool, arguments: Mapping[str, Any], file: Path, told: Progress) -> Ending:
    """Import receivables."""
    mapping = _mapping(arguments, "import_receivables")
    outcome = await import_receivables(
        pool, file, mapping, _options(arguments), on_refusal=told.refuse, progress=told.progress
    )
    return _ended(refused=outcome.refused, kept=outcome.kept, shape=outcome_shape(outcome))


async def do_customers(pool: Pool, arguments: Mapping[str, Any], file: Path, told: Progress) -> Ending:
    """Import customers."""
    mapping = _mapping(arguments, "import_customers")
    outcome = await import_customers(
        pool, file, mapping, _options(arguments), on_refusal=told.refuse, progress=told.progress
    )
    return _ended(refused=outcome.refused, kept=outcome.kept, shape=customers_shape(outcome))


async def do_payments(pool: Pool, arguments: Mapping[str, Any], file: Path, told: Progress) -> Ending:
    """Import payments."""
    mapping = _mapping(arguments, "import_payments")
    outcome = await import_payments(
        pool, file, mapping, _options(arguments), on_refusal=told.refuse, progress=told.progress,
        unidentified=arguments["unidentified"],
    )  # fmt: skip
    return _ended(refused=outcome.refused, kept=outcome.kept, shape=payments_shape(outcome))


KINDS: Mapping[str, Work] = {
    "import_receivables": do_receivables,
    "import_customers": do_customers,
    "import_payments": do_payments,
    JOB: do_small_balances,
    **books.WORK,
}
