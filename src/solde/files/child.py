"""The program that reads a file and nothing else: whatever the file does to it, the server lives on.

It is started with one argument, what is asked, and writes frames to its standard output: first what it saw of the file, then the
rows below the header. Its memory and time are bounded by itself before it touches the file.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from solde.kernel.refusals import Refused, refuse
from solde.kernel.texts import packed, say

from .books import open_book
from .codes import FILE_EMPTY, FILE_TOO_LARGE, HEADER_NOT_FOUND
from .frames import MEMORY_MOST, MEMORY_SETTING, SECONDS_MOST, Ended, FileSurvey, Frame, ReadRequest, Rows
from .model import RawCell, Survey, Wanted
from .names import LINES_SEARCHED, find_header, known_in, plain_name
from .shapes import ROWS_SHOWN, ColumnShapes, odd_rows
from .tables import RawLine, Table, TextTable, blank, find_encoding, is_workbook

ROWS_A_FRAME = 500
TEXT_MOST = 200


def main() -> None:
    """Read the file that the first argument names, as it says."""
    _bound()
    asked = msgspec.json.decode(sys.argv[1], type=ReadRequest)
    try:
        for frame in _frames(asked):
            _send(frame)
        _send(Ended())
    except Refused as refused:
        _send(Ended([(one.code, packed(one.text), one.line) for one in refused.refusals]))
    except MemoryError:
        _send(Ended([(FILE_TOO_LARGE.code, packed(say("reading the file takes more memory than a file may")), None)]))


def _bound() -> None:
    """Bound memory and time where the system can, so that no file takes the machine."""
    try:
        import resource
    except ImportError:  # pragma: no cover — not on Windows
        return
    for limit, most in (
        (resource.RLIMIT_AS, int(os.environ.get(MEMORY_SETTING, MEMORY_MOST))),
        (resource.RLIMIT_CPU, SECONDS_MOST),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


_encoder = msgspec.msgpack.Encoder()


def _send(frame: Frame) -> None:
    body = _encoder.encode(frame)
    sys.stdout.buffer.write(len(body).to_bytes(4, "big") + body)
    sys.stdout.buffer.flush()


def _frames(asked: ReadRequest) -> Iterator[Frame]:
    path, wanted = Path(asked.path), Wanted(asked.names, asked.survey)
    table, sheets = _open(path, asked, wanted)
    header_row, columns = _find_header(table, asked)
    looked_at = _looked_at(columns, asked)
    told = _survey(_body(table, header_row), looked_at) if any(looked_at) else {}
    seen = Survey(
        columns=columns,
        header_row=header_row,
        encoding=table.encoding,
        separator=table.separator,
        sheets=sheets,
        sheet=table.sheet,
        **told,  # type: ignore[arg-type]
    )
    yield FileSurvey(seen)
    if asked.rows:
        lines = _body(table, header_row)
        while batch := list(itertools.islice(lines, ROWS_A_FRAME)):
            yield Rows([(line, list(cells)) for line, cells in batch])


def _open(path: Path, asked: ReadRequest, wanted: Wanted) -> tuple[Table, list[str]]:
    if is_workbook(path):
        return open_book(path, asked.sheet, wanted)
    return TextTable(path, asked.encoding or find_encoding(path), asked.separator), []


def _find_header(table: Table, asked: ReadRequest) -> tuple[int, list[str]]:
    """The line of the header, and what stands in it.

    Refuses: file_empty, header_not_found.
    """
    filled = ((line, cells) for line, cells in table.lines() if not blank(cells))
    if isinstance(asked.header_row, int):
        number = asked.header_row
        chosen = next(((line, cells) for line, cells in filled if line >= number), None)
        if chosen is None or chosen[0] != number:
            raise Refused(
                refuse(HEADER_NOT_FOUND, "no header begins on line {number}", number=number, field="header_row")
            )
    else:
        beginning = list(itertools.islice(filled, LINES_SEARCHED))
        if not beginning:
            raise Refused(refuse(FILE_EMPTY, "the file holds no line"))
        chosen = beginning[find_header(beginning, asked.names)]
        if asked.header_row == "find" and not known_in(chosen[1], asked.names):
            said = say(
                "none of the first {lines_searched} lines names a column that is known", lines_searched=LINES_SEARCHED
            )
            raise Refused(refuse(HEADER_NOT_FOUND, said, field="header_row"))
    return chosen[0], [_title(cell) for cell in chosen[1]]


def _title(cell: RawCell) -> str:
    text = f"{cell:.15g}" if isinstance(cell, float) else cell["d"] if isinstance(cell, dict) else str(cell)
    return text.replace("\0", "\ufffd").strip()[:TEXT_MOST]


def _body(table: Table, header_row: int) -> Iterator[RawLine]:
    return ((line, cells) for line, cells in table.lines() if line > header_row and not blank(cells))


def _looked_at(columns: Sequence[str], asked: ReadRequest) -> list[bool]:
    """Which columns are looked at cell by cell."""
    if not asked.survey or asked.survey_of is None:
        return [asked.survey] * len(columns)
    return [asked.names.get(plain_name(column)) in asked.survey_of for column in columns]


def _survey(lines: Iterator[RawLine], looked_at: Sequence[bool]) -> dict[str, object]:
    """Look at every cell below the header in these columns."""
    seen = [ColumnShapes() for _ in looked_at]
    chosen = [(place, column) for place, column in enumerate(seen) if looked_at[place]]
    first: list[RawLine] = []
    rows = 0
    for line, cells in lines:
        rows += 1
        if len(first) < ROWS_SHOWN:
            first.append((line, cells))
        for place, column in chosen:
            if place < len(cells):
                column.see(cells[place], line, cells)
    odd = odd_rows(seen, {line for line, _ in first})
    width = len(seen)
    return {
        "rows": rows,
        "first": [(line, _kept(cells, width)) for line, cells in first],
        "odd": [(line, _kept(cells, width)) for line, cells in odd],
        "shapes": [[] if column.is_text else column.told() for column in seen],
    }


def _kept(cells: Sequence[RawCell], width: int) -> list[RawCell]:
    return [cell.replace("\0", "\ufffd")[:TEXT_MOST] if isinstance(cell, str) else cell for cell in cells[:width]]


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # Nobody listens any more.
        os._exit(0)
