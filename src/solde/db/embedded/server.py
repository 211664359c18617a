"""Start, find and stop the embedded server.

"Running" is judged by connecting, never by a process number. The server outlives the process that starts it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.pq import PGconn, Ping

from solde.db.settings import Settings
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .cluster import choose_programs, folder_major, make_cluster, write_configuration
from .configuration import WANTED_LIBRARIES, configuration, machine_memory
from .owner import Owner, find_owner, server_environment
from .place import SOCKET_NAME, ServerFolders, find_place, make_home, make_place, socket_folder
from .processes import is_alive, is_server_of, read_pid, server_processes
from .reach import reachable

POLL_SECONDS = 0.02
PING_SECONDS = 10
PATIENCE_SECONDS = 30.0
"""How long a live server may neither answer nor say that it recovers."""
LOG_BYTES = 10_000_000
"""A longer log is put aside at the next start, in place of the one before."""
NOBODY = 4_194_304
"""One above the largest process number Linux gives."""

SERVER_FAILED = declare(
    "server_failed", Kind.CONFLICT, "Read the end of the log in the message; often the disk is full."
)
SERVER_SILENT = declare(
    "server_silent",
    Kind.CONFLICT,
    "Run `solde db stop` and repeat; if that fails, end the processes the message names.",
)


def running_dsn(settings: Settings, database: str = "postgres") -> str | None:
    """The DSN of the embedded server if it answers; starts nothing."""
    place = known_place(settings)
    return place.dsn(database) if place and _ping(place) == Ping.OK else None


def known_place(settings: Settings) -> ServerFolders | None:
    """Where the server lives, if it was ever made."""
    server = settings.home / "server"
    if not server.is_dir():
        return None
    server = server.readlink() if server.is_symlink() else server
    return ServerFolders(settings.home, server, socket_folder(server))


def start(settings: Settings) -> str:
    """Start the embedded server unless it runs; gives the DSN of its `postgres` database.

    Waits as long as a crash recovery takes. Several processes at once share one server: one starts, the others wait.
    Refuses: home_not_writable, postgres_not_found, other_postgres_major, no_system_user, initdb_failed,
    server_failed, server_silent, server_folder_taken, programs_unreachable.
    """
    dsn = running_dsn(settings)
    if dsn is not None:
        return dsn
    make_home(settings)
    with _lock(settings.home / "server.lock"):
        return running_dsn(settings) or _start_alone(settings)


def stop(settings: Settings) -> bool:
    """Stop the embedded server and wait until it is gone; gives whether one ran.

    Open sessions are cut, their transactions rolled back; everything is written, so the next start is quick.
    Refuses: server_silent.
    """
    place = known_place(settings)
    if place is None:
        return False
    with _lock(place.lock):
        pid = read_pid(place.data_folder)
        if pid is None or not is_server_of(pid, place.data_folder):
            return False
        _stop_process(pid, place)
        return True


def _stop_process(pid: int, place: ServerFolders) -> None:
    """Ask for a clean stop; one that hangs (seen during recovery) is cut short, and the next start recovers."""
    for request in (signal.SIGINT, signal.SIGQUIT):
        os.kill(pid, request)
        if _wait(lambda: not is_alive(pid), 4 * PATIENCE_SECONDS):
            return
    raise Refused(refuse(SERVER_SILENT, "process {pid} did not stop; the log is {log}", pid=pid, log=str(place.log)))


def _start_alone(settings: Settings) -> str:
    """Start with the lock held."""
    owner = find_owner(settings.system_user, settings.home / "server")
    place = find_place(settings, owner)
    make_place(place, owner)
    binaries = reachable(choose_programs(settings.postgres_bin, place), owner)
    if folder_major(place) is None:
        make_cluster(place, binaries, owner)
    libraries = [name for name in WANTED_LIBRARIES if binaries.has_library(name)]
    text = configuration(machine_memory(), place.socket, settings.server_options, libraries=libraries)
    write_configuration(place, text, owner)
    if not _await_present(place):
        _clear_remains(place, owner)
        pid = _launch(binaries.path("postgres"), place, owner)
        _await_answer(place, pid)
    return place.dsn("postgres")


def _ping(place: ServerFolders) -> Ping:
    """What the server says to a connection. Without a limit of its own, libpq waits for a frozen server for ever."""
    return Ping(PGconn.ping(f"{place.dsn('postgres')} connect_timeout={PING_SECONDS}".encode()))


def _await_present(place: ServerFolders) -> bool:
    """Wait for a server that another hand started; gives whether it answers now.

    It may be starting, recovering, stopping, or dead with its lock file left behind.
    """
    pid = read_pid(place.data_folder)
    if pid is None or not is_server_of(pid, place.data_folder):
        return False
    return _await_answer(place, pid, must_live=False)


def _await_answer(place: ServerFolders, pid: int, *, must_live: bool = True) -> bool:
    """Wait until the server answers, as long as it says that it recovers; gives False if it ended."""
    silent_since = time.monotonic()
    while (found := _ping(place)) != Ping.OK:
        if not is_alive(pid):
            if must_live:
                said = say(
                    "the server ended while starting; {log} ends:\n{place_log}",
                    log=str(place.log),
                    place_log=_log_tail(place.log),
                )
                raise Refused(refuse(SERVER_FAILED, said))
            return False
        if found == Ping.REJECT:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > PATIENCE_SECONDS:
            said = say(
                "process {pid} runs in {data_folder} but does not answer", pid=pid, data_folder=str(place.data_folder)
            )
            raise Refused(refuse(SERVER_SILENT, said))
        time.sleep(POLL_SECONDS)
    return True


def _clear_remains(place: ServerFolders, owner: Owner) -> None:
    """Put aside what a dead server left: its processes' names, its lock and socket files.

    PostgreSQL would take a zombie, or a stranger with the old number after a reboot, for a live server. The number
    in the lock file is replaced, not the file removed, so that PostgreSQL still checks the old shared memory.
    """
    if not _wait(lambda: not server_processes(place.data_folder, owner), PATIENCE_SECONDS):
        left = ", ".join(map(str, server_processes(place.data_folder, owner)))
        said = say(
            "processes {left} of a dead server still work in {data_folder}",
            left=left,
            data_folder=str(place.data_folder),
        )
        raise Refused(refuse(SERVER_SILENT, said))
    lock = place.data_folder / "postmaster.pid"
    if lock.exists():
        lines = lock.read_text().splitlines() or [""]
        lock.write_text("\n".join([str(NOBODY), *lines[1:]]) + "\n")
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (place.socket / name).unlink(missing_ok=True)


def _launch(program: str, place: ServerFolders, owner: Owner) -> int:
    """Start the server detached from this process and its terminal; gives its process number.

    A shell in between starts it and ends, so the server is nobody's child here and leaves us no zombie.
    """
    if place.log.exists() and place.log.stat().st_size > LOG_BYTES:
        place.log.rename(place.log.with_suffix(".log.1"))
    script = 'umask 077; log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    answer = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(place.log), program, "-D", str(place.data_folder.resolve())],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=True,
        cwd="/",
        env=server_environment(),
        start_new_session=True,
        user=owner.switch_user,
        group=owner.switch_group,
        extra_groups=owner.switch_groups,
    )
    return int(answer.stdout)


def _log_tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a file lock; the system frees it when the process ends, however it ends."""
    # Opened for reading: the file may be root's from an earlier start.
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
