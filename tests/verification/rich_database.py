"""The rich books in a database of their own, sealed after each step."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path

from rich_books import fill

from solde.db import Settings, ensure_database, open_pool, stop, upgrade
from solde.verification import seal


async def make_rich(dsn: str) -> None:
    """Fill a migrated database and seal it step by step, as a server does."""
    async with open_pool(dsn, min_size=1, max_size=4) as pool:

        async def after_each() -> None:
            await seal(pool)

        await fill(pool, after_each)


def run(work: Callable[[str, list[str]], Coroutine[None, None, int]], words: list[str]) -> None:
    """Make the books on a server for the moment, and work on them."""
    with tempfile.TemporaryDirectory(prefix="solde-planting-") as folder:
        settings = Settings(home=Path(folder) / "home", server_options={"fsync": "off", "autovacuum": "off"})
        try:
            dsn = ensure_database(settings)
            upgrade(dsn)
            asyncio.run(make_rich(dsn))
            missed = asyncio.run(work(dsn, words))
        finally:
            stop(settings)
    raise SystemExit(1 if missed else 0)
