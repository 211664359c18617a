"""Back a database up into one file, and bring it back: PostgreSQL's own pg_dump and pg_restore."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from .embedded.binaries import Binaries, find_tools
from .migrations.actions import DATABASE_IN_USE, RESET_LOCK_TIMEOUT, check_unused, drop_statements
from .migrations.files import schema_files

TOOLS_MISSING = declare(
    "backup_tools_missing",
    Kind.NOT_FOUND,
    "Install PostgreSQL's client programs of the server's version, or name their folder by SOLDE_POSTGRES_BIN.",
)
BACKUP_FAILED = declare(
    "backup_failed", Kind.CONFLICT, "Read what pg_dump said; often the disk is full or a right is missing."
)
BACKUP_UNREADABLE = declare("backup_unreadable", Kind.INVALID, "Give a whole file made by `solde db backup`.")
BACKUP_TOO_NEW = declare(
    "backup_too_new", Kind.CONFLICT, "Restore into a server of the backup's version or a newer one."
)
RESTORE_FAILED = declare(
    "restore_failed", Kind.CONFLICT, "Nothing was changed. Read what psql said; often a right is missing."
)

ROLES_FILE = "00_roles.sql"


def backup(dsn: str, file: Path, *, postgres_bin: Path | None = None) -> None:
    """Write the whole database into one file, as of one instant, while others work on.

    The file appears only when complete, readable by its owner alone.
    Refuses: backup_tools_missing, backup_failed.
    """
    tools = _find_tools(dsn, postgres_bin)
    draft = file.with_name(file.name + ".draft")
    command = [tools.path("pg_dump"), "--format=custom", "--file", str(draft), "--dbname", _without_password(dsn)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(dsn), umask=0o077)
    if answer.returncode != 0:
        draft.unlink(missing_ok=True)
        raise Refused(refuse(BACKUP_FAILED, answer.stderr.strip()[-2000:]))
    draft.replace(file)


def restore(dsn: str, file: Path, *, postgres_bin: Path | None = None) -> None:
    """Replace all the database holds by a backup, in one transaction: on any error nothing has changed.

    The restored objects belong to the user of the DSN, whatever the owner was called before.
    Refuses: backup_tools_missing, backup_unreadable, backup_too_new, database_in_use, restore_failed.
    """
    tools = _find_tools(dsn, postgres_bin)
    contents = _read_contents(tools, file)
    _check_version(contents, tools.major)
    with psycopg.connect(dsn, autocommit=True) as connection:
        check_unused(connection)
        # The role must be there before rights are given to it; the rest of the file is undone by the drop below.
        connection.execute(_roles())
        drops = [statement.as_string(connection) for statement in drop_statements(connection)]
    before = [f"begin; set local lock_timeout = '{RESET_LOCK_TIMEOUT}'", *drops]
    # Rights for tables to come are set last, lest the restored tables get them too.
    after = [_roles().decode(), "commit"]
    _replay(dsn, tools, file, _without_default_rights(contents), ";\n".join([*before, ""]), ";\n".join([*after, ""]))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("analyze")


def _replay(dsn: str, tools: Binaries, file: Path, contents: str, before: str, after: str) -> None:
    """Send statements, the backup as SQL, and statements through one psql."""
    psql = [tools.path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", _without_password(dsn)]
    with tempfile.TemporaryFile("w+") as said, tempfile.NamedTemporaryFile("w") as listing:
        listing.write(contents)
        listing.flush()
        reading = [tools.path("pg_restore"), "--no-owner", "--use-list", listing.name, "--file=-", str(file)]
        with subprocess.Popen(
            psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, text=True, env=_environment(dsn)
        ) as sink:
            assert sink.stdin is not None, "stdin is a pipe"
            complete = _feed(sink.stdin, before, reading, after, said)
        if sink.returncode != 0 or not complete:
            said.seek(0)
            raise Refused(_explain(said.read().strip()[-2000:]))


def _feed(sink: IO[str], before: str, reading: list[str], after: str, said: IO[str]) -> bool:
    """Write all into psql; without the closing commit, which only a complete backup gets, nothing stays."""
    try:
        sink.write(before)
        sink.flush()
        complete = subprocess.run(reading, stdout=sink, stderr=said, check=False).returncode == 0
        sink.write(after if complete else "")
        sink.flush()
    except BrokenPipeError:
        return False
    return complete


def _explain(said: str) -> Refusal:
    if "lock timeout" in said:
        return refuse(DATABASE_IN_USE, "another session is using the tables")
    return refuse(RESTORE_FAILED, said)


def _find_tools(dsn: str, postgres_bin: Path | None) -> Binaries:
    """The programs of the server's own version: others may write or need what this server does not know."""
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // 10_000
    tools = find_tools(postgres_bin, major)
    if tools is None:
        raise Refused(refuse(TOOLS_MISSING, "no pg_dump, pg_restore and psql of PostgreSQL {major} found", major=major))
    return tools


def _read_contents(tools: Binaries, file: Path) -> str:
    """The backup's table of contents, as pg_restore prints and reads it."""
    command = [tools.path("pg_restore"), "--list", str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Refused(
            refuse(BACKUP_UNREADABLE, "{file}: {stderr}", file=str(file), stderr=answer.stderr.strip()[-500:])
        )
    return answer.stdout


def _check_version(contents: str, major: int) -> None:
    made_by = re.search(r"Dumped from database version: (\d+)", contents)
    if made_by and int(made_by.group(1)) > major:
        said = say(
            "the backup is of PostgreSQL {made_by}, the server is {major}", made_by=made_by.group(1), major=major
        )
        raise Refused(refuse(BACKUP_TOO_NEW, said))


def _without_default_rights(contents: str) -> str:
    """Leave out the rights for tables to come: they name the owner of then, and are set anew for the owner of now."""
    return "".join(line for line in contents.splitlines(keepends=True) if " DEFAULT ACL " not in line)


def _roles() -> bytes:
    return dict(schema_files())[ROLES_FILE]


def _without_password(dsn: str) -> str:
    """The DSN as it may stand in a command line, which everybody on the machine can read."""
    parts = conninfo_to_dict(dsn)
    parts.pop("password", None)
    return make_conninfo("", **parts)


def _environment(dsn: str) -> dict[str, str]:
    password = conninfo_to_dict(dsn).get("password")
    return dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
