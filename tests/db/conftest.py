"""Homes of embedded servers."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from db.embedding import (
    SMALL,
)

from solde.db import Settings, ensure_database, stop


@pytest.fixture
def folder(quick_root: Path) -> Iterator[Path]:
    """A short folder that other users may pass through, as sockets and system users need."""
    made = Path(tempfile.mkdtemp(prefix="solde-e-", dir=quick_root))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def made_home(quick_root: Path) -> Iterator[Path]:
    """A home with a stopped server; copying it is quicker than making one."""
    made = Path(tempfile.mkdtemp(prefix="solde-e-", dir=quick_root))
    made.chmod(0o711)
    settings = Settings(home=made / "home", server_options=SMALL)
    ensure_database(settings)
    stop(settings)
    yield settings.home
    shutil.rmtree(made)


@pytest.fixture
def empty(folder: Path) -> Iterator[Settings]:
    """A home without a server yet."""
    settings = Settings(home=folder / "home", server_options=SMALL)
    yield settings
    stop(settings)


@pytest.fixture
def settings(empty: Settings, made_home: Path) -> Settings:
    """A home with a server that does not run."""
    subprocess.run(["cp", "-a", str(made_home), str(empty.home)], check=True)
    return empty
