"""Bring a database to this version's schema, tell where it stands, or make it anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from solde.db.pool import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .files import schema_digest

HEAD = "0001"
"""The newest revision in `versions/`; a test keeps it true."""

# One lock for every change of the schema in one database; the number is "solde" in ASCII.
SCHEMA_LOCK = 0x736F6C6465
RESET_LOCK_TIMEOUT = "5s"
UNUSED_PATIENCE_SECONDS = 3.0
"""How long programs that just ended may still be connected."""

ROLE_MISSING = declare(
    "role_missing", Kind.FORBIDDEN, "Run the statement the message names as an administrator of the server."
)
NOT_OWNER = declare(
    "not_the_owner",
    Kind.FORBIDDEN,
    "Set SOLDE_OWNER_URL to the address with the login that owns the tables, for this command alone.",
)
SCHEMA_FILES_CHANGED = declare(
    "schema_files_changed",
    Kind.CONFLICT,
    "Before version 1.0 the schema is made anew: `solde db backup`, then `solde db reset`.",
)
SCHEMA_TOO_NEW = declare(
    "schema_too_new", Kind.CONFLICT, "Run the version of Solde that made this database, or a newer one."
)
DATABASE_IN_USE = declare(
    "database_in_use", Kind.CONFLICT, "Stop `solde serve` and other programs that use the database, then repeat."
)


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Where a database stands against this version of Solde."""

    revision: str | None
    newest: str
    files_changed: bool

    @property
    def is_current(self) -> bool:
        """May this version of Solde work on it?"""
        return self.revision == self.newest and not self.files_changed


READ_REVISION = b"""
select to_regclass('public.alembic_version') is not null, obj_description(to_regclass('public.alembic_version'))
"""
READ_VERSION_ROW = b"select version_num from public.alembic_version"


async def check_schema(conn: Connection) -> SchemaStatus:
    """Where the database of a pool's connection stands."""
    found = await (await conn.execute(READ_REVISION)).fetchone()
    assert found is not None, "a select without a table gives one row"
    row = await (await conn.execute(READ_VERSION_ROW)).fetchone() if found[0] else None
    return _compare(row[0] if row else None, found[1])


def status(dsn: str) -> SchemaStatus:
    """Where the database stands."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return _read_status(connection)


def upgrade(dsn: str) -> SchemaStatus:
    """Bring the database to the newest revision, in one transaction; several at once wait for each other.

    Gives: the status before.
    Refuses: schema_files_changed, schema_too_new, not_the_owner, role_missing.
    """
    with _locked(dsn) as connection:
        before = _read_status(connection)
        _check_upgradable(before)
        if not before.is_current:
            _check_owner(connection)
            _migrate(dsn, empty_first=False)
        return before


def reset(dsn: str) -> None:
    """Drop everything in the database and make the schema anew, in one transaction. Asks nothing: the caller has asked.

    Refuses: database_in_use, not_the_owner, role_missing.
    """
    with _locked(dsn) as connection:
        check_unused(connection)
        _check_owner(connection)
        _migrate(dsn, empty_first=True)


def drop_schemas(connection: psycopg.Connection[Any]) -> None:
    """Drop every schema that is not PostgreSQL's own and leave an empty `public`."""
    for statement in drop_statements(connection):
        connection.execute(statement)


def drop_statements(connection: psycopg.Connection[Any]) -> list[sql.Composed]:
    """The statements that empty this database."""
    names = connection.execute(
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by nspname"
    ).fetchall()
    drops = [sql.SQL("drop schema {} cascade").format(sql.Identifier(name)) for (name,) in names]
    return [*drops, sql.SQL("create schema {}").format(sql.Identifier("public"))]


IN_USE = b"""
select coalesce(string_agg(distinct application_name, ', '), '') from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name ~ '^solde'
"""


def check_unused(connection: psycopg.Connection[Any]) -> None:
    """See that no program of Solde is connected: a server would go on with what it remembers of the data before.

    A command that has just ended is waited for.
    Refuses: database_in_use.
    """
    end = time.monotonic() + UNUSED_PATIENCE_SECONDS
    while others := _others(connection):
        if time.monotonic() > end:
            raise Refused(refuse(DATABASE_IN_USE, "the database is in use by {others}", others=others))
        time.sleep(0.1)


def _others(connection: psycopg.Connection[Any]) -> str:
    found = connection.execute(IN_USE).fetchone()
    assert found is not None, "an aggregate gives one row"
    return str(found[0])


@contextmanager
def _locked(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A session that holds the schema lock until it ends."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (SCHEMA_LOCK,))
        yield connection


def _read_status(connection: psycopg.Connection[Any]) -> SchemaStatus:
    found = connection.execute(READ_REVISION).fetchone()
    assert found is not None, "a select without a table gives one row"
    row = connection.execute(READ_VERSION_ROW).fetchone() if found[0] else None
    return _compare(row[0] if row else None, found[1])


def _compare(revision: str | None, digest: str | None) -> SchemaStatus:
    return SchemaStatus(revision, HEAD, files_changed=revision is not None and digest != schema_digest())


def _check_upgradable(found: SchemaStatus) -> None:
    if found.revision is not None and found.revision > HEAD:
        said = say("the database has revision {revision}, this Solde knows {head}", revision=found.revision, head=HEAD)
        raise Refused(refuse(SCHEMA_TOO_NEW, said))
    if found.revision == HEAD and found.files_changed:
        raise Refused(refuse(SCHEMA_FILES_CHANGED, "the database was made from other schema files than this version's"))


MAY_MAKE = b"""
select coalesce(
    (select has_schema_privilege(oid, 'create') from pg_namespace where nspname = 'public'),
    has_database_privilege(current_database(), 'create')
), current_user::text
"""


def _check_owner(connection: psycopg.Connection[Any]) -> None:
    """See that this login may make tables. Refuses: not_the_owner."""
    found = connection.execute(MAY_MAKE).fetchone()
    assert found is not None, "a select without a table gives one row"
    if not found[0]:
        raise Refused(refuse(NOT_OWNER, "{found} may not make tables in this database", found=found[1]))


def _migrate(dsn: str, *, empty_first: bool) -> None:
    # Alembic and SQLAlchemy take half a second to import, and only a migration needs them.
    from .alembic_run import run_to_head

    try:
        run_to_head(dsn, before=_empty if empty_first else None, after=_mark)
    except psycopg.errors.LockNotAvailable as error:
        raise Refused(refuse(DATABASE_IN_USE, "another session is using the tables")) from error
    except psycopg.errors.InsufficientPrivilege as error:
        advice = error.diag.message_hint or str(error)
        raise Refused(
            refuse(
                ROLE_MISSING, "{message_primary}: {advice}", message_primary=error.diag.message_primary, advice=advice
            )
        ) from error


def _empty(connection: psycopg.Connection[Any]) -> None:
    timeout = sql.SQL("set local lock_timeout = {}").format(sql.Literal(RESET_LOCK_TIMEOUT))
    connection.execute(timeout)
    drop_schemas(connection)


def _mark(connection: psycopg.Connection[Any]) -> None:
    """Let the application read the revision (for /readyz), and keep the digest of the files in the table's comment."""
    connection.execute("grant select on public.alembic_version to solde_app")
    comment = sql.SQL("comment on table public.alembic_version is {}").format(sql.Literal(schema_digest()))
    connection.execute(comment)
