"""The lines of a file, read in this very program: only the child does it. CSV in any usual form, or a sheet of a workbook."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from solde.kernel.refusals import Refused, refuse
from solde.kernel.texts import say

from .codes import FILE_NOT_TEXT, FILE_TOO_WIDE, FILE_UNREADABLE
from .model import RawCell

RawLine = tuple[int, Sequence[RawCell]]

SEPARATORS = ",;\t|"
ZIP_MARK = b"PK\x03\x04"
FALLBACK = "cp1252"
CELL_MOST = 131_072
"""Characters of a cell; Excel allows 32,767."""
CELLS_MOST = 16_384
"""Cells of a line, as many as a sheet of a workbook can have."""
_SEP = re.compile(r"(?i)\ufeff?\"?sep=(.)\"?\s*")
_QUOTED = re.compile(r'"[^"]*"')
SAMPLE_LINES = 60
CHUNK = 1 << 20


class Table(Protocol):
    """Lines that can be read more than once."""

    @property
    def encoding(self) -> str:
        """How its characters are written."""
        ...

    @property
    def separator(self) -> str | None:
        """What parts its cells, where something does."""
        ...

    @property
    def sheet(self) -> str | None:
        """The sheet of the workbook it is on."""
        ...

    def lines(self) -> Iterator[RawLine]:
        """The lines with their numbers; blank ones may be left away."""
        ...


def blank(cells: Sequence[RawCell]) -> bool:
    """Does a line hold nothing?"""
    return not any(not isinstance(cell, str) or cell.strip() for cell in cells)


def find_encoding(path: Path) -> str:
    """UTF-8 or UTF-16 where the bytes are such, else that of older Windows programs."""
    with path.open("rb") as file:
        mark = file.read(2)
        if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while part := file.read(CHUNK):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return FALLBACK
    return "utf-8"


@dataclass
class TextTable:
    """A CSV file; the sign that parts its cells is found out where it is not said."""

    path: Path
    encoding: str
    separator: str | None = None
    sheet: None = None
    _skipped: int = 0

    def __post_init__(self) -> None:
        with self.path.open(encoding=self._codec(), newline="") as file:
            sample: list[str] = []
            try:
                while len(sample) < SAMPLE_LINES and (line := file.readline(CELL_MOST)):
                    sample.append(line)
            except UnicodeDecodeError as error:
                raise self._not_text(len(sample) + 1) from error
        if sample and (said := _SEP.fullmatch(sample[0])):
            self._skipped = 1
            self.separator = self.separator or said[1]
        self.separator = self.separator or _find_separator(sample)

    def _codec(self) -> str:
        return "utf-8-sig" if self.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else self.encoding

    def _not_text(self, line: int) -> Refused:
        said = say(
            "from line {at_line} on there are bytes that are not {encoding}", at_line=line, encoding=self.encoding
        )
        return Refused(refuse(FILE_NOT_TEXT, said, line=line))

    def lines(self) -> Iterator[RawLine]:
        """The lines of the file; a line where nothing stands is left away."""
        begin = 1 + self._skipped
        with self.path.open(encoding=self._codec(), newline="") as file:
            for _ in range(self._skipped):
                file.readline()
            try:
                reader = csv.reader(file, delimiter=self.separator or ",", strict=True)
                for cells in reader:
                    if len(cells) > CELLS_MOST:
                        raise Refused(refuse(FILE_TOO_WIDE, "the line has {count} cells", count=len(cells), line=begin))
                    if cells:
                        yield begin, cells
                    begin = reader.line_num + 1 + self._skipped
            except UnicodeDecodeError as error:
                raise self._not_text(begin) from error
            except csv.Error as error:
                raise Refused(
                    refuse(FILE_UNREADABLE, "the line cannot be read: {error}", error=str(error), line=begin)
                ) from error


def _find_separator(sample: Sequence[str]) -> str:
    """The sign that cuts most lines into the same many parts."""

    def score(sign: str) -> int:
        counts = Counter(count for line in sample if (count := _QUOTED.sub("", line).count(sign)))
        return max((count * lines for count, lines in counts.items()), default=0)

    return max(SEPARATORS, key=score)


class SheetTable:
    """A sheet of a workbook, held whole by the library that reads it."""

    encoding = "utf-8"
    separator = None

    def __init__(self, name: str, sheet: object) -> None:
        self.sheet: str | None = name
        self._sheet = sheet

    def lines(self) -> Iterator[RawLine]:
        """Every line of the sheet from its first filled one; what is blank at the end of a line is left away."""
        start = self._sheet.start or (0, 0)  # type: ignore[attr-defined]
        margin: list[RawCell] = [""] * start[1]
        for line, cells in enumerate(self._sheet.iter_rows(), start[0] + 1):  # type: ignore[attr-defined]
            row = [_raw(value, line) for value in cells]
            while row and row[-1] == "":
                row.pop()
            yield line, [*margin, *row] if row else []


def _raw(value: object, line: int) -> RawCell:
    if isinstance(value, str):
        if len(value) > CELL_MOST:
            raise Refused(refuse(FILE_UNREADABLE, "a cell has {count} characters", count=len(value), line=line))
        return value
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return {"d": value.date().isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else str(value)


def is_workbook(path: Path) -> bool:
    """Does the file begin as a workbook does?

    Refuses: file_unreadable.
    """
    try:
        with path.open("rb") as file:
            return file.read(4) == ZIP_MARK
    except OSError as error:
        raise Refused(
            refuse(FILE_UNREADABLE, "{path} cannot be read: {strerror}", path=str(path), strerror=error.strerror)
        ) from error
