"""How dates and amounts are written, judged on whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from solde.files import Shape
from solde.files.amounts import read_body, read_written
from solde.files.dates import read_date
from solde.files.formats import judge_amounts, judge_dates
from solde.files.shapes import ColumnShapes


def shapes(cells: Sequence[str]) -> list[Shape]:
    column = ColumnShapes()
    for line, cell in enumerate(cells, 2):
        column.see(cell, line, [cell])
    return column.told()


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["2026-10-31", ""], ["yyyy-mm-dd"]),
        (["31/10/2026"], ["dd/mm/yyyy"]),
        (["1/2/2026", "10/31/2026"], ["mm/dd/yyyy"]),
        ([*["1/2/2026"] * 50, "31/1/2026"], ["dd/mm/yyyy"]),
        (["31.10.2026", "x"], ["dd.mm.yyyy"]),
        (["5.1.26"], ["dd.mm.yy"]),
        (["31/10/26"], ["dd/mm/yy"]),
        (["20261031"], ["yyyymmdd"]),
        (["31102026"], ["ddmmyyyy"]),
        (["2026-09-01 08:15", "2026-09-01T08:15:00Z"], ["yyyy-mm-dd"]),
        (["5 Jan 2026"], ["d mmm yyyy"]),
        (["05.01.2026", "2026-01-05"], ["dd.mm.yyyy", "yyyy-mm-dd"]),
        (["soon"], ["yyyy-mm-dd"]),
    ],
)
def test_dates_that_are_beyond_doubt(texts: list[str], formats: list[str]) -> None:
    verdict = judge_dates(shapes(texts))
    assert verdict.is_clear
    assert sorted(verdict.formats) == sorted(formats)


@pytest.mark.parametrize("texts", [["02/01/2026", "06/11/2026"], ["2-1-2026"], ["31/1/2026", "1/31/2026"], ["1/2/26"]])
def test_dates_that_may_be_read_in_two_ways_must_be_said(texts: list[str]) -> None:
    verdict = judge_dates(shapes(texts))
    assert not verdict.is_clear
    assert len(verdict.formats) >= 2
    assert verdict.example in texts


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["1610.82"], "1610.82"),
        (["12", "500"], "1610.82"),
        (["1.5", "1.234"], "1610.82"),
        (["0.500", "0.250"], "1610.82"),
        (["1610.815"], "1610.82"),
        (["1,610.82", "1,250"], "1,610.82"),
        (["1610,82"], "1610,82"),
        (["12,5", "1.610,82", "3.000"], "1.610,82"),
        (["1 610,82"], "1 610,82"),
        (["1\u00a0610,82", "1\u202f610,82"], "1 610,82"),
        (["1'610.82", "1\u2019610.82"], "1'610.82"),
        (["$1,234.50", "-$250.00", "($1,100.00)", "250.00-"], "1,610.82"),
    ],
)
def test_amounts_that_are_beyond_doubt(texts: list[str], name: str) -> None:
    verdict = judge_amounts(shapes(texts))
    assert verdict.is_clear
    assert verdict.formats == (name,)


@pytest.mark.parametrize(
    "texts",
    [["1,250", "2,000"], ["500", "120", "1.234"], ["1.250"], ["12.5", "12,5", "1.234"]],
)
def test_amounts_that_may_be_read_in_two_ways_must_be_said(texts: list[str]) -> None:
    verdict = judge_amounts(shapes(texts))
    assert not verdict.is_clear
    assert verdict.doubtful is not None


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "number"),
    [
        ("12,50", ".", ",", None),
        ("99,9", ".", ",", None),
        ("1,234.56", ".", ",", "1234.56"),
        ("12.50", ",", ".", None),
        ("1.234,56", ",", ".", "1234.56"),
        ("1,23,456", ".", ",", None),
        ("1234,567.5", ".", ",", None),
        ("1,234,567", ".", ",", "1234567"),
        (",5", ",", ".", "0.5"),
        ("1 234", ".", "", None),
    ],
)
def test_thousands_are_parted_in_groups_of_three_or_not_at_all(
    text: str, decimal: str, thousands: str, number: str | None
) -> None:
    assert read_body(text, decimal, thousands) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "body", "is_negative", "currency"),
    [
        ("250,00-", "250,00", True, ""),
        ("\u2212250", "250", True, ""),
        ("(250,00)", "250,00", True, ""),
        ("($1,100.00)", "1,100.00", True, "$"),
        ("-$250.00", "250.00", True, "$"),
        ("12\u00a0500,00 €", "12 500,00", False, "€"),
        ("EUR 5", "5", False, "EUR"),
        ("5 kr", "5", False, "kr"),
        ("1\u2019000.50 CHF", "1'000.50", False, "CHF"),
    ],
)
def test_signs_and_currencies_beside_an_amount_are_known(
    text: str, body: str, is_negative: bool, currency: str
) -> None:
    written = read_written(text)
    assert written is not None
    assert (written.body, written.is_negative, written.currency) == (body, is_negative, currency)


@pytest.mark.parametrize("text", ["--5", "-(5)", "(5", "5)", "€5€", "1e3", "abc", "", "5 5 5 ,", "9" * 61, "$", "-"])
def test_what_is_no_amount_is_none(text: str) -> None:
    written = read_written(text)
    assert written is None or written.currency or read_body(written.body, ".", ",") is None


def test_a_year_of_two_digits_and_a_time_are_understood() -> None:
    for text, format_ in [
        ("05.01.26", "dd.mm.yy"), ("5/1/2026 08:15", "d/m/yyyy"), ("2026-01-05T08:15:00+01:00", "yyyy-mm-dd"),
        ("5 January 2026", "d mmm yyyy"), ("1/5/2026 8:15 PM", "m/d/yyyy"),
    ]:  # fmt: skip
        assert str(read_date(text, [format_])) == "2026-01-05", text


def test_several_formats_are_tried_in_their_order() -> None:
    assert str(read_date("1/2/2026", ["yyyy-mm-dd", "d/m/yyyy"])) == "2026-02-01"
    assert read_date("31/31/2026", ["d/m/yyyy"]) is None
