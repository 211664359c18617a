"""How a file begins: its columns and first rows; what in them tells how dates and amounts are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from solde.imports import FileMapping
from solde.imports.rules.layout import plain_name
from solde.imports.sources import FILE_NOT_TEXT, read_lines
from solde.kernel.refusals import Kind, Refused, declare, refuse

from .model import Head

TOO_WIDE = declare("file_too_wide", Kind.INVALID, "Keep the columns that are imported, and leave the others out.")

ROWS_SHOWN = 5
COLUMNS_MOST = 300
TEXT_MOST = 200
ENCODINGS = ("utf-8", "cp1252")
"""Tried in this order."""


def read_head(file: Path) -> Head:
    """The columns of a file and its first rows.

    Refuses: file_unreadable, file_not_in_encoding, file_empty, file_too_large, file_too_wide.
    """
    try:
        return _read(file, ENCODINGS[0])
    except Refused as refused:
        if refused.refusals[0].code != FILE_NOT_TEXT.code:
            raise
    return _read(file, ENCODINGS[1])


def _read(file: Path, encoding: str) -> Head:
    lines = islice(read_lines(file, FileMapping(encoding=encoding)), ROWS_SHOWN + 1)
    (_, header), *rows = lines
    columns = [_text(cell) for cell in header]
    if len(columns) > COLUMNS_MOST:
        raise Refused(refuse(TOO_WIDE, f"the file has {len(columns)} columns; {COLUMNS_MOST} are read"))
    return Head(columns, [[_text(cell) for cell in row[: len(columns)]] for _, row in rows], encoding)


def _text(cell: object) -> str:
    return str(cell).replace("\0", "\ufffd").strip()[:TEXT_MOST]


def guess_columns(header: Sequence[str], columns: Sequence[str], also: dict[str, str]) -> dict[int, str]:
    """What each place of a file probably holds: the canonical column of that name, of a name it also has, or of one near it.

    `also`: further names of canonical columns, written as `plain_name` writes them. Each column is guessed once.
    """
    found: dict[int, str] = {}
    names = {**{plain_name(column): column for column in columns}, **also}
    for exact in (True, False):
        for place, title in enumerate(header):
            plain = plain_name(title)
            near = names.get(plain) if exact else _near(plain, names)
            if place not in found and near is not None and near not in found.values():
                found[place] = near
    return found


def _near(plain: str, names: dict[str, str]) -> str | None:
    close = get_close_matches(plain, list(names), 1, cutoff=0.86) if plain else []
    return names[close[0]] if close else None


DATE_FORMATS = ("yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "dd-mm-yyyy", "yyyy/mm/dd", "yyyymmdd")


def guess_date_format(texts: Sequence[str]) -> str:
    """How dates are written in those of these texts that are dates; day before month where both would do."""
    given = [text for text in texts if any(_fits(text, one) for one in DATE_FORMATS)]
    fits = [one for one in DATE_FORMATS if given and all(_fits(text, one) for text in given)]
    return fits[0] if fits else DATE_FORMATS[0]


def _fits(text: str, pattern: str) -> bool:
    separator = next((c for c in "-/." if c in pattern), "")
    parts = text.split(separator) if separator else [text[:4], text[4:6], text[6:]]
    names = pattern.split(separator) if separator else ["yyyy", "mm", "dd"]
    if len(parts) != len(names) or not all(part.isascii() and part.isdigit() for part in parts):
        return False
    by_name = dict(zip(names, parts, strict=True))
    has_year = len(by_name["yyyy"]) == 4
    return has_year and 1 <= int(by_name["mm"]) <= 12 and 1 <= int(by_name["dd"]) <= 31


AMOUNT_FORMATS: Mapping[str, tuple[str, str]] = {
    "1610.82": (".", ""),
    "1,610.82": (".", ","),
    "1610,82": (",", ""),
    "1.610,82": (",", "."),
    "1 610,82": (",", " "),
}
"""How amounts may be written: the decimal sign, and what parts thousands."""

_AMOUNTS = {
    "1,610.82": re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?"),
    "1.610,82": re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?"),
    "1 610,82": re.compile(r"-?\d{1,3}( \d{3})+(,\d+)?"),
    "1610,82": re.compile(r"-?\d+,\d+"),
}


def guess_amount_format(texts: Sequence[str]) -> str:
    """How amounts are written in these texts. Without a sign that tells, the point parts the decimals and nothing thousands."""
    for name, pattern in _AMOUNTS.items():
        decimal, thousands = AMOUNT_FORMATS[name]
        both = any(decimal in text and (not thousands or thousands in text) for text in texts)
        if both and any(pattern.fullmatch(text) for text in texts):
            return name
    return "1610.82"
