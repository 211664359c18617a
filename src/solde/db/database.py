"""The database every command works on."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import embedded
from .disk import Disk
from .embedded.binaries import OLDEST_MAJOR
from .pool import DATABASE_UNREACHABLE, describe
from .settings import Settings

DATABASE = "solde"

POSTGRES_TOO_OLD = declare("postgres_too_old", Kind.CONFLICT, "Use PostgreSQL 15 or newer.")


def ensure_database(settings: Settings) -> str:
    """The owner's DSN of a database that answers, starting the embedded server and making the database if need be.

    Refuses: database_unreachable, postgres_too_old, and whatever `embedded.start` refuses.
    """
    if settings.dsn is not None:
        owner = settings.owner_dsn or settings.dsn
        _check_server(owner)
        return owner
    dsn = embedded.start(settings)
    _make_database(dsn, settings)
    return make_conninfo(dsn, dbname=DATABASE)


def application_dsn(settings: Settings) -> str:
    """The DSN the application works by, of a database that `ensure_database` has made."""
    if settings.dsn is not None:
        return settings.dsn
    place = embedded.known_place(settings)
    assert place is not None, "the database was made before"
    return place.application_dsn(DATABASE)


def stop(settings: Settings) -> bool:
    """Stop the embedded server; gives whether one ran. A server given by DSN is not ours to stop."""
    return settings.dsn is None and embedded.stop(settings)


def data_disk(settings: Settings) -> Disk | None:
    """The disk of the embedded database; None where the server is not ours, or was never made."""
    place = None if settings.dsn is not None else embedded.known_place(settings)
    return None if place is None else Disk(place.server)


def _check_server(dsn: str) -> None:
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            version = connection.info.server_version
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise Refused(
            refuse(DATABASE_UNREACHABLE, "{dsn}: {error}", dsn=describe(dsn), error=str(error).strip())
        ) from error
    if version < OLDEST_MAJOR * 10_000:
        raise Refused(
            refuse(POSTGRES_TOO_OLD, "{dsn} is PostgreSQL {version}", dsn=describe(dsn), version=version // 10_000)
        )


def _make_database(dsn: str, settings: Settings) -> None:
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            if not connection.execute("select from pg_database where datname = %s", (DATABASE,)).rowcount:
                connection.execute(f"create database {DATABASE}")
            place = embedded.known_place(settings)
            assert place is not None, "it was just started"
            embedded.make_login(connection, place, embedded.find_owner(settings.system_user, place.server))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        # Another process made it in the meantime.
        _make_database(dsn, settings)
    except psycopg.OperationalError as error:
        raise Refused(
            refuse(DATABASE_UNREACHABLE, "{dsn}: {error}", dsn=describe(dsn), error=str(error).strip())
        ) from error
