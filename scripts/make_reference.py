"""Write the pages of docs/reference that come from the code.

Run by `make reference`. With `--check` nothing is written: the pages that differ are named and the exit code is 1.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path

import solde
from solde.kernel.refusals import CATALOGUE, Kind

TARGET = Path(__file__).parents[1] / "docs/reference"
# Run by Alembic alone, never imported.
NOT_IMPORTED = ("solde.db.migrations.",)


def import_everything() -> None:
    """Import every module of Solde, so that every refusal code is declared."""
    for module in pkgutil.walk_packages(solde.__path__, "solde."):
        if not module.name.startswith(NOT_IMPORTED) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def refusals_page() -> str:
    """The catalogue of refusal codes, by kind and code."""
    lines = [
        "# Refusals",
        "",
        'Every "no" has a stable code. A program reads the code; a person reads the message that comes with it, and',
        "the advice below. The command line exits with 1 and writes the refusals to standard error.",
        "",
    ]
    for kind in Kind:
        entries = sorted((entry for entry in CATALOGUE.values() if entry.kind is kind), key=lambda entry: entry.code)
        lines += [f"## {kind.value.replace('_', ' ').capitalize()}", "", "| Code | What to do |", "|---|---|"]
        lines += [f"| `{entry.code}` | {cell(entry.advice)} |" for entry in entries]
        lines.append("")
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text inside a table: its own bars do not end the cell."""
    return text.replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {"refusals.md": refusals_page}


def stale_pages() -> dict[str, str]:
    """The pages whose text in the repository is not what the code gives, with the text they should have."""
    wanted = {name: make() for name, make in PAGES.items()}
    return {name: text for name, text in wanted.items() if read(TARGET / name) != text}


def read(path: Path) -> str | None:
    """The text of a file, or None where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """Write the pages, or only compare them; gives the exit code."""
    import_everything()
    stale = stale_pages()
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is stale; run: make reference")
        return 1 if stale else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in stale.items():
        (TARGET / name).write_text(text, encoding="utf-8")
        print(f"reference: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
