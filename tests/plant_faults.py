"""Plant known faults in a copy of the code, one at a time, and tell which of them the tests find.

python tests/plant_faults.py                   every fault, in this tree
python tests/plant_faults.py --tree OTHER      in another checkout
python tests/plant_faults.py --only seller     those whose name has this text
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from faults import FAULTS, Fault

HERE = Path(__file__).resolve().parents[1]
COPIED = ("src", "tests", "docs", "examples", "scripts", "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")
MOST_SECONDS = 900


def main() -> int:
    """Give 1 where a fault is not found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--tree", type=Path, default=HERE)
    asked.add_argument("--only", default="")
    asked.add_argument("--before", default="", help="a command to run the tests under, such as nice")
    given = asked.parse_args()
    chosen = [fault for fault in FAULTS if given.only in fault.name]
    with tempfile.TemporaryDirectory(prefix="solde-faults-") as folder:
        copy = Path(folder) / "solde"
        copy_tree(given.tree.resolve(), copy)
        said = [told(fault, plant(fault, copy, given.before.split())) for fault in chosen]
    found = said.count("found")
    print(f"{found} of {len(said)} found")
    return int(found < len(said))


def copy_tree(tree: Path, copy: Path) -> None:
    copy.mkdir()
    for name in COPIED:
        if (tree / name).is_dir():
            shutil.copytree(tree / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (tree / name).exists():
            shutil.copy(tree / name, copy / name)


def plant(fault: Fault, copy: Path, before: list[str]) -> str:
    """Plant it, run its tests, take it out again."""
    file = copy / "src" / "solde" / fault.file
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if fault.old not in text:
        return "the code is otherwise"
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
    tests = [one for one in fault.tests.split() if (copy / one).exists()]
    python = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy / "src")}
    environment.pop("SOLDE_TEST_RUN", None)
    try:
        done = subprocess.run(
            [*before, *python], cwd=copy, env=environment, capture_output=True, check=False, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "found"
    finally:
        file.write_text(text, encoding="utf-8")
    return {0: "NOT FOUND", 1: "found"}.get(done.returncode, f"the tests did not run ({done.returncode})")


def told(fault: Fault, said: str) -> str:
    print(f"{time.strftime('%H:%M:%S')}  {said:10}  {fault.name}", flush=True)
    return said


if __name__ == "__main__":
    sys.exit(main())
