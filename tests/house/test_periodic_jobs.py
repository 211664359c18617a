"""The guide names every periodic job and says when it runs."""

from __future__ import annotations

import re
from pathlib import Path

from solde.app.cli.run import ACTIONS
from solde.app.jobs import TASKS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "production.md"
ROW = re.compile(r"^\| [^|]+ \| `(?P<name>\w+)` \| (?P<when>[^|]+) \| (?P<hand>[^|]*) ?\|$", re.MULTILINE)


def in_words(cron: str) -> str:
    """When a job runs, as the guide says it."""
    minute, hour, *_, last = cron.split()
    if len(cron.split()) == 6:
        return f"every {last.removeprefix('*/')} seconds"
    if minute.startswith("*/"):
        return f"every {minute.removeprefix('*/')} minutes"
    if minute == "*":
        return "every minute"
    return "every hour" if hour == "*" else "every night"


def test_the_guide_lists_every_periodic_job_with_its_time() -> None:
    told = {row["name"]: row["when"].strip() for row in ROW.finditer(GUIDE.read_text())}
    assert told == {name: in_words(cron) for name, (cron, _) in TASKS.items()}


def test_the_commands_it_names_for_them_are_there() -> None:
    by_hand = [
        word for row in ROW.finditer(GUIDE.read_text()) for word in re.findall(r"`solde run (\S+)`", row["hand"])
    ]
    assert len(by_hand) > 3
    assert set(by_hand) <= set(ACTIONS)
