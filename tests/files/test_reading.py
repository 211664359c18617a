"""Files are read by a child: whatever they hold, it is the child that falls."""

from __future__ import annotations

import os
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from solde.files import Cell, FileMapping, Survey, Wanted, opened
from solde.files import frames as frames_module
from solde.kernel.refusals import Refused

NAMES = {"code": "code", "amount": "amount", "date": "date"}


async def read(
    path: Path, mapping: FileMapping | None = None, **options: object
) -> tuple[Survey, list[tuple[int, list[Cell]]]]:
    async with opened(path, mapping or FileMapping(), Wanted(NAMES, survey=True), **options) as source:  # type: ignore[arg-type]
        return source.survey, [(line, list(cells)) async for batch in source.batches for line, cells in batch]


async def refused(path: Path, mapping: FileMapping | None = None, **options: object) -> list[tuple[str, int | None]]:
    with pytest.raises(Refused) as caught:
        await read(path, mapping, **options)
    return [(one.code, one.line) for one in caught.value.refusals]


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sheet_file(folder: Path, *rows: list[object]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    path = folder / "book.xlsx"
    book.save(path)
    return path


async def test_title_lines_and_the_line_that_names_the_separator_are_skipped(tmp_path: Path) -> None:
    survey, rows = await read(written(tmp_path, "sep=;\nReport of the day;;\n\nCode;Amount;Date\nA;1;2\n\nB;3;4\n"))
    assert (survey.header_row, survey.columns, survey.rows) == (4, ["Code", "Amount", "Date"], 2)
    assert rows == [(5, ["A", "1", "2"]), (7, ["B", "3", "4"])]


async def test_the_line_of_the_header_can_be_said(tmp_path: Path) -> None:
    file = written(tmp_path, "Code,Amount\nx,y\nA,1\n")
    survey, rows = await read(file, FileMapping(header_row=2))
    assert (survey.columns, rows) == (["x", "y"], [(3, ["A", "1"])])
    assert await refused(file, FileMapping(header_row=9)) == [("header_not_found", None)]
    assert await refused(written(tmp_path, "x,y\n1,2\n"), FileMapping(header_row="find")) == [
        ("header_not_found", None)
    ]


async def test_the_sheet_with_the_table_is_found_behind_a_cover(tmp_path: Path) -> None:
    path = sheet_file(tmp_path, ["Report"], ["for you"])
    book = load_workbook(path)
    table = book.create_sheet("Items")
    table.append(["Code", "Amount"])
    table.append(["A", 5])
    book.save(path)
    survey, rows = await read(path)
    assert (survey.sheet, survey.sheets, rows) == ("Items", ["Sheet", "Items"], [(2, ["A", Decimal(5)])])
    survey, _ = await read(path, FileMapping(sheet="Sheet"))
    assert survey.columns == ["Report"]
    assert await refused(path, FileMapping(sheet="Nothing")) == [("unknown_sheet", None)]


async def test_numbers_are_those_a_workbook_shows(tmp_path: Path) -> None:
    path = sheet_file(tmp_path, ["Code", "Amount"], ["A", 0.1 + 0.2], ["B", 1234567.89], ["C", 4711])
    part = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept[part] = kept[part].replace(b"<v>0.3</v>", b"<v>0.30000000000000004</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
    _, rows = await read(path)
    assert [str(cells[1]) for _, cells in rows] == ["0.3", "1234567.89", "4711"]


async def test_a_formatted_cell_far_away_does_no_harm(tmp_path: Path) -> None:
    path = sheet_file(tmp_path, ["Code", "Amount"], ["A", 1])
    book = load_workbook(path)
    book.active["XFD1048576"].font = Font(bold=True)  # type: ignore[index]
    book.save(path)
    _, rows = await read(path)
    assert rows == [(2, ["A", Decimal(1)])]


async def test_a_filled_cell_far_away_is_refused_with_its_place(tmp_path: Path) -> None:
    path = sheet_file(tmp_path, ["Code", "Amount"], ["A", 1])
    book = load_workbook(path)
    book.active["XFD1048576"] = "x"  # type: ignore[index]
    book.save(path)
    with pytest.raises(Refused) as caught:
        await read(path)
    (refusal,) = caught.value.refusals
    assert refusal.code == "sheet_too_large"
    assert "XFD1048576" in refusal.message


def rewritten(path: Path, content: bytes) -> Path:
    """The workbook with another first sheet."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept["xl/worksheets/sheet1.xml"] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in kept.items():
            archive.writestr(name, body)
    return path


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


async def test_a_far_cell_that_hides_its_place_ends_the_child_alone(tmp_path: Path) -> None:
    """The row has a number, its cell has none: only the library lays it out, and the bound of memory holds."""
    sheet = HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c  r = "XFD1048576"><v>1</v></c></row>'
    path = rewritten(sheet_file(tmp_path, ["Code"]), sheet + b"</sheetData></worksheet>")
    (refusal,) = await refused(path)
    assert refusal[0] in ("file_too_large", "sheet_too_large")


async def test_a_workbook_that_unpacks_to_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * 120_000_000 + b"</t></is></c></row>"
    path = rewritten(sheet_file(tmp_path, ["Code"]), HEAD + cell + b"</sheetData></worksheet>")
    assert path.stat().st_size < 2_000_000
    assert await refused(path) == [("file_too_large", None)]


async def test_a_cell_longer_than_any_text_is_refused(tmp_path: Path) -> None:
    assert await refused(written(tmp_path, "Code,Amount\nA," + "9" * 200_000 + "\n")) == [("file_unreadable", 2)]


async def test_a_line_of_more_cells_than_any_sheet_has_is_refused(tmp_path: Path) -> None:
    assert await refused(written(tmp_path, "Code," * 20_000 + "\n")) == [("file_too_wide", 1)]


async def test_blank_lines_count_as_lines_and_are_no_rows(tmp_path: Path) -> None:
    _, rows = await read(written(tmp_path, "Code,Amount\n\n\nA,1\n\nB,2\n"))
    assert [line for line, _ in rows] == [4, 6]


async def test_a_child_that_says_nothing_is_ended(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert await refused(pipe, silent_seconds=0.5) == [("file_too_slow", None)]


async def test_a_child_that_needs_much_memory_is_ended_by_its_own_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    area = b'<row r="1"><c r="A1"><v>1</v></c></row>' + b"".join(
        b'<row r="%d"><c r="CV%d"><v>1</v></c></row>' % (row, row) for row in range(2, 190_001)
    )
    path = rewritten(sheet_file(tmp_path, ["Code"]), HEAD + area + b"</sheetData></worksheet>")
    monkeypatch.setenv("SOLDE_FILE_MEMORY", str(300 << 20))
    assert await refused(path) == [("file_too_large", None)]
    assert frames_module.MEMORY_MOST > 300 << 20


async def test_the_encoding_is_found_out_on_the_whole_file(tmp_path: Path) -> None:
    late = "Code,Amount\n" + "A,1\n" * 50_000
    survey, rows = await read(written(tmp_path, late.encode() + "Größe,2\n".encode("cp1252")), any_encoding=True)
    assert (survey.encoding, rows[-1][1]) == ("cp1252", ["Größe", "2"])
    survey, _ = await read(written(tmp_path, "Code,Amount\nÄ,1\n".encode("utf-16")), any_encoding=True)
    assert survey.encoding == "utf-16"


async def test_the_oddest_rows_are_shown(tmp_path: Path) -> None:
    body = "".join(f"A{n},{n % 90 + 10}.00\n" for n in range(2000))
    survey, _ = await read(written(tmp_path, f"Code,Amount\n{body}B,-1.5\n"))
    assert [row for _, row in survey.odd] == [["B", "-1.5"]]
    assert survey.rows == 2001


async def test_the_child_knows_nothing_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLDE_DATABASE_URL", "postgresql://secret")
    seen: list[dict[str, str]] = []
    start = subprocess.Popen

    def started(*args: object, **named: object) -> object:
        seen.append(named["env"])  # type: ignore[arg-type]
        return start(*args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", started)
    await read(written(tmp_path, "Code,Amount\nA,1\n"))
    assert not [value for value in seen[0].values() if "secret" in value]
