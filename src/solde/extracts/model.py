"""Values of extracts: forms of files, columns, what a writer does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from solde.kernel import refusals
from solde.kernel.refusals import Refused, declare, refuse
from solde.kernel.texts import say

UNKNOWN_COLUMN = declare(
    "unknown_column",
    refusals.Kind.INVALID,
    "Name columns of the file, separated by commas; leave it out for all of them.",
)
UNKNOWN_FORM = declare("unknown_export_form", refusals.Kind.INVALID, "Name the file .xlsx, .csv or .jsonl.")

T = TypeVar("T")
Value = str | int | Decimal | date | None


class FileFormat(StrEnum):
    """A form of file."""

    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """What the file is called on the web."""
        return {
            FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat.CSV: "text/csv; charset=utf-8",
            FileFormat.JSONL: "application/jsonl",
        }[self]


def form_of(name: str) -> FileFormat:
    """The form a file's name asks for; refuses unknown_export_form."""
    suffix = name.rpartition(".")[2].lower()
    if suffix not in set(FileFormat):
        raise Refused(refuse(UNKNOWN_FORM, "{name!r} names no form of export", name=name, field="output"))
    return FileFormat(suffix)


class FieldKind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in JSON, its header, what stands in it, how wide it is in characters."""

    name: str
    header: str
    kind: FieldKind = FieldKind.TEXT
    width: int = 14


@dataclass(frozen=True, slots=True)
class Field(Column, Generic[T]):
    """A column, and what stands in it for a row: `of` gives it."""

    of: Callable[[T], Value] = field(kw_only=True)


def pick_fields(fields: Sequence[Field[T]], names: str | None) -> Sequence[Field[T]]:
    """The columns named, in the order they are named in; all of them where none is.

    Refuses: unknown_column.
    """
    wanted = list(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))
    known = {one.name: one for one in fields}
    if strange := [name for name in wanted if name not in known]:
        said = say(
            "{strange}: no such column; there are {known}", strange=", ".join(strange)[:100], known=", ".join(known)
        )
        raise Refused(refuse(UNKNOWN_COLUMN, said, field="columns"))
    return [known[name] for name in wanted] or fields


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows without header and totals."""

    rows: int


class Writer(Protocol):
    """Writes a table row by row."""

    def row(self, values: Sequence[Value]) -> None:
        """Write a row, one value a column."""

    def total(self, values: Sequence[Value]) -> None:
        """Write a row of totals."""

    def close(self) -> None:
        """Write what comes last. The stream stays open."""


Told = Callable[[int], Awaitable[None]]
"""Is told now and then how many rows are written; others may work meanwhile."""
TOLD_ROWS = 250


async def tell_nobody(_rows: int) -> None:
    """Where nobody wants to know."""
