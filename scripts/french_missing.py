"""List the texts of pages that a language's catalogue lacks: `python scripts/french_missing.py`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

WEB = Path(__file__).parents[1] / "src/solde/app/web"
CALL = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


def texts() -> dict[str, str]:
    """Every literal text that is translated, with the file where it is first met."""
    found: dict[str, str] = {}
    for file in sorted([*WEB.rglob("*.html"), *WEB.rglob("*.py")]):
        for double, single in CALL.findall(file.read_text(encoding="utf-8")):
            found.setdefault(
                (double or single).replace('\\"', '"').replace("\\'", "'"), file.relative_to(WEB).as_posix()
            )
    return found


def missing(language: str = "fr") -> dict[str, str]:
    """Those without an entry."""
    sys.path.insert(0, str(WEB.parents[2]))
    from solde.app.web.i18n import catalogue

    known = catalogue(language)
    return {text: file for text, file in texts().items() if text not in known}


if __name__ == "__main__":
    for text, file in missing().items():
        print(f"{file}: {text}")
