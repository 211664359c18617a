"""Read the rows of a file: CSV in any usual form, or the first sheet of an xlsx workbook.

Rows come one by one with the line they begin on; the first is the header. Blank lines are left out.
A CSV file is never held whole; a workbook is, by the library that reads it.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from solde.kernel.refusals import Kind, Refused, declare, refuse

from .model import Cell, FileMapping

FILE_UNREADABLE = declare("file_unreadable", Kind.INVALID, "Give a CSV file with a header line, or an xlsx workbook.")
FILE_NOT_TEXT = declare(
    "file_not_in_encoding",
    Kind.INVALID,
    'Save the file as UTF-8, or name its encoding in the mapping, such as encoding = "cp1252".',
)
FILE_EMPTY = declare("file_empty", Kind.INVALID, "Give a file with a header line and rows.")
FILE_TOO_LARGE = declare("file_too_large", Kind.INVALID, "Save the workbook as CSV; a CSV file may be of any size.")

Line = tuple[int, Sequence[Cell]]

UNPACKED_MOST = 1 << 30
"""Bytes a workbook may unpack to."""
SEPARATORS = ",;\t|"
ZIP_MARK = b"PK\x03\x04"


def read_lines(path: Path, mapping: FileMapping) -> Iterator[Line]:
    """Every line of a file that is not blank, with its line number, the header first.

    Refuses: file_unreadable, file_not_in_encoding, file_empty, file_too_large.
    """
    try:
        with path.open("rb") as file:
            mark = file.read(4)
    except OSError as error:
        raise Refused(refuse(FILE_UNREADABLE, f"{path} cannot be read: {error.strerror}")) from error
    lines = _workbook_lines(path) if mark == ZIP_MARK else _text_lines(path, mapping)
    filled = (line for line in lines if any(cell != "" and str(cell).strip() for cell in line[1]))
    first = next(filled, None)
    if first is None:
        raise Refused(refuse(FILE_EMPTY, f"{path.name} holds no line"))
    yield first
    yield from filled


def _text_lines(path: Path, mapping: FileMapping) -> Iterator[Line]:
    encoding = "utf-8-sig" if mapping.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else mapping.encoding
    begin = 1
    with path.open(encoding=encoding, newline="") as file:
        try:
            reader = csv.reader(file, delimiter=mapping.separator or _find_separator(file), strict=True)
            for cells in reader:
                yield begin, cells
                begin = reader.line_num + 1
        except UnicodeDecodeError as error:
            message = f"after line {begin - 1} there are bytes that are not {mapping.encoding}"
            raise Refused(refuse(FILE_NOT_TEXT, message, line=begin)) from error
        except csv.Error as error:
            raise Refused(refuse(FILE_UNREADABLE, f"the line cannot be read: {error}", line=begin)) from error


def _find_separator(file: TextIO) -> str:
    """The separator that cuts the header into the most parts."""
    header = ""
    while not header.strip():
        header = file.readline()
        if not header:
            break
    file.seek(0)
    return max(SEPARATORS, key=header.count)


def _workbook_lines(path: Path) -> Iterator[Line]:
    # Only workbooks need the library.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > UNPACKED_MOST:
            raise Refused(refuse(FILE_TOO_LARGE, f"{path.name} unpacks to {unpacked >> 20} MB"))
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        for line, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
            yield line, [_cell(value) for value in cells]
    except (zipfile.BadZipFile, CalamineError) as error:
        raise Refused(refuse(FILE_UNREADABLE, f"{path.name} is no workbook: {error}")) from error


def _cell(value: object) -> Cell:
    """A cell of a workbook: numbers as the decimals people typed, never as binary fractions."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else str(value)
