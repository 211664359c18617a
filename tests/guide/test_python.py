"""The Python of the guide runs as it is written, and prints what the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from guide.pages import PAGES, sections_of


def test_the_program_of_the_guide_prints_what_its_page_says(new_database_url: str, tmp_path: Path) -> None:
    blocks = [block for _, found in sections_of(PAGES["python.md"].read_text()) for block in found]
    (program,), (printed,) = ([b.text for b in blocks if b.language == kind] for kind in ("python", "text"))
    (tmp_path / "program.py").write_text(program)

    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"SOLDE_DATABASE_URL": new_database_url, "SOLDE_HOME": str(tmp_path / "home")},
    )  # fmt: skip

    assert (done.stdout, done.stderr) == (printed, "")
