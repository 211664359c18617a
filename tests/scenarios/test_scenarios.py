"""Stories an accountant can read, played by the rules alone and by the database; and every day of them asked again afterwards."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from scenarios.books import Scenario, play, read
from scenarios.in_database import DatabaseBook
from scenarios.in_rules import RulesBook
from solde.db import Connection, Pool

SCENARIOS = [read(file) for file in sorted(Path(__file__).parent.glob("*.txt"))]
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


def test_there_are_stories() -> None:
    assert len(SCENARIOS) >= 5


@EACH
def test_each_day_on_which_something_was_done_ends_with_every_balance(scenario: Scenario) -> None:
    done = [n for n, line in enumerate(scenario.lines) if line.words[0] not in ("=", "limit") and line.outcome is None]
    last = {scenario.lines[n].on: n for n in done}
    for on, place in last.items():
        claims = [line.words for line in scenario.lines[place:] if line.on == on and line.words[0] == "="]
        said = {word for words in claims for word in words}
        assert said >= {"default", "dunning", "security_deposit"}, f"{scenario.name}, {on}"


@EACH
async def test_the_rules_alone_tell_the_story(scenario: Scenario) -> None:
    await play(scenario, RulesBook())


@EACH
async def test_the_database_tells_the_same_story(conn: Connection, pool: Pool, scenario: Scenario) -> None:
    await play(scenario, await DatabaseBook.start(conn, pool, scenario.currency))


@EACH
async def test_every_day_of_the_story_is_at_its_end_what_was_known_then(
    conn: Connection, pool: Pool, scenario: Scenario
) -> None:
    book = await DatabaseBook.start(conn, pool, scenario.currency)
    seen: dict[tuple[date, datetime], dict[str, Decimal]] = {}
    for place, line in enumerate(scenario.lines):
        await play(Scenario(scenario.name, scenario.currency, (line,)), book)
        if place + 1 == len(scenario.lines) or scenario.lines[place + 1].on > line.on:
            seen[line.on, await book.instant()] = await book.balances(line.on)
    assert {(on, known_at): await book.balances(on, known_at) for on, known_at in seen} == seen
