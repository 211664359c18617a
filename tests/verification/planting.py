"""Plants errors into books and asks whether verification finds them: over every table, column by column, row by row.

Each error is one statement of the database's owner with foreign keys off, in a transaction that is taken back.

    make planting                   every error, into the rich books; prints what was not found
    make planting ARGS=operation    those of one table
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from solde.db import Connection
from solde.verification.actions import CHECKS, differences_of

from .judged import ROWS, reason_of
from .rich_database import run

FIRST = ("sealed_facts", "sealed_state", "seal", "audit_chain")
"""The checks that find most, asked first."""
ORDER = (*FIRST, *(name for name in CHECKS if name not in FIRST))

TABLES = """
select c.relname from pg_class c
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'alembic_version' and c.relname not like 'procrastinate%'
order by 1
"""
COLUMNS = """
select a.attname, format_type(a.atttypid, null), a.attgenerated <> '',
    exists (select from pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any(i.indkey))
from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""

OTHER = {
    "bigint": "{c} + 1", "integer": "{c} + 1", "smallint": "{c} + 1", "numeric": "{c} + 1", "date": "{c} + 1",
    "timestamp with time zone": "{c} + interval '1 day'", "boolean": "not {c}", "text": "{c} || 'x'", "text[]": "{c} || 'x'::text",
    "bytea": "{c} || '\\x00'::bytea", "jsonb": "jsonb_build_array({c})", "json": "json_build_array({c})", "bigint[]": "{c} || 1::bigint",
}  # fmt: skip
SOME = {
    "bigint": "1", "integer": "1", "smallint": "1", "numeric": "1", "date": "date '2026-01-01'", "boolean": "true", "text": "'x'",
    "timestamp with time zone": "timestamptz '2026-01-01'", "text[]": "'{{x}}'", "bytea": "'\\x00'", "jsonb": "'[]'", "json": "'[]'",
    "bigint[]": "'{{1}}'",
}  # fmt: skip
LESS = {"numeric": "{c} - 1", "date": "{c} - 1", "bigint": "{c} - 1", "integer": "{c} - 1", "smallint": "{c} - 1",
        "timestamp with time zone": "{c} - interval '1 second'"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plant:
    """One error: in which column of which table (none: the whole row), of which kind, as which statement."""

    table: str
    column: str | None
    kind: str
    statement: str

    @property
    def place(self) -> str:
        return self.table if self.column is None else f"{self.table}.{self.column}"

    def is_in_sample(self, share: int) -> bool:
        """Is it one of so many, always the same?"""
        name = f"{self.table} {self.column} {self.kind}".encode()
        return hashlib.sha256(name).digest()[0] % share == 0


async def plan(conn: Connection) -> list[Plant]:
    """Every error that the tables and columns there are give."""
    plants: list[Plant] = []
    for (table,) in await (await conn.execute(TABLES.encode())).fetchall():
        columns = await (await conn.execute(COLUMNS.encode(), [table])).fetchall()
        plants += _of_rows(table, columns)
        for name, kind, generated, _key in columns:
            if not generated:
                plants += _of_column(table, name, kind)
    return plants


def _row(table: str, place: str, where: str = "true") -> str:
    """The place of a row of a table: the first, the last, or one in the middle; of those that are proved."""
    where = f"{ROWS[table]} and {where}" if table in ROWS else where
    chosen = f"(select ctid from {table} where {where} order by ctid"
    ends = {"first": "limit 1)", "last": "desc limit 1)"}
    return f"{chosen} {ends.get(place, f'offset (select count(*) / 2 from {table} where {where}) limit 1)')}"


def _of_rows(table: str, columns: list[tuple[str, str, bool, bool]]) -> Iterator[Plant]:
    for place in ("first", "middle", "last"):
        yield Plant(table, None, f"delete {place}", f"delete from {table} where ctid = {_row(table, place)}")
    fields = [name for name, _kind, generated, _key in columns if not generated]
    keys = [(name, kind) for name, kind, _generated, key in columns if key]
    name, kind = next(((n, k) for n, k in reversed(keys) if k in {"bigint", "integer", "smallint"}), keys[-1])
    if kind in {"bigint", "integer", "smallint"}:
        other = f"(select max({name}) + 1 from {table})::{kind}"
    else:
        other = OTHER[kind].format(c=name)
    taken = ", ".join(other if field == name else field for field in fields)
    for place in ("first", "last"):
        copy = f"insert into {table} ({', '.join(fields)}) overriding system value select {taken} from {table} where ctid = {_row(table, place)}"
        yield Plant(table, None, f"insert like {place}", copy)


def _of_column(table: str, name: str, kind: str) -> Iterator[Plant]:
    filled = f"{name} is not null"
    for place in ("first", "middle", "last"):
        changed = OTHER[kind].format(c=name)
        yield Plant(
            table,
            name,
            f"other {place}",
            f"update {table} set {name} = {changed} where ctid = {_row(table, place, filled)}",
        )
    if kind in LESS:
        changed = LESS[kind].format(c=name)
        yield Plant(
            table, name, "less", f"update {table} set {name} = {changed} where ctid = {_row(table, 'middle', filled)}"
        )
    yield Plant(table, name, "none", f"update {table} set {name} = null where ctid = {_row(table, 'middle', filled)}")
    some = SOME[kind].replace("{{", "{").replace("}}", "}")
    yield Plant(
        table,
        name,
        "some",
        f"update {table} set {name} = {some} where ctid = {_row(table, 'middle', f'{name} is null')}",
    )
    yield Plant(table, name, "swap", _swap(table, name))
    if kind == "text":
        another = f"(select {name} from {table} where {name} is not null order by {name} desc limit 1)"
        yield Plant(
            table, name, "another's",
            f"update {table} set {name} = {another} where ctid = {_row(table, 'first', f'{name} <> {another}')}",
        )  # fmt: skip


def _swap(table: str, name: str) -> str:
    """Two rows exchange what they say in a column."""
    proved = ROWS.get(table, "true")
    as_text = f"{proved} and {name}::text"
    first = f"(select ctid, {name} as said from {table} where {proved} and {name} is not null order by ctid limit 1)"
    return f"""with a as {first},
        b as (select ctid, {name} as said from {table} where {as_text} <> (select said::text from a) order by ctid desc limit 1)
        update {table} t set {name} = case when t.ctid = a.ctid then b.said else a.said end from a, b where t.ctid in (a.ctid, b.ctid)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an error: which check found it, None where none did; `stopped`: the database did not take it."""

    plant: Plant
    found: str | None
    stopped: bool


async def try_out(conn: Connection, plant: Plant) -> Outcome | None:
    """Plant it, look, take it back; None where there was nothing to change. `conn` is the owner's, with foreign keys off."""
    async with conn.transaction(force_rollback=True):
        try:
            async with conn.transaction():
                done = await conn.execute(plant.statement.encode())
        except psycopg.errors.Error:
            return Outcome(plant, None, True)
        if not done.rowcount:
            return None
        for name in ORDER:
            if await differences_of(conn, name, datetime.now(UTC)):
                return Outcome(plant, name, False)
    return Outcome(plant, None, False)


def _must_be_found(plant: Plant) -> bool:
    return reason_of(plant.table, plant.column, plant.kind) is None


async def owner(dsn: str) -> Connection:
    """A connection of the owner with foreign keys off."""
    conn = await psycopg.AsyncConnection.connect(dsn, autocommit=True, options="-c TimeZone=UTC")
    await conn.execute("set session_replication_role = replica")
    return conn


async def main(dsn: str, tables: list[str]) -> int:
    """Every error into a database; prints those not found."""
    async with await owner(dsn) as conn:
        chosen = [plant for plant in await plan(conn) if not tables or plant.table in tables]
        outcomes = [await try_out(conn, plant) for plant in chosen]
    tried = [one for one in outcomes if one is not None and not one.stopped]
    missed = [one for one in tried if one.found is None and _must_be_found(one.plant)]
    judged = sum(one.found is None for one in tried) - len(missed)
    stopped = sum(one is not None and one.stopped for one in outcomes)
    for one in missed:
        print(f"not found: {one.plant.place}: {one.plant.kind}")
    for check, count in Counter(one.found for one in tried).most_common():
        print(f"{count:6} {check or 'not found'}")
    print(f"{len(tried):,} errors planted, {len(missed):,} not found, {judged:,} more where nothing depends on it")
    print(f"{stopped:,} were stopped by the database, {outcomes.count(None):,} had no row")
    return len(missed)


if __name__ == "__main__":
    run(main, sys.argv[1:])
