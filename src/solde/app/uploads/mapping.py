"""How the columns of a file are read, as the text of a mapping file: written from a form, and read back. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solde.files import Shape, Survey
from solde.files.amounts import read_written
from solde.files.formats import AMOUNT_FORMATS, CANONICAL_AMOUNT, FormatVerdict, judge_amounts, judge_dates
from solde.files.layout import is_total_word
from solde.files.model import CANONICAL_DATE
from solde.files.names import plain_name
from solde.imports.rules.codes import is_code

from .columns import Sort
from .heads import guess_columns


@dataclass(frozen=True, slots=True)
class FileReading:
    """What each place of the file holds, what is the same in every row, and how it is written.

    `date_format` (several are parted by blank-comma) and `amount_format`: "" where it must still be said.
    """

    places: Mapping[int, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    date_format: str = CANONICAL_DATE
    amount_format: str = CANONICAL_AMOUNT
    encoding: str = "utf-8"
    sheet: str = ""
    header_row: int = 1
    negative: str = "refuse"
    skip_totals: bool = False
    make_codes: bool = False


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the whole columns tell of the formats, and whether there are amounts below zero."""

    dates: FormatVerdict
    amounts: FormatVerdict
    has_negatives: bool


def judge(head: Survey, places: Mapping[int, str], sort: Sort) -> Verdicts:
    """Judge the columns of dates and of amounts; every column where none is chosen yet."""
    amounts = _shapes(head, places, sort.file.amounts)
    written = [read_written(shape.example) for shape in amounts]
    chosen = [place for place, column in places.items() if column in sort.file.amounts]
    typed = any(
        isinstance(row[place], int | float) and row[place] < 0  # type: ignore[operator]
        for _, row in (*head.first, *head.odd) for place in chosen if place < len(row)
    )  # fmt: skip
    return Verdicts(
        judge_dates(_shapes(head, places, sort.file.dates)),
        judge_amounts(amounts),
        typed or (bool(chosen) and any(one is not None and one.is_negative for one in written)),
    )


def _shapes(head: Survey, places: Mapping[int, str], columns: Sequence[str]) -> list[Shape]:
    """How these columns are written; all columns where none of them was found."""
    where = [place for place, column in places.items() if column in columns] or list(range(len(head.columns)))
    return [shape for place in where if place < len(head.shapes) for shape in head.shapes[place]]


def guess(head: Survey, sort: Sort) -> FileReading:
    """How the file is probably meant."""
    places = guess_columns(head.columns, sort.columns, sort.file.also)
    found = judge(head, places, sort)
    return FileReading(
        places,
        {},
        ", ".join(found.dates.formats) if found.dates.is_clear else "",
        found.amounts.formats[0] if found.amounts.is_clear else "",
        head.encoding,
        head.sheet or "",
        head.header_row,
        "credit_note" if found.has_negatives and "type" in sort.columns else "refuse",
        _has_totals(head),
        _has_names(head, places),
    )


def _has_totals(head: Survey) -> bool:
    texts = [shape.example for shapes in head.shapes for shape in shapes]
    texts += [cell for _, row in (*head.first, *head.odd) for cell in row if isinstance(cell, str)]
    return any(is_total_word(text) for text in texts)


def _has_names(head: Survey, places: Mapping[int, str]) -> bool:
    """Does the column of customers hold names rather than codes?"""
    where = [place for place, column in places.items() if column in ("customer_code", "code")]
    texts = [row[place] for place in where for _, row in head.first if place < len(row)]
    texts += [shape.example for place in where if place < len(head.shapes) for shape in head.shapes[place]]
    return any(
        isinstance(text, str) and text.strip() and not is_total_word(text) and not is_code(text) for text in texts
    )


def lacking(reading: FileReading, sort: Sort) -> list[str]:
    """The mandatory columns that are neither in the file nor given for every row."""
    given = {*reading.places.values(), *(name for name, value in reading.constants.items() if value)}
    return [column for column in sort.required if column not in given]


def doubled(reading: FileReading) -> list[str]:
    """The columns that several places of the file are said to hold."""
    said = list(reading.places.values())
    return sorted({column for column in said if said.count(column) > 1})


def unused(reading: FileReading, head: Survey) -> list[str]:
    """The columns of the file that are not used."""
    return [title for place, title in enumerate(head.columns) if title and place not in reading.places]


def open_questions(reading: FileReading, sort: Sort) -> list[str]:
    """What must still be said of how dates and amounts are written: `date_format`, `amount_format`."""
    held = set(reading.places.values())
    asked = []
    if not reading.date_format and held & set(sort.file.dates):
        asked.append("date_format")
    if not reading.amount_format and held & set(sort.file.amounts):
        asked.append("amount_format")
    return asked


def is_plain(reading: FileReading, head: Survey, sort: Sort) -> bool:
    """Does the file say everything itself, so that nobody need be asked?"""
    chosen = reading.negative != "refuse" or reading.skip_totals or reading.make_codes
    return not (chosen or lacking(reading, sort) or open_questions(reading, sort) or unused(reading, head))


def written(reading: FileReading, head: Survey, sort: Sort) -> str:
    """The text of the mapping file. A column of the file that is not to be used although its name fits gives nothing."""
    decimal, thousands = AMOUNT_FORMATS.get(reading.amount_format, (".", ""))
    formats = [one.strip() for one in reading.date_format.split(",") if one.strip()] or [CANONICAL_DATE]
    lines = [
        f"date_format = {_text(formats[0]) if len(formats) == 1 else json.dumps(formats)}",
        f"decimal = {_text(decimal)}",
        f"thousands = {_text(thousands)}",
        f"encoding = {_text(reading.encoding)}",
        f"header_row = {reading.header_row}",
        f"negative = {_text(reading.negative)}",
        f"skip_totals = {str(reading.skip_totals).lower()}",
        f"make_codes = {str(reading.make_codes).lower()}",
        *([f"sheet = {_text(reading.sheet)}"] if reading.sheet else []),
        *([f"separator = {_text(head.separator)}"] if head.separator else []),
        "",
        "[columns]",
    ]
    lines += [f"{column} = {_text(head.columns[place])}" for place, column in reading.places.items()]
    constants = {name: value for name, value in reading.constants.items() if value}
    held = set(reading.places.values())
    named = {sort.file.known_as(title) for place, title in enumerate(head.columns) if place not in reading.places}
    constants |= {column: "" for column in sort.columns if column in named and column not in held | set(constants)}
    lines += ["", "[constants]", *(f"{name} = {_text(value)}" for name, value in constants.items())]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value.replace("\x7f", ""), ensure_ascii=False)


def read_back(text: str, head: Survey, sort: Sort) -> FileReading:
    """What was chosen before; the guess where nothing was."""
    if not text:
        return guess(head, sort)
    raw: dict[str, Any] = tomllib.loads(text)
    at: dict[str, int] = {}
    for place, title in enumerate(head.columns):
        at.setdefault(plain_name(title), place)
    chosen: Sequence[tuple[str, str]] = list(raw.get("columns", {}).items())
    formats = raw["date_format"]
    signs = (raw["decimal"], raw["thousands"])
    return FileReading(
        {at[plain_name(title)]: column for column, title in chosen if plain_name(title) in at},
        {name: value for name, value in raw.get("constants", {}).items() if value},
        formats if isinstance(formats, str) else ", ".join(formats),
        next((name for name, one in AMOUNT_FORMATS.items() if one == signs), CANONICAL_AMOUNT),
        raw["encoding"],
        raw.get("sheet", ""),
        raw["header_row"],
        raw["negative"],
        raw["skip_totals"],
        raw["make_codes"],
    )
