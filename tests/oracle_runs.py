"""How a machine of random steps is run against a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from lengths import examples

from solde.db import Pool
from solde.db.pool import open_pool
from solde.verification import verify

AFTER_ALL = date(2100, 1, 1)


def run_machine(make: Callable[[asyncio.Runner, Pool], RuleBasedStateMachine], database_url: str) -> None:
    """Run a machine of steps over and over on one database."""
    with asyncio.Runner() as runner:
        opened = open_pool(database_url, min_size=1, max_size=2)
        pool = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: make(runner, pool),  # type: ignore[arg-type]
                settings=examples(10, 200),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))


def prove(runner: asyncio.Runner, pool: Pool, today: date = AFTER_ALL) -> None:
    """The books are as they were told. Those of earlier runs stay, so the day is after all that they played."""
    report = runner.run(verify(pool, now=datetime.combine(today, time(10), UTC)))
    assert [one for one in report.differences if one.check != "directory"] == []
