"""One database a worker, brought back to what it was after each test: a tenth of the cost of a new one.

A test may do in it what it likes. What it left is found by looking, not by trust: rows in the tables, sequences that moved,
the schema itself. Rows are taken out and put back; where the schema changed or much was written, the database is made anew.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

MOST_BYTES_CLEANED = 8_000_000
TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' order by 1
"""
SEQUENCES = """
select c.oid::regclass::text from pg_class c where c.relkind = 'S' and c.relnamespace::regnamespace::text !~ '^pg_' order by 1
"""
CATALOGUES = (
    "pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_proc", "pg_trigger", "pg_type", "pg_policy",
    "pg_rewrite", "pg_statistic_ext", "pg_event_trigger", "pg_default_acl", "pg_extension", "pg_largeobject_metadata",
)  # fmt: skip
# Temporary tables of the connections of tests come and go with their namespaces; they change nothing that stays.
SCHEMA = " union all ".join(
    [
        *(f"select count(*), coalesce(max(xmin::text::bigint), 0) from {name}" for name in CATALOGUES),
        "select count(*), coalesce(max(xmin::text::bigint), 0) from pg_namespace where nspname !~ '^pg_'",
        "select count(*), 0 from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())",
    ]
)
MOST_LOOKS = 5_000
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"


@dataclass
class KeptDatabase:
    """A copy of the template; `dsn` for the test, `clean` after it."""

    server_url: str
    template: str
    strategy: str
    dsn: str = ""
    _name: str = ""
    _owner: psycopg.Connection[Any] | None = None
    _seeds: dict[str, list[bytes]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _sequences: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _schema: list[Any] = field(default_factory=list)
    _since: int = 0
    _look: str = ""
    _where: str = ""

    def ready(self) -> str:
        """The DSN of the database as a new one would be."""
        if self._owner is None:
            self._make()
        return self.dsn

    def clean(self) -> None:
        """Take out what a test left, or drop the database where that is not enough."""
        owner = self._owner
        assert owner is not None
        try:
            kept = not owner.closed and self._leave_alone(owner) and self._put_back(owner)
        except psycopg.Error:
            kept = False
        if not kept:
            self.drop()

    def drop(self) -> None:
        """Forget the database; the next test gets a new one."""
        if self._owner is None:
            return
        self._owner.close()
        self._owner = None
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(self._name)))

    def _make(self) -> None:
        self._name = f"test_{secrets.token_hex(8)}"
        create = sql.SQL("create database {} template {} strategy {}").format(
            sql.Identifier(self._name), sql.Identifier(self.template), sql.SQL(self.strategy)
        )
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(create)
        self.dsn = make_conninfo(self.server_url, dbname=self._name)
        self._owner = owner = psycopg.connect(self.dsn, autocommit=True, prepare_threshold=0)
        owner.execute("set plan_cache_mode = force_generic_plan")
        tables = [name for (name,) in owner.execute(TABLES)]
        counted = " union all ".join(f"select '{name}', count(*) from {name}" for name in tables)
        self._counts = dict(owner.execute(counted).fetchall())
        self._seeds = {name: _copied(owner, name) for name, rows in self._counts.items() if rows}
        sequences = [name for (name,) in owner.execute(SEQUENCES)]
        self._where = " union all ".join(f"select '{name}', last_value, is_called from {name}" for name in sequences)
        self._sequences = self._moved(owner, {})
        self._look = " union all ".join(self._question(name) for name in tables)
        self._schema = owner.execute(SCHEMA).fetchall()
        self._since = _now(owner)

    def _question(self, table: str) -> str:
        """Whether a table is otherwise than in a new database, as a statement that gives its name and size."""
        rows = self._counts[table]
        changed = (
            f"(select count(*) <> {rows} or max(xmin::text::bigint) > %(since)s from {table})"
            if rows
            else f"exists (select 1 from {table})"
        )
        return f"select '{table}', pg_relation_size('{table}') where {changed}"

    def _moved(
        self, owner: psycopg.Connection[Any], than: Mapping[str, tuple[int, bool]]
    ) -> dict[str, tuple[int, bool]]:
        found = {name: (value, called) for name, value, called in owner.execute(self._where)}
        return {name: place for name, place in found.items() if than.get(name) != place}

    @staticmethod
    def _leave_alone(owner: psycopg.Connection[Any]) -> bool:
        """Send away connections that a test left; they are killed programs', or on their way out."""
        for _ in range(MOST_LOOKS):
            if not owner.execute(OTHERS).fetchall():
                return True
            time.sleep(0.001)
        return False

    def _put_back(self, owner: psycopg.Connection[Any]) -> bool:
        if owner.execute(SCHEMA).fetchall() != self._schema:
            return False
        changed = dict(owner.execute(self._look, {"since": self._since}).fetchall())
        if sum(changed.values()) > MOST_BYTES_CLEANED:
            return False
        moved = self._moved(owner, self._sequences)
        if changed or moved:
            with owner.transaction():
                # As a replica neither triggers nor foreign keys ask for an order.
                owner.execute("set local session_replication_role = replica")
                for name in changed:
                    owner.execute(f"delete from {name}".encode())
                    if name in self._seeds:
                        _filled(owner, name, self._seeds[name])
                for name in moved:
                    owner.execute("select setval(%s::regclass, %s, %s)", (name, *self._sequences[name]))
            self._since = _now(owner)
        return True


def _now(owner: psycopg.Connection[Any]) -> int:
    row = owner.execute("select pg_current_xact_id()::xid::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _copied(owner: psycopg.Connection[Any], table: str) -> list[bytes]:
    with owner.cursor().copy(f"copy {table} to stdout".encode()) as copy:
        return [bytes(block) for block in copy]


def _filled(owner: psycopg.Connection[Any], table: str, blocks: list[bytes]) -> None:
    with owner.cursor().copy(f"copy {table} from stdin".encode()) as copy:
        for block in blocks:
            copy.write(block)
