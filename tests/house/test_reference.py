"""The generated pages of docs/reference say what the code says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_refusal_catalogue_is_complete(root: Path) -> None:
    # In a process of its own: tests may declare codes that are not the product's.
    asked = [sys.executable, str(root / "scripts/make_reference.py"), "--check"]
    path = os.environ | {"PYTHONPATH": str(root / "src")}
    result = subprocess.run(asked, capture_output=True, text=True, check=False, env=path)
    assert result.returncode == 0, result.stdout + result.stderr
