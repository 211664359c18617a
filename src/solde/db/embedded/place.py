"""Where an embedded server lives on disk: its data, password, log and socket."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from solde.db.settings import Settings
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .owner import Owner, can_enter

LONGEST_SOCKET_PATH = 103
"""Linux takes 107 characters, macOS 103."""
APPLICATION = "solde_app"
SOCKET_NAME = ".s.PGSQL.5432"
SHORT_ROOT = Path("/tmp")  # noqa: S108 - see `_make_private`
REACHABLE_ROOT = Path("/var/lib/solde")

FOLDER_TAKEN = declare(
    "server_folder_taken",
    Kind.FORBIDDEN,
    "Give the folder the owner and mode the message names, or set another SOLDE_HOME.",
)
HOME_NOT_WRITABLE = declare(
    "home_not_writable",
    Kind.FORBIDDEN,
    "Set SOLDE_HOME to a folder you may write, or correct the folder's owner and mode.",
)


@dataclass(frozen=True, slots=True)
class ServerFolders:
    """The folders and files of one embedded server."""

    home: Path
    server: Path
    socket: Path

    @property
    def data_folder(self) -> Path:
        """PostgreSQL's own folder."""
        return self.server / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.server / "postgres.log"

    @property
    def password_file(self) -> Path:
        """In libpq's format; the DSN names it, so the password is in no command line."""
        return self.server / "pgpass"

    @property
    def application_password_file(self) -> Path:
        """The same for the application's own login."""
        return self.server / "pgpass-app"

    @property
    def lock(self) -> Path:
        """Held by the one process that starts or stops the server."""
        return self.home / "server.lock"

    def dsn(self, database: str) -> str:
        """How to connect; holds no secret."""
        return self._dsn(database, "solde", self.password_file)

    def application_dsn(self, database: str) -> str:
        """How the application connects, which owns nothing."""
        return self._dsn(database, APPLICATION, self.application_password_file)

    def _dsn(self, database: str, user: str, passwords: Path) -> str:
        return f"host='{_quote(self.socket)}' user={user} dbname={database} passfile='{_quote(passwords)}'"


def make_home(settings: Settings) -> Path:
    """Make the home folder if it is missing. Refuses: home_not_writable."""
    try:
        settings.home.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            # The system user passes through to the server's folder.
            settings.home.chmod(0o711)
    except FileExistsError:
        pass
    except OSError as error:
        raise Refused(
            refuse(HOME_NOT_WRITABLE, "{home}: {strerror}", home=str(settings.home), strerror=error.strerror)
        ) from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise Refused(refuse(HOME_NOT_WRITABLE, "{home} may not be written", home=str(settings.home)))
    return settings.home


def find_place(settings: Settings, owner: Owner) -> ServerFolders:
    """The server's folders; made by the start, only computed here.

    Run by root, the server belongs to a system user, who cannot enter a home below a closed folder such as /root.
    Then the data goes to /var/lib/solde, and the link `server` in the home says where.
    """
    server = settings.home / "server"
    if server.is_symlink():
        server = server.readlink()
    elif not server.is_dir() and not can_enter(settings.home, owner):
        server = REACHABLE_ROOT / secrets.token_hex(8)
    return ServerFolders(settings.home, server, socket_folder(server))


def socket_folder(server: Path) -> Path:
    """Beside the data, or, where that path is too long for a socket, a short one in /tmp."""
    beside = server / "socket"
    if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return beside
    # Safe there: the folder is made with mode 0700, and one that is not ours is refused.
    return SHORT_ROOT / f"solde-{hashlib.sha256(os.fsencode(server)).hexdigest()[:16]}"


def make_place(place: ServerFolders, owner: Owner) -> None:
    """Make the server's folders, open to its owner alone. Refuses: home_not_writable, server_folder_taken."""
    try:
        if place.server.parent != place.home:
            place.server.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        _make_private(place.server, owner)
        if place.server != place.home / "server" and not (place.home / "server").is_symlink():
            (place.home / "server").symlink_to(place.server)
        _make_private(place.socket, owner)
    except OSError as error:
        raise Refused(
            refuse(HOME_NOT_WRITABLE, "{filename}: {strerror}", filename=error.filename, strerror=error.strerror)
        ) from error


def _make_private(folder: Path, owner: Owner) -> None:
    """Make a folder of mode 0700, or see that the one there is the owner's own (in /tmp anybody could have made it)."""
    try:
        folder.mkdir(mode=0o700)
        owner.give(folder)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or found.st_mode & 0o077:
            said = say("{folder} is not a folder of user {name} alone (mode 0700)", folder=str(folder), name=owner.name)
            raise Refused(refuse(FOLDER_TAKEN, said)) from None


def _quote(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")
