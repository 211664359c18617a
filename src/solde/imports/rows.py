"""The rows of a file that is imported: read by the child, their columns found, their formats said or beyond doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from solde.files import Cell, FileMapping, Wanted, opened
from solde.files.deciding import check_formats
from solde.files.layout import Columns, Layout, find_columns


@dataclass(frozen=True, slots=True)
class FileRows:
    """Where the columns of a file stand, how many rows it has where that was counted, and the rows."""

    layout: Layout
    rows: int | None
    lines: AsyncIterator[tuple[int, Sequence[Cell]]]


@asynccontextmanager
async def rows_of(file: Path, mapping: FileMapping, columns: Columns) -> AsyncIterator[FileRows]:
    """Open a file for its import.

    Refuses: what `opened`, `find_columns` and `check_formats` refuse.
    """
    is_open = mapping.date_format is None or not mapping.says_amounts
    wanted = Wanted(columns.known(mapping), is_open, [*columns.dates, *columns.amounts])
    async with opened(file, mapping, wanted) as source:
        survey = source.survey
        layout = find_columns(survey.columns, mapping, columns, survey.header_row)
        check_formats(survey, layout, mapping, columns.dates, columns.amounts)
        yield FileRows(layout, survey.rows or None, _lines(source.batches))


async def _lines(batches: AsyncIterator[list[tuple[int, Sequence[Cell]]]]) -> AsyncIterator[tuple[int, Sequence[Cell]]]:
    async for batch in batches:
        for line in batch:
            yield line
