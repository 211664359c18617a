"""Headers of files, and which of the first lines of a file is its header. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LINES_SEARCHED = 60
"""Lines among which the header is looked for."""
SURE = 2
"""Known names that make a line the header."""

_NUMBER = re.compile(r"[-+(]*[\d.,' ]*\d[\d.,' )-]*")


def plain_name(header: str) -> str:
    """A header as canonical columns are written: lower case, words joined by _."""
    return "_".join(header.casefold().replace("-", " ").replace("_", " ").split())


def known_in(cells: Sequence[object], names: Mapping[str, str]) -> int:
    """How many different columns a line names."""
    return len({names[plain] for cell in cells if isinstance(cell, str) and (plain := plain_name(cell)) in names})


def find_header(lines: Sequence[tuple[int, Sequence[object]]], names: Mapping[str, str]) -> int:
    """The place of the header among the first lines: the one that names the most known columns; else the fullest without numbers."""
    known = [known_in(cells, names) for _, cells in lines]
    if max(known) >= SURE or len(lines) == 1:
        return known.index(max(known))
    filled = [_titles(cells) for _, cells in lines]
    return filled.index(max(filled))


def _titles(cells: Sequence[object]) -> int:
    """How many titles a line holds; none where it holds anything but titles."""
    texts = [cell.strip() if isinstance(cell, str) else None for cell in cells]
    if any(text is None or (text and _NUMBER.fullmatch(text)) for text in texts):
        return 0
    return sum(bool(text) for text in texts)
