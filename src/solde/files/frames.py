"""What the child that reads a file is asked, and what it answers."""

from __future__ import annotations

from typing import Any

import msgspec

from .model import RawCell, Survey

MEMORY_MOST = 2 << 30
"""Bytes the child may take."""
MEMORY_SETTING = "SOLDE_FILE_MEMORY"
"""The setting that says another bound, in bytes."""
SECONDS_MOST = 900
"""Seconds of the processor it may take."""


class ReadRequest(msgspec.Struct, frozen=True):
    """Which file, and how it is read. `names`: headers that are known, and the column each means. `survey_of`: the
    columns that are looked at, None for all. `encoding` None: find it out.
    """

    path: str
    names: dict[str, str]
    survey: bool = False
    survey_of: list[str] | None = None
    rows: bool = True
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: int | str | None = None


class FileSurvey(msgspec.Struct, frozen=True, tag="seen"):
    """What was seen of the file before its rows."""

    survey: Survey


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Some of its rows."""

    lines: list[tuple[int, list[RawCell]]]


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """It was read to its end, or refused: code, packed text, line."""

    refusals: list[tuple[str, dict[str, Any], int | None]] = []


Frame = FileSurvey | Rows | Ended
