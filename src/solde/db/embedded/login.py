"""The application's own login on the embedded server: no superuser, and no way to become one."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from psycopg import sql

from .cluster import write_private
from .owner import Owner
from .place import APPLICATION, ServerFolders

# One process makes the login at a time; the number is "solde" in ASCII, and one.
LOGIN_LOCK = 0x736F6C646501


def make_login(connection: psycopg.Connection[Any], place: ServerFolders, owner: Owner) -> None:
    """Let the application's role log in by the password in its file; both are made where they are missing."""
    if place.application_password_file.exists() and _may_log_in(connection):
        return
    connection.execute("select pg_advisory_lock(%s)", (LOGIN_LOCK,))
    file = place.application_password_file
    if not file.exists():
        write_private(file, f"*:*:*:{APPLICATION}:{secrets.token_urlsafe(32)}\n", owner)
    elif _may_log_in(connection):
        return
    password = file.read_text().strip().rpartition(":")[2]
    # The server gets what it keeps of a password, never the password itself.
    kept = connection.pgconn.encrypt_password(password.encode(), APPLICATION.encode(), b"scram-sha-256").decode()
    change = "alter" if _exists(connection) else "create"
    statement = sql.SQL(change + " role {} login password {}")
    connection.execute(statement.format(sql.Identifier(APPLICATION), sql.Literal(kept)))


def _exists(connection: psycopg.Connection[Any]) -> bool:
    return bool(connection.execute("select 1 from pg_roles where rolname = %s", (APPLICATION,)).rowcount)


def _may_log_in(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute("select rolcanlogin from pg_roles where rolname = %s", (APPLICATION,)).fetchone()
    return found == (True,)
