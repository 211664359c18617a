"""How the columns of a file are read, as the text of a mapping file: written from a form, and read back. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from solde.imports.rules.layout import plain_name

from .columns import Sort
from .heads import AMOUNT_FORMATS, guess_amount_format, guess_columns, guess_date_format
from .model import Head


@dataclass(frozen=True, slots=True)
class Reading:
    """What each place of the file holds, what is the same in every row, and how dates and amounts are written."""

    places: Mapping[int, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    date_format: str = "yyyy-mm-dd"
    amount_format: str = "1610.82"
    encoding: str = "utf-8"


def guess(head: Head, sort: Sort) -> Reading:
    """How the file is probably meant."""
    places = guess_columns(head.columns, sort.columns, dict(sort.also))
    dates, amounts = _texts(head, places, sort.dates), _texts(head, places, sort.amounts)
    return Reading(places, {}, guess_date_format(dates), guess_amount_format(amounts), head.encoding)


def _texts(head: Head, places: Mapping[int, str], columns: Sequence[str]) -> list[str]:
    """What the first rows hold in these columns; in every column where none was found."""
    where = [place for place, column in places.items() if column in columns] or list(range(len(head.columns)))
    return [row[place] for place in where for row in head.rows if place < len(row)]


def lacking(reading: Reading, sort: Sort) -> list[str]:
    """The mandatory columns that are neither in the file nor given for every row."""
    given = {*reading.places.values(), *(name for name, value in reading.constants.items() if value)}
    return [column for column in sort.required if column not in given]


def doubled(reading: Reading) -> list[str]:
    """The columns that several places of the file are said to hold."""
    said = list(reading.places.values())
    return sorted({column for column in said if said.count(column) > 1})


def written(reading: Reading, head: Head, sort: Sort) -> str:
    """The text of the mapping file. A column of the file that is not to be used although its name fits gives nothing."""
    decimal, thousands = AMOUNT_FORMATS.get(reading.amount_format, (".", ""))
    lines = [
        f"date_format = {_text(reading.date_format)}",
        f"decimal = {_text(decimal)}",
        f"thousands = {_text(thousands)}",
        f"encoding = {_text(reading.encoding)}",
        "",
        "[columns]",
    ]
    lines += [f"{column} = {_text(head.columns[place])}" for place, column in reading.places.items()]
    constants = {name: value for name, value in reading.constants.items() if value}
    held = set(reading.places.values())
    named = {plain_name(title) for title in head.columns}
    constants |= {column: "" for column in sort.columns if column in named and column not in held | set(constants)}
    lines += ["", "[constants]", *(f"{name} = {_text(value)}" for name, value in constants.items())]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value.replace("\x7f", ""), ensure_ascii=False)


def read_back(text: str, head: Head, sort: Sort) -> Reading:
    """What was chosen before; the guess where nothing was."""
    if not text:
        return guess(head, sort)
    raw = tomllib.loads(text)
    at: dict[str, int] = {}
    for place, title in enumerate(head.columns):
        at.setdefault(plain_name(title), place)
    chosen: Sequence[tuple[str, str]] = list(raw.get("columns", {}).items())
    return Reading(
        {at[plain_name(title)]: column for column, title in chosen if plain_name(title) in at},
        {name: value for name, value in raw.get("constants", {}).items() if value},
        raw["date_format"],
        next((n for n, signs in AMOUNT_FORMATS.items() if signs == (raw["decimal"], raw["thousands"])), "1610.82"),
        raw["encoding"],
    )
