"""One installation for the tests that kill its parts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ops.served import Served, receiving

from solde.db import Settings, stop


@pytest.fixture(scope="module")
def installed(quick_root: Path) -> Iterator[Served]:
    """A home with a database, a token and a webhook; its server does not run yet."""
    folder = Path(tempfile.mkdtemp(prefix="solde-o-", dir=quick_root))
    folder.chmod(0o711)
    settings = Settings(home=folder / "home")
    with receiving() as receiver:
        one = Served(settings.home, receiver)
        one.furnish()
        yield one
        one.stop()
        stop(settings)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def served(installed: Served) -> Served:
    """The same, with two processes that answer."""
    installed.start("--workers", "2")
    return installed
