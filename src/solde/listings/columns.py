"""Columns of a list: each is a column of the page and of files, a property of the API's answer and a column of the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from .options import Options

T = TypeVar("T")
Value = str | int | bool | Decimal | date | datetime | None


class Say(Protocol):
    """Puts a text into the reader's language, with `{name}` replaced by its value."""

    def __call__(self, text: str, **values: object) -> str: ...


class ColumnKind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    BALANCE = "balance"
    """An amount whose sign is said as DR or CR."""
    DAY = "day"
    INSTANT = "instant"
    YES = "yes"
    """Yes or no."""
    STATE = "state"
    """One of some states, drawn with a dot in its colour."""
    MARK = "mark"
    """One of some words, drawn as a badge in its colour."""


class Target(StrEnum):
    """What a cell may lead to; the web knows the address of each."""

    ACCOUNT = "account"
    OPERATION = "operation"
    CUSTOMER_CARDS = "customer_cards"
    CARD_TRANSACTION = "card_transaction"
    RECEIPT = "receipt"
    APPROVAL = "approval"
    JOB = "job"
    ACCOUNTING_FILE = "accounting_file"


Place = tuple[Target, tuple[str | int, ...]]
"""A page, and what of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Column(Generic[T]):
    """A column: its name in JSON and in files for programs, its head, and what stands in it for a row.

    `text` is what people read, where that is more than the value, `absent` what they read where there is none. A value is one of `options`, if there are some:
    people read its label, programs its code; a `shipped` text is a label that comes with Solde, so it is translated.
    `optional`: there may be no value. `help` describes it in the API's document.

    On a page: `sort` is the order it is sorted by, `turned` where it shows the opposite of it (days of a date), `down` where
    the largest come first at the first click. `place` says where the cell goes on a narrow screen: lead, value, or meta.
    A `fixed` column cannot be hidden, one `aside` is hidden until a person chooses it; where room is short those with
    the highest `spare` give way first. `tone` is its colour, `leads` the page that it leads to (`opens`: beside the list),
    `title` what is told when it is pointed at, `under` what stands small beside it. A page leaves it empty where `blank` says so. `summed` amounts are added up by currency,
    of a selection and at the end of a file. `when` one of several sellers is seen, or the filters say so, it is on the page.
    """

    name: str
    label: str
    of: Callable[[T], Value]
    kind: ColumnKind = ColumnKind.TEXT
    help: str = ""
    text: Callable[[T, Say], str] | None = None
    absent: Callable[[T, Say], str] | None = None
    options: Options | None = None
    shipped: bool = False
    optional: bool = False
    width: int = 14
    sort: str | None = None
    down: bool = False
    turned: bool = False
    place: str = "meta"
    fixed: bool = False
    aside: bool = False
    spare: int = 0
    tone: str | Callable[[T], str] = ""
    leads: Callable[[T], Place | None] | None = None
    opens: bool = False
    title: Callable[[T, Say], str] | None = None
    under: Callable[[T, Say], str] | None = None
    summed: bool = False
    blank: Callable[[T], bool] | None = None
    when: Callable[[Shown], bool] | None = None

    def tone_of(self, row: T) -> str:
        """Its colour in a row."""
        return self.tone if isinstance(self.tone, str) else self.tone(row)

    def words_of(self, row: T, say: Say, labels: Mapping[str, str]) -> str:
        """What people read of a text, a state or a mark; `labels` are those of its options, in the reader's language."""
        if self.text is not None:
            return self.text(row, say)
        value = self.of(row)
        if value is None and self.absent is not None:
            return self.absent(row, say)
        if isinstance(value, bool):
            return say("yes") if value else say("no")
        text = "" if value is None else str(value)
        return labels.get(text, text) if self.options is not None else say(text) if self.shipped and text else text


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: the filters by their names, which of its ready choices, and whether several sellers are seen."""

    show: str
    chosen: object
    several_sellers: bool


def of_several_sellers(shown: Shown) -> bool:
    """A column that is the same in every row where one seller is seen."""
    return shown.several_sellers


AMOUNTS = (ColumnKind.MONEY, ColumnKind.BALANCE)
