"""Files that spreadsheets open: exact numbers, text that stays text."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from solde.extracts import Column, FieldKind, FileFormat, form_of, open_writer, workbook
from solde.extracts.model import Value
from solde.kernel.refusals import Refused

COLUMNS = (
    Column("text", "Text"),
    Column("on", "On", FieldKind.DAY),
    Column("count", "Count", FieldKind.COUNT),
    Column("amount", "Amount", FieldKind.MONEY),
)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "{=1}",
    "＝1+1",
    '=HYPERLINK("http://x","y")',
    " =1+1",
]


class OneWay(io.BytesIO):
    """A stream that cannot go back, as a response is."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise OSError

    def tell(self) -> int:
        raise OSError


def write(form: FileFormat, rows: list[list[Value]], total: list[Value] | None = None) -> bytes:
    out = OneWay()
    writer = open_writer(form, out, "A [title]: with / signs", COLUMNS)
    for row in rows:
        writer.row(row)
    if total is not None:
        writer.total(total)
    writer.close()
    return out.getvalue()


def test_a_workbook_opens_in_two_programs_with_the_same_values() -> None:
    rows: list[list[Value]] = [
        ["a & <b>", date(2026, 2, 28), 3, Decimal("918920.81")],
        [None, date(1950, 1, 1), 0, Decimal("-0.000001")],
    ]
    found = write(FileFormat.XLSX, rows, ["Total", None, 3, Decimal("918920.809999")])
    sheet = openpyxl.load_workbook(io.BytesIO(found)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["Text", "On", "Count", "Amount"]
    assert cells[1][0] == "a & <b>"
    assert cells[1][2:] == [3, 918920.81]
    assert sheet["B2"].value.date() == date(2026, 2, 28)
    assert [repr(cells[2][3]), repr(cells[3][3])] == ["-1e-06", "918920.809999"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A4"].font.bold
    other = CalamineWorkbook.from_filelike(io.BytesIO(found)).get_sheet_by_index(0).to_python()
    assert other[1] == ["a & <b>", date(2026, 2, 28), 3.0, 918920.81]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_never_becomes_a_formula(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write(FileFormat.XLSX, [[text, None, 1, None]]))).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")
    line = list(csv.reader(io.StringIO(write(FileFormat.CSV, [[text, None, 1, None]]).decode("utf-8-sig"))))[1]
    assert line[0] in ("'" + text, text)
    assert not line[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "＝"))


def test_an_amount_with_more_digits_than_a_spreadsheet_has_is_written_as_text() -> None:
    sheet = openpyxl.load_workbook(
        io.BytesIO(write(FileFormat.XLSX, [["", None, 1, Decimal("12345678901234.567890")]]))
    ).active
    assert sheet is not None
    assert sheet["D2"].value == "12345678901234.56789"


def test_characters_that_xml_forbids_do_no_harm() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write(FileFormat.XLSX, [["a\x01b\n c", None, 1, None]]))).active
    assert sheet is not None
    assert sheet["A2"].value == "a\ufffdb\n c"


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_MOST", 3)
    found = write(FileFormat.XLSX, [[str(i), None, i, None] for i in range(5)])
    book = openpyxl.load_workbook(io.BytesIO(found))
    assert [[row[2].value for row in sheet.iter_rows()] for sheet in book] == [
        ["Count", 0, 1],
        ["Count", 2, 3],
        ["Count", 4],
    ]


def test_no_part_of_a_workbook_holds_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(write(FileFormat.XLSX, [[text, None, 1, None] for text in FORMULAS]))) as archive:
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist())


def test_json_lines_hold_money_as_text() -> None:
    lines = write(
        FileFormat.JSONL, [["=x", date(2026, 1, 2), 3, Decimal("1.50")]], ["Total", None, None, Decimal(0)]
    ).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"text": "=x", "on": "2026-01-02", "count": 3, "amount": "1.5"},
        {"total": {"text": "Total", "amount": "0"}},
    ]


def test_a_csv_file_has_plain_numbers_and_marks_itself_as_utf_8() -> None:
    assert write(FileFormat.CSV, [["é,", date(2026, 1, 2), 3, Decimal("-1.50")]]).decode() == (
        '\ufefftext,on,count,amount\r\n"é,",2026-01-02,3,-1.5\r\n'
    )


def test_a_name_tells_the_form() -> None:
    assert [form_of(name) for name in ("a.xlsx", "b.CSV", "c.jsonl")] == [
        FileFormat.XLSX,
        FileFormat.CSV,
        FileFormat.JSONL,
    ]
    with pytest.raises(Refused):
        form_of("a.pdf")


@pytest.mark.parametrize(
    ("amount", "is_number"),
    [
        ("1000000000.000000", True),
        ("1234567890.120000", True),
        ("123456789012.000000", True),
        ("123456789012345.000000", True),
        ("1234567890.123456", False),
    ],
)
def test_an_amount_is_a_number_where_its_significant_digits_are_kept(amount: str, is_number: bool) -> None:
    found = write(FileFormat.XLSX, [["a", None, None, Decimal(amount)]])
    cell = openpyxl.load_workbook(io.BytesIO(found)).worksheets[0].cell(row=2, column=4)
    assert isinstance(cell.value, int | float) is is_number
