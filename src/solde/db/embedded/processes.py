"""What runs: is a process alive, is it a server of this data folder, did it only leave its name behind?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .owner import Owner

PROC = Path("/proc")


def is_alive(pid: int) -> bool:
    """Does the process run? A zombie, dead but not yet collected by its parent, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) not in {"Z", "X"}


def is_server_of(pid: int, folder: Path) -> bool:
    """Is it a live server of this data folder? After a reboot the number may be anybody's."""
    if not is_alive(pid):
        return False
    if not _has_proc():
        return f" -D {folder.resolve()}" in _ask_ps(pid, "command")
    # Root without the right to trace, as in most containers, may not see another user's working folder.
    return _was_started_in(pid, folder) or _works_in(pid, folder)


def server_processes(folder: Path, owner: Owner) -> list[int]:
    """Live PostgreSQL processes in the data folder: the server and its children.

    Only Linux tells; elsewhere PostgreSQL's own check of the shared memory has to do.
    """
    if not _has_proc():
        return []
    if owner.is_other:
        # Every user may see where its own processes work, root not always where another's do.
        script = 'for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p#/proc/}"; done'
        found = [int(pid) for pid in owner.run(["/bin/sh", "-c", script, "sh", str(folder)]).stdout.split()]
    else:
        found = [pid for pid in _all_pids() if _works_in(pid, folder)]
    return [pid for pid in found if is_alive(pid)]


def read_pid(folder: Path) -> int | None:
    """The process named in the server's lock file, if there is one."""
    try:
        return abs(int((folder / "postmaster.pid").read_text().splitlines()[0])) or None
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _has_proc() -> bool:
    return (PROC / "self" / "cwd").is_symlink()


def _state(pid: int) -> str:
    """The state letter of a process, as `ps` shows it; empty when it is gone or hidden."""
    if not _has_proc():
        return _ask_ps(pid, "stat")[:1]
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _ask_ps(pid: int, column: str) -> str:
    command = ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _works_in(pid: int, folder: Path) -> bool:
    """Every PostgreSQL process has its data folder as working folder (and so may a person's shell)."""
    process = PROC / str(pid)
    try:
        program = (process / "exe").readlink().name
        return program.startswith("postgres") and (process / "cwd").readlink() == folder.resolve()
    except OSError:
        return False


def _was_started_in(pid: int, folder: Path) -> bool:
    """Does the command name the data folder, as ours does?"""
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return b"\0-D\0" + os.fsencode(folder.resolve()) + b"\0" in command


def _all_pids() -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)
