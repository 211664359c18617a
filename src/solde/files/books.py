"""Workbooks, opened with care: how large a sheet would be is known before it is made dense. Only the child does it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from solde.kernel.refusals import Refused, refuse
from solde.kernel.texts import say

from .codes import FILE_TOO_LARGE, FILE_UNREADABLE, SHEET_TOO_WIDE, UNKNOWN_SHEET
from .model import Wanted
from .names import LINES_SEARCHED, SURE, known_in
from .tables import SheetTable

UNPACKED_MOST = 1 << 30
"""Bytes a workbook may unpack to."""
PACKED_LEAST, RATIO_MOST = 100_000_000, 200
"""What unpacks to more than so many bytes may be so many times its packed size; workbooks are 5 to 20 times."""
AREA_MOST = 20_000_000
"""Cells of a sheet, blank ones within its table too."""
PART_MOST = 50_000_000
SHEETS_SEARCHED = 10

# A cell that holds something: <c r="B7" s="1"><v>. One that is only formatted is closed at once: <c r="B7" s="1"/>.
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^/>])?>')
_CHUNK, _OVERLAP = 1 << 20, 512
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def open_book(path: Path, sheet: str | None, wanted: Wanted) -> tuple[SheetTable, list[str]]:
    """The sheet of that name, or the first that names columns that are wanted; and the names of all sheets.

    Refuses: file_unreadable, file_too_large, sheet_too_large, unknown_sheet.
    """
    # Only workbooks need the library.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        parts = _check_size(path)
        book = CalamineWorkbook.from_path(path)
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            said = say("the workbook has no sheet {sheet!r}; it has {names}", sheet=sheet, names=", ".join(names))
            raise Refused(refuse(UNKNOWN_SHEET, said))
        return _find_sheet(path, book, parts, [sheet] if sheet is not None else names, wanted), names
    except (zipfile.BadZipFile, CalamineError) as error:
        raise Refused(refuse(FILE_UNREADABLE, "the file is no workbook: {error}", error=str(error))) from error


def _find_sheet(path: Path, book: Any, parts: dict[str, str], names: list[str], wanted: Wanted) -> SheetTable:
    first: SheetTable | None = None
    for name in names[:SHEETS_SEARCHED]:
        _check_area(path, parts.get(name), name)
        table = SheetTable(name, book.get_sheet_by_name(name))
        if len(names) == 1 or _is_wanted(table, wanted):
            return table
        first = first or table
    if first is None:
        raise Refused(refuse(FILE_UNREADABLE, "the workbook has no sheet"))
    return first


def _is_wanted(table: SheetTable, wanted: Wanted) -> bool:
    beginning = (cells for (_, cells), _ in zip(table.lines(), range(LINES_SEARCHED), strict=False))
    return any(known_in(cells, wanted.names) >= SURE for cells in beginning)


def _check_size(path: Path) -> dict[str, str]:
    """The part of the archive each sheet is in, where the workbook tells it as Excel does."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = max(1, sum(entry.compress_size for entry in entries))
        if unpacked > UNPACKED_MOST or (unpacked > PACKED_LEAST and unpacked > RATIO_MOST * packed):
            raise Refused(refuse(FILE_TOO_LARGE, "the file unpacks to {unpacked} MB", unpacked=unpacked >> 20))
        try:
            return _parts(archive)
        except (KeyError, ElementTree.ParseError):
            return {}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    def root(name: str) -> ElementTree.Element:
        if archive.getinfo(name).file_size > PART_MOST:
            raise Refused(
                refuse(
                    FILE_TOO_LARGE, "{name} unpacks to more than {part_most} MB", name=name, part_most=PART_MOST >> 20
                )
            )
        return ElementTree.fromstring(archive.read(name))  # noqa: S314 — see above

    targets = {one.get("Id"): one.get("Target", "") for one in root("xl/_rels/workbook.xml.rels")}
    sheets = root("xl/workbook.xml").iter(f"{_MAIN}sheet")
    places = {one.get("name", ""): targets.get(one.get(_REL), "") for one in sheets}
    return {name: place.lstrip("/") if place.startswith("/") else f"xl/{place}" for name, place in places.items()}


def _check_area(path: Path, part: str | None, name: str) -> None:
    """Refuse a sheet whose filled cells lie too far apart to be laid out."""
    with zipfile.ZipFile(path) as archive:
        if part is None or part not in archive.namelist():
            return
        row, column, far = _extent(archive, part)
    if row * column > AREA_MOST:
        said = say(
            "the sheet {name!r} reaches to {far}: {row_number:,} rows and {column:,} columns",
            name=name,
            far=far,
            row_number=row,
            column=column,
        )
        raise Refused(refuse(SHEET_TOO_WIDE, said))


def _extent(archive: zipfile.ZipFile, part: str) -> tuple[int, int, str]:
    """The last row and column in which anything stands, and the cell furthest away."""
    row, letters, rest = 0, b"A", b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            text = rest + chunk
            for column, line in _CELL.findall(text):
                row = max(row, int(line))
                letters = max(letters, column, key=lambda one: (len(one), one))
            rest = text[-_OVERLAP:]
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return row, number, f"{letters.decode()}{row}"
