"""`make bench`: every benchmark, or those named: `make bench ARGS="posting reading"`."""

from __future__ import annotations

import asyncio
import sys
import time

from solde.db import ensure_database

from . import books, core, http, imports, ledger, verifying, web
from .report import Report
from .server import fresh_database, settings

SECTIONS = {
    "reading": core.reading,
    "posting": core.posting,
    "paying": core.paying,
    "http": http.routes,
    "matching": core.matching,
    "accounting": books.books,
    "imports": imports.receivables,
    "pages": web.pages,
    "search": web.search,
    "verifying": verifying.verifying,
}


def main() -> int:
    """Load, run, print."""
    wanted = sys.argv[1:] or list(SECTIONS)
    if unknown := [name for name in wanted if name not in (*SECTIONS, "keep")]:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    report = Report()
    began = time.perf_counter()
    if "keep" in wanted:
        # For trying out: go on with the data of the last run.
        wanted, dsn = [name for name in wanted if name != "keep"], ensure_database(settings())
    else:
        dsn = fresh_database()
        ledger.load(dsn)
    print(
        f"loaded {ledger.ACCOUNTS:,} accounts and 2,100,010 operations in {time.perf_counter() - began:.0f} s (server under {settings().home})"
    )
    for name in wanted:
        print(f"\n{name}")
        asyncio.run(SECTIONS[name](dsn, report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
