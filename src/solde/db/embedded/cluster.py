"""Make a data folder: UTF-8, code-point order, a password of its own; or refuse another major's."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .binaries import Binaries, find_server, look_for_server
from .owner import Owner
from .place import ServerFolders

OTHER_MAJOR = declare(
    "other_postgres_major",
    Kind.CONFLICT,
    "Name programs of the folder's version by SOLDE_POSTGRES_BIN, run `solde db backup`, then start with an empty "
    "SOLDE_HOME and run `solde db restore`.",
)
INITDB_FAILED = declare(
    "initdb_failed", Kind.CONFLICT, "Read what the program said; often the disk is full or the folder not writable."
)

ACCESS_RULES = "local all all scram-sha-256\n"
INCLUDES = "\ninclude = 'solde.conf'\ninclude_if_exists = 'local.conf'\n"


def folder_major(place: ServerFolders) -> int | None:
    """The major version the data folder belongs to, if there is one."""
    try:
        return int((place.data_folder / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        return None


def choose_programs(given: Path | None, place: ServerFolders) -> Binaries:
    """The programs to run this data folder by: the first found, or the first of the folder's major.

    Refuses: postgres_not_found, other_postgres_major.
    """
    major = folder_major(place)
    if major is None:
        return find_server(given)
    fitting = look_for_server(given, major)
    if fitting is None:
        there = find_server(given)
        said = say(
            "{data_folder} belongs to PostgreSQL {major}; the programs in {folder} are {version}",
            data_folder=str(place.data_folder),
            major=major,
            folder=str(there.folder),
            version=there.version,
        )
        raise Refused(refuse(OTHER_MAJOR, said))
    return fitting


def make_cluster(place: ServerFolders, binaries: Binaries, owner: Owner) -> None:
    """Make the data folder under another name and rename it when complete, so half a folder is never taken for one.

    Refuses: initdb_failed.
    """
    half_made = place.server / "data.new"
    shutil.rmtree(half_made, ignore_errors=True)
    password = secrets.token_urlsafe(32)
    write_private(place.server / "password.new", password + "\n", owner)
    answer = owner.run([*_initdb(binaries), "--pgdata", str(half_made), "--pwfile", str(place.server / "password.new")])
    (place.server / "password.new").unlink()
    if answer.returncode != 0:
        shutil.rmtree(half_made, ignore_errors=True)
        raise Refused(refuse(INITDB_FAILED, "initdb: {stderr}", stderr=answer.stderr.strip()[-2000:]))
    (half_made / "pg_hba.conf").write_text(ACCESS_RULES)
    with (half_made / "postgresql.conf").open("a") as file:
        file.write(INCLUDES)
    write_private(place.password_file, f"*:*:*:solde:{password}\n", owner)
    half_made.rename(place.data_folder)


def write_configuration(place: ServerFolders, text: str, owner: Owner) -> None:
    """Replace `solde.conf` whole."""
    write_private(place.data_folder / "solde.conf", text, owner)


def _initdb(binaries: Binaries) -> list[str]:
    # The built-in locale sorts by code point like C but knows that É and é are one letter; PostgreSQL 17 brought it.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    options = ["--username=solde", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"]
    return [binaries.path("initdb"), *options, *locale, "--no-instructions"]


def write_private(path: Path, text: str, owner: Owner) -> None:
    """Write a file of mode 0600 that belongs to the owner, under another name first."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    owner.give(draft)
    draft.rename(path)
