"""Errors planted into books in which every feature was used are found, whatever they change."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from solde.db import Connection, open_pool
from solde.verification import verify

from .changes import CHANGES
from .judged import RECOMPUTED, UNPROVED, reason_of
from .planting import owner, plan, try_out

SHARE = 16
"""One of so many errors is planted here; `make planting` plants all."""

SEALED_COLUMNS = """
select distinct u.table_name, u.column_name from information_schema.view_column_usage u
where u.view_schema = 'public' and u.view_name in ('fact_row', 'state_row')
"""
ALL_COLUMNS = """
select c.table_name, c.column_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name <> 'alembic_version' and c.is_generated = 'NEVER'
"""


@pytest.fixture
async def rich(rich_database_url: str) -> AsyncIterator[Connection]:
    async with await owner(rich_database_url) as connection:
        yield connection


async def test_books_in_which_every_feature_was_used_are_clean(rich_database_url: str) -> None:
    async with open_pool(rich_database_url) as pool:
        assert (await verify(pool, now=datetime.now(UTC))).differences == ()


async def test_at_least_a_thousand_errors_can_be_planted(rich: Connection) -> None:
    assert len(await plan(rich)) > 3000


async def test_planted_errors_are_found(rich: Connection) -> None:
    chosen = [
        one
        for one in await plan(rich)
        if one.is_in_sample(SHARE) and reason_of(one.table, one.column, one.kind) is None
    ]
    outcomes = [await try_out(rich, one) for one in chosen]
    tried = [one for one in outcomes if one is not None and not one.stopped]
    assert [f"{one.plant.place}: {one.plant.kind}" for one in tried if one.found is None] == []
    assert len(tried) > 80


async def test_every_column_is_proved_or_judged(rich: Connection) -> None:
    columns = set(await (await rich.execute(ALL_COLUMNS.encode())).fetchall())
    sealed = set(await (await rich.execute(SEALED_COLUMNS.encode())).fetchall())
    assert [f"{t}.{c}" for t, c in sorted(columns - sealed) if t not in RECOMPUTED and reason_of(t, c) is None] == []


async def test_what_is_judged_is_there_and_not_sealed(rich: Connection) -> None:
    columns = await (await rich.execute(ALL_COLUMNS.encode())).fetchall()
    sealed = await (await rich.execute(SEALED_COLUMNS.encode())).fetchall()
    there = {name for table, column in columns for name in (table, f"{table}.{column}")}
    assert sorted(set(UNPROVED) - there) == []
    assert sorted({f"{table}.{column}" for table, column in sealed} & set(UNPROVED)) == []


async def test_every_verb_of_the_rich_books_is_known(rich: Connection) -> None:
    rows = await (await rich.execute("select distinct verb from audit_record")).fetchall()
    shapes = [re.compile(verb.replace(".", "\\.").replace("%", ".+")) for verb in CHANGES]
    assert [written for (written,) in rows if not any(one.fullmatch(written) for one in shapes)] == []
