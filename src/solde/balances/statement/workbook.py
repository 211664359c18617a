"""A statement of account for Excel, written as its movements come; a row of it is held at a time.

A spreadsheet calculates with fifteen digits, so an amount with more is written as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from solde.kernel.decimals import fits_sheet, plain

from .model import Movement, Statement
from .words import LANGUAGES, known_language, write_address, write_bucket

ROWS_MOST = 1_000_000
"""Movements a sheet holds; more go to another sheet."""

Value = str | int | Decimal | date | None


@dataclass(slots=True)
class _Sheet:
    """A sheet being written from above."""

    sheet: Any
    formats: dict[str, Any]
    row: int = 0

    def write(self, values: Sequence[Value], style: str = "plain") -> None:
        for column, value in enumerate(values):
            self._cell(column, value, style)
        self.row += 1

    def _cell(self, column: int, value: Value, style: str) -> None:
        if value is None:
            return
        if isinstance(value, Decimal) and fits_sheet(value):
            self.sheet.write_number(self.row, column, value, self.formats[f"{style} money"])
        elif isinstance(value, date):
            self.sheet.write_datetime(self.row, column, value, self.formats[f"{style} day"])
        elif isinstance(value, int):
            self.sheet.write_number(self.row, column, value, self.formats[style])
        else:
            text = plain(value) if isinstance(value, Decimal) else value
            self.sheet.write_string(self.row, column, text, self.formats[style])


async def write_statement(out: IO[bytes], statement: Statement, movements: AsyncIterator[Movement]) -> int:
    """Write the statement to a binary stream; gives the number of movements.

    Text never becomes a formula or a link.
    """
    words = LANGUAGES[known_language(statement.language)]
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    book.set_properties({"title": f"{words['title']} {statement.account}", "author": statement.seller.name})
    formats = _formats(book)
    _write_summary(_Sheet(book.add_worksheet(words["title"][:31]), formats), statement, words)
    sheet = _movement_sheet(book, formats, words, 1)
    count = 0
    async for movement in movements:
        if count and count % ROWS_MOST == 0:
            sheet = _movement_sheet(book, formats, words, count // ROWS_MOST + 1)
        count += 1
        sheet.write(
            [
                movement.operation_on, movement.number, movement.code, movement.label, movement.reference,
                movement.description, movement.due_on, movement.debit, movement.credit, movement.running,
            ]
        )  # fmt: skip
    total: list[Value] = [None, None, words["total"], None, None, None, None]
    sheet.write([*total, statement.debit, statement.credit, statement.closing.balance], "strong")
    _write_open(_Sheet(book.add_worksheet(words["open_items"]), formats), statement, words)
    # Packing takes seconds where there is much; other requests go on meanwhile.
    await asyncio.to_thread(book.close)
    return count


def _formats(book: Any) -> dict[str, Any]:
    styles: dict[str, dict[str, object]] = {
        "plain": {},
        "strong": {"bold": True, "top": 1},
        "head": {"bold": True, "bg_color": "#F1F5F9"},
    }
    kinds: dict[str, dict[str, object]] = {
        "": {},
        " money": {"num_format": "#,##0.00####"},
        " day": {"num_format": "yyyy-mm-dd"},
    }
    return {f"{s}{k}": book.add_format(one | more) for s, one in styles.items() for k, more in kinds.items()}


def _write_summary(to: _Sheet, s: Statement, words: Any) -> None:
    to.sheet.set_column(0, 0, 28)
    to.sheet.set_column(1, 1, 36)
    to.write([words["title"], s.account], "head")
    language = known_language(s.language)
    rows: list[tuple[str, Value]] = [
        (s.seller.name, ", ".join(write_address(s.seller, language))), (words["customer"], s.customer.name),
        *(("", line) for line in write_address(s.customer, language)), (words["customer"], s.customer_code),
        (words["currency"], s.currency), (words["balance_name"], s.definition.label),
        (words["period"], f"{s.from_on} – {s.until_on}"), (words["made_on"], s.made_on),
        (words["opening"], s.opening.balance), (words["debits"], s.debit), (words["credits"], s.credit),
        (words["closing"], s.closing.balance),
    ]  # fmt: skip
    for name, value in rows:
        to.write([name, value])
    to.write([])
    to.write([words["ageing"]], "head")
    for bucket in s.ageing.buckets:
        to.write([write_bucket(bucket, language), bucket.amount])
    to.write([words["disputed"], s.ageing.disputed])
    to.write([words["open_credits"], -s.ageing.credits])
    to.write([words["total_open"], s.ageing.total], "strong")


def _movement_sheet(book: Any, formats: dict[str, Any], words: Any, place: int) -> _Sheet:
    name = words["movements"] if place == 1 else f"{words['movements']} {place}"
    to = _Sheet(book.add_worksheet(name), formats)
    for column, width in enumerate((12, 8, 12, 24, 20, 32, 12, 16, 16, 18)):
        to.sheet.set_column(column, column, width)
    to.sheet.freeze_panes(1, 0)
    names = ("date", "number", "type", "type", "reference", "description", "due", "debit", "credit", "balance")
    to.write([words[n] for n in names], "head")
    return to


def _write_open(to: _Sheet, s: Statement, words: Any) -> None:
    for column, width in enumerate((12, 8, 24, 20, 12, 16, 16, 16)):
        to.sheet.set_column(column, column, width)
    to.sheet.freeze_panes(1, 0)
    names = ("date", "number", "type", "reference", "due", "amount", "open", "disputed")
    to.write([words[n] for n in names], "head")
    for line in s.open_lines:
        to.write(
            [
                line.operation_on, line.number, line.label, line.reference, line.due_on, line.side * line.amount,
                line.side * line.open, line.disputed or None,
            ]
        )  # fmt: skip
    if s.more_open:
        to.write([words["more_open"].format(count=len(s.open_lines))])
