"""What the house's tests look at: the files of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {
    ".git",
    ".venv",
    "site",
    "build",
    "dist",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "__pycache__",
}


def _tracked() -> list[Path]:
    """Files that are or may be committed; without git (an unpacked archive): all but what tools leave."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked_files() -> list[Path]:
    return _tracked()


@pytest.fixture(scope="session")
def source_files(tracked_files: list[Path]) -> list[Path]:
    return [path for path in tracked_files if path.suffix == ".py" and path.is_relative_to(ROOT / "src")]
