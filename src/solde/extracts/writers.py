"""Write a table as CSV or JSON Lines; `workbook` writes it for Excel.

Text never becomes a formula: in CSV a text that a spreadsheet would take for one gets a quote before it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import IO

from solde.kernel.money import plain

from .model import Column, FileFormat, Value, Writer
from .workbook import WorkbookWriter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def open_writer(
    form: FileFormat, out: IO[bytes], title: str, columns: Sequence[Column], *, headed: bool = False
) -> Writer:
    """A writer of a form on a binary stream, which need not be seekable.

    CSV begins with the names of the columns, for programs; `headed`, with their headers, for people.
    """
    if form is FileFormat.XLSX:
        return WorkbookWriter(out, title, columns)
    if form is FileFormat.JSONL:
        return JsonLinesWriter(out, columns)
    return CsvWriter(out, [column.header if headed else column.name for column in columns])


class CsvWriter:
    """Comma-separated, UTF-8 with a mark at the front, which Excel needs to know it."""

    def __init__(self, out: IO[bytes], heads: Sequence[str]) -> None:
        self._out = out
        self._line = io.StringIO(newline="")
        self._csv = csv.writer(self._line)
        out.write(b"\xef\xbb\xbf")
        self._write(heads)

    def _write(self, cells: Sequence[str]) -> None:
        self._csv.writerow(cells)
        self._out.write(self._line.getvalue().encode())
        self._line.seek(0)
        self._line.truncate()

    def row(self, values: Sequence[Value]) -> None:
        """Write a row."""
        self._write([_cell(value) for value in values])

    def total(self, values: Sequence[Value]) -> None:
        """Write a row of totals."""
        self.row(values)

    def close(self) -> None:
        """Nothing comes last."""


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.replace("\0", "")
        return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
    return _text(value)


def _text(value: int | Decimal | date) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)


class JsonLinesWriter:
    """One JSON object a line, money as text; totals are objects with a `total`."""

    def __init__(self, out: IO[bytes], columns: Sequence[Column]) -> None:
        self._out = out
        self._names = [column.name for column in columns]

    def row(self, values: Sequence[Value]) -> None:
        """Write a row."""
        self._write(dict(zip(self._names, map(_json_value, values), strict=True)))

    def total(self, values: Sequence[Value]) -> None:
        """Write the totals, without the columns that have none."""
        named = zip(self._names, map(_json_value, values), strict=True)
        self._write({"total": {name: value for name, value in named if value is not None}})

    def _write(self, found: dict[str, object]) -> None:
        self._out.write(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        """Nothing comes last."""


def _json_value(value: Value) -> str | int | None:
    return value if value is None or isinstance(value, str | int) else _text(value)
