"""Who owns the embedded server: the person who runs Solde, or a system user when that is root.

PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

NO_SYSTEM_USER = declare(
    "no_system_user",
    Kind.FORBIDDEN,
    "Create the user by `useradd --system solde`, or run Solde as a plain user, or set SOLDE_DATABASE_URL.",
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user the server runs as. `is_other`: not the user of this process, which then is root."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def give(self, path: Path) -> None:
        """Make the owner own a file or folder just made."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    @property
    def switch_user(self) -> int | None:
        """For `subprocess`: the user to become, if any."""
        return self.uid if self.is_other else None

    @property
    def switch_group(self) -> int | None:
        """For `subprocess`: the group to become, if any."""
        return self.gid if self.is_other else None

    @property
    def switch_groups(self) -> list[str | int] | None:
        """For `subprocess`: root's other groups are dropped."""
        return [] if self.is_other else None

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program as the owner, wait for it, and keep what it said.

        The program gets a neutral folder and environment: root's own may be closed to the owner.
        """
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd="/",
            umask=0o077,
            env=server_environment(),
            user=self.switch_user,
            group=self.switch_group,
            extra_groups=self.switch_groups,
        )


def server_environment() -> dict[str, str]:
    """The environment for PostgreSQL's programs: messages in English, no PG* variable of the caller."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG", "HOME"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def find_owner(system_user: str, server: Path) -> Owner:
    """The user the server shall run as: who owns its folder, or root's system user, made if missing.

    Refuses: no_system_user.
    """
    if os.geteuid() != 0:
        return Owner(_name_of(os.geteuid()), os.geteuid(), os.getegid(), is_other=False)
    if server.is_dir() and (there := server.stat()).st_uid != 0:
        return Owner(_name_of(there.st_uid), there.st_uid, there.st_gid, is_other=True)
    found = _find_user(system_user) or _create_user(system_user)
    return Owner(found.pw_name, found.pw_uid, found.pw_gid, is_other=True)


def can_enter(folder: Path, owner: Owner) -> bool:
    """May the owner pass through the folder and all above it?"""
    if not owner.is_other:
        return True
    return owner.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0


def _name_of(uid: int) -> str:
    # In a container a user id need not have a name.
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _find_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create_user(name: str) -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Refused(
            refuse(NO_SYSTEM_USER, "the user {name} is missing and there is no `useradd` to create it", name=name)
        )
    command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", name]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    # Another process may have made the user in the meantime; only its being there counts.
    found = _find_user(name)
    if found is None:
        said = say("the user {name} could not be created: {stderr}", name=name, stderr=answer.stderr.strip())
        raise Refused(refuse(NO_SYSTEM_USER, said))
    return found
