"""Write a table for Excel as it comes, holding one row at a time.

A workbook is a zip of XML parts; the sheet is written straight into it, the list of sheets last. Text is written as
inline strings, which no program takes for a formula; amounts as the digits they have, never through a float.
A spreadsheet calculates with fifteen digits, so an amount with more is written as text.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from solde.kernel.decimals import fits_sheet, plain

from .model import Column, FieldKind, Value

ROWS_MOST = 1_048_576
"""Rows a sheet may have; more go to another sheet."""
DAY_ZERO = date(1899, 12, 30)
BLOCK_BYTES = 1 << 16

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"

# Positions in cellXfs below.
_HEADER, _DAY, _MONEY, _COUNT, _TOTAL_TEXT, _TOTAL_MONEY, _TOTAL_COUNT = range(1, 8)
_STYLE = {FieldKind.DAY: _DAY, FieldKind.MONEY: _MONEY, FieldKind.COUNT: _COUNT, FieldKind.TEXT: 0}
_TOTAL_STYLE = {
    FieldKind.DAY: _TOTAL_TEXT,
    FieldKind.MONEY: _TOTAL_MONEY,
    FieldKind.COUNT: _TOTAL_COUNT,
    FieldKind.TEXT: _TOTAL_TEXT,
}

_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}">
<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="165" formatCode="#,##0.00####"/><numFmt numFmtId="166" formatCode="#,##0"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FFF1F5F9"/></patternFill></fill></fills>
<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>
<border><left/><right/><top style="thin"/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1"/>
<xf numFmtId="165" fontId="1" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1"/>
<xf numFmtId="166" fontId="1" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1"/>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


class _Parts(zipfile.ZipFile):
    """Of a table that is left unfinished nothing is written when it is forgotten."""

    def __del__(self) -> None:
        """There is no file."""


class WorkbookWriter:
    """Writes one table: a header that stays in sight, rows, totals."""

    def __init__(self, out: IO[bytes], title: str, columns: Sequence[Column]) -> None:
        self._zip = _Parts(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._title = re.sub(r"[\[\]:*?/\\']", " ", _UNPRINTABLE.sub("", title))[:26].strip() or "Sheet"
        self._columns = columns
        self._letters = [_letters(i) for i in range(len(columns))]
        self._sheets = 0
        self._row = 0
        self._sheet: IO[bytes] | None = None
        self._block: list[str] = []
        self._held = 0
        self._begin_sheet()

    def row(self, values: Sequence[Value]) -> None:
        """Write a row."""
        self._write(values, [_STYLE[column.kind] for column in self._columns])

    def total(self, values: Sequence[Value]) -> None:
        """Write a row of totals, in bold under a line."""
        self._write(values, [_TOTAL_STYLE[column.kind] for column in self._columns])

    def close(self) -> None:
        """End the sheet and write the parts that list the sheets."""
        self._end_sheet()
        for name, text in _parts(self._title, self._sheets):
            self._zip.writestr(_named(name), text)
        self._zip.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._row = 0
        self._sheet = self._zip.open(_named(f"xl/worksheets/sheet{self._sheets}.xml"), "w", force_zip64=True)
        widths = "".join(
            f'<col min="{i}" max="{i}" width="{c.width}" customWidth="1"/>' for i, c in enumerate(self._columns, 1)
        )
        self._put(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{widths}</cols><sheetData>"
        )
        self._write([column.header for column in self._columns], [_HEADER] * len(self._columns))

    def _end_sheet(self) -> None:
        self._put("</sheetData></worksheet>")
        self._flush()
        assert self._sheet is not None, "a sheet is open until the end"
        self._sheet.close()

    def _write(self, values: Sequence[Value], styles: Sequence[int]) -> None:
        if self._row == ROWS_MOST:
            self._end_sheet()
            self._begin_sheet()
        self._row += 1
        place = self._row
        cells = [
            _cell(f"{letter}{place}", value, style)
            for letter, value, style in zip(self._letters, values, styles, strict=True)
            if value is not None or style >= _TOTAL_TEXT
        ]
        self._put(f'<row r="{place}">{"".join(cells)}</row>')

    def _put(self, text: str) -> None:
        self._block.append(text)
        self._held += len(text)
        if self._held >= BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        assert self._sheet is not None, "a sheet is open until the end"
        self._sheet.write("".join(self._block).encode())
        self._block, self._held = [], 0


def _named(part: str) -> zipfile.ZipInfo:
    """A part without the time it was written at, so that the same table gives the same bytes."""
    info = zipfile.ZipInfo(part, _NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    setattr(info, "_compresslevel", 4)  # noqa: B010 - without a public name before Python 3.13
    return info


def _cell(place: str, value: Value, style: int) -> str:
    if value is None:
        return f'<c r="{place}" s="{style}"/>'
    if isinstance(value, Decimal) and fits_sheet(value):
        return f'<c r="{place}" s="{style}"><v>{plain(value)}</v></c>'
    if isinstance(value, int):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="{style}"><v>{(value - DAY_ZERO).days}</v></c>'
    text = plain(value) if isinstance(value, Decimal) else _UNPRINTABLE.sub("\ufffd", value)
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(position: int) -> str:
    """The letters of a column: 0 is A, 25 Z, 26 AA."""
    letters = ""
    position += 1
    while position > 0:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _parts(title: str, sheets: int) -> list[tuple[str, str]]:
    """The parts beside the sheets."""
    numbers = range(1, sheets + 1)
    names = [title if n == 1 else f"{title} {n}" for n in numbers]
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    office = f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{entries}</sheets></workbook>'
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{_RELATIONS_TYPE}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
    )
    return [
        ("xl/styles.xml", _STYLES),
        ("xl/workbook.xml", _HEAD + book),
        ("xl/_rels/workbook.xml.rels", _relations(relations + styles)),
        ("_rels/.rels", _relations(office)),
        ("[Content_Types].xml", _HEAD + types),
    ]


def _relations(entries: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'
