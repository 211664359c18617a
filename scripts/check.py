"""Run every static check, one line each; show what a failing one said and fail at the end.

Run by `make check`. Tests are not run here; the house's own rules are tests (tests/house).
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CODE = [name for name in ("src", "tests", "scripts", "bench") if any((ROOT / name).rglob("*.py"))]
QUERIES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("queries.sql"))
TEMPLATES = sorted({str(path.parent.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.html")})

CHECKS: dict[str, list[str]] = {
    "lint": ["ruff", "check", "--quiet", *CODE],
    "layout": ["ruff", "format", "--check", "--quiet", *CODE],
    "types": ["mypy", "--no-error-summary", *CODE],
    "arrows": ["lint-imports", "--no-cache"],
    "sql": ["sqlfluff", "lint", "--disable-progress-bar", "--processes", "2", *QUERIES] if QUERIES else [],
    "templates": ["djlint", "--lint", "--quiet", *TEMPLATES] if TEMPLATES else [],
}


def run(name: str, command: list[str]) -> bool:
    """Run one check and say how it went; gives True when all is well."""
    began = time.monotonic()
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    verdict = "ok" if result.returncode == 0 else "FAILED"
    print(f"check: {name:<10} {verdict} ({time.monotonic() - began:.1f} s)", flush=True)
    if result.returncode != 0:
        print(result.stdout + result.stderr, flush=True)
    return result.returncode == 0


def main() -> int:
    """Run all checks, or those named as arguments; gives the exit code."""
    chosen = sys.argv[1:] or list(CHECKS)
    outcomes = [run(name, CHECKS[name]) for name in chosen if CHECKS[name]]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
