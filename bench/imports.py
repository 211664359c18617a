"""Import of receivables: a real-sized file, and 200,000 generated rows."""

from __future__ import annotations

import csv
import random
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from solde.db import open_pool
from solde.files import FileMapping, read_mapping
from solde.imports import RECEIVABLES, ImportOptions, import_receivables
from solde.kernel.dates import utc_now

from .report import Report

TODAY = date(2026, 11, 22)
REAL = Path(__file__).parents[2] / "shared" / "data" / "ibm-accounts-receivable.csv"
MAPPING = Path(__file__).parents[1] / "examples" / "ibm-accounts-receivable.toml"
ROWS = 200_000


async def receivables(dsn: str, report: Report) -> None:
    """Seconds of the real file where it is there; rows a second of a generated one."""
    async with open_pool(dsn, min_size=2, max_size=2, lock_timeout_ms=60_000) as pool:
        if REAL.exists():
            began = time.perf_counter()
            outcome = await import_receivables(
                pool, REAL, read_mapping(MAPPING, RECEIVABLES.names), _options(REAL.name), on_refusal=print
            )
            report.limit(f"import the real file, {outcome.rows:,} rows", time.perf_counter() - began, "s", 3, 3)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "generated.csv"
            _generate(file)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            began = time.perf_counter()
            await import_receivables(pool, file, FileMapping(), _options(file.name), on_refusal=print)
            report.rate(
                f"import {ROWS:,} generated rows", ROWS / (time.perf_counter() - began), "rows/s", 10_000, 25_000
            )
            report.note(
                "memory grown by it", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, "MiB"
            )


def _options(name: str) -> ImportOptions:
    return ImportOptions("bench", utc_now(), TODAY, None, False, False, name)


def _generate(file: Path) -> None:
    chance = random.Random(1)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "customer_code",
                "customer_name",
                "customer_kind",
                "country",
                "currency",
                "invoice_number",
                "invoice_date",
                "due_date",
                "amount",
                "disputed",
                "paid_date",
            ]
        )
        for n in range(ROWS):
            customer = chance.randint(1, 10_000)
            on = date(2024, 1, 1) + timedelta(days=chance.randint(0, 900))
            paid = on + timedelta(days=chance.randint(5, 70)) if chance.random() < 0.8 else ""
            writer.writerow(
                [
                    f"G{customer:05}",
                    f"Customer {customer}",
                    "COMPANY",
                    "FR",
                    "EUR",
                    f"GEN-{n}",
                    on,
                    on + timedelta(days=30),
                    f"{chance.randint(100, 99999) / 100:.2f}",
                    "no",
                    paid,
                ]
            )
