"""What README and the pages of the guide tell a reader to type, and in which ledger.

A page says it beside its blocks, in comments that no reader sees:

- `<!-- ledger: demo -->` what follows works on the demo company; `empty`: on an empty ledger; `examples`, and without it: on
  the receivables of `examples/receivables.csv`. Each time it is a fresh ledger;
- `<!-- before: … -->` what has to be done first, so that the next block is as the text says;
- `<!-- file: name -->` the next block is what stands in that file;
- `<!-- not run: why -->` the next block is not to be run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"README.md": ROOT / "README.md"} | {f.name: f for f in sorted((ROOT / "docs" / "guide").glob("*.md"))}

_PIECE = re.compile(
    r"^<!-- (?P<word>ledger|before|file|not run):(?P<said>.*?)-->$|^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_ASKED = re.compile(r"(GET|POST|PUT|PATCH|DELETE)\s+(\S+)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page: its language, its text, the line it begins at, why it is not run, the file it stands for."""

    language: str
    text: str
    line: int
    not_run: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a block."""

    method: str
    path: str
    body: Any


def sections_of(text: str) -> list[tuple[str, list[Block]]]:
    """The blocks of a page in order, by the ledger they work on; what has to be done before one comes as a block of its own."""
    sections: list[tuple[str, list[Block]]] = [("examples", [])]
    told = {"not run": "", "file": ""}
    for piece in _PIECE.finditer(text):
        line, word = text.count("\n", 0, piece.start()) + 1, piece["word"]
        if word is None:
            sections[-1][1].append(Block(piece["language"], piece["text"], line, told["not run"], told["file"]))
            told = {"not run": "", "file": ""}
        elif word == "ledger":
            sections.append((piece["said"].strip(), []))
        elif word == "before":
            sections[-1][1].extend(Block(kind, lines, line) for kind, lines in _told_apart(piece["said"].strip()))
        else:
            told[word] = piece["said"].strip()
    return [section for section in sections if section[1]]


def _told_apart(text: str) -> Iterator[tuple[str, str]]:
    """Each line of what comes before, by whether it is a request or a command."""
    for line in text.splitlines():
        yield ("http" if _ASKED.match(line) else "sh", line.strip() + "\n")


def requests_of(text: str) -> Iterator[Asked]:
    """The requests of a block: method, address, body; what follows a body is a word to the reader."""
    for request in re.split(r"\n(?=\S)", text.strip()):
        asked = _ASKED.fullmatch(request)
        assert asked, f"no request: {request!r}"
        body = json.JSONDecoder().raw_decode(asked[3])[0] if asked[3].startswith("{") else None
        yield Asked(asked[1], asked[2], body)
