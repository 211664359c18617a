"""A list as a file, exactly as its reader sees it: the columns shown, in their order, under the heads of the screen.

Every column of a grid has the fields of the file that say the same; a cell that shows two things becomes two columns.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, Generic, TypeVar

from litestar.response import Redirect, Stream

from solde.app.jobs import Pace, Writing, go_on_as_job
from solde.extracts import TOLD_ROWS, Field, FileFormat, Value, form_of, open_writer, total_row
from solde.kernel import paging
from solde.kernel.money import ZERO

from ..spooled import attachment, chunks_of, file_name, open_spool
from . import formats, preferences
from .grid import Column, arranged_columns
from .i18n import t
from .page import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a list is as a file: the name of its grid, its title, its columns and the fields that stand for each.

    `unit` is the currency of a row, where it has amounts; the fields named in `summed` are added up by currency.
    """

    grid: str
    title: str
    columns: Sequence[Column]
    fields: Mapping[str, Sequence[Field[T]]]
    unit: Callable[[T], str] | None = None
    summed: Sequence[str] = ()

    def shown(self, liked: preferences.Preferences) -> list[Field[T]]:
        """The fields of the columns that a person sees, in their order and language."""
        keys = [place.column.key for place in arranged_columns(self.grid, self.columns, liked) if not place.hidden]
        return [replace(field, header=t(field.header)) for key in keys for field in self.fields[key]]


async def write_pages(
    out: IO[bytes],
    form: FileFormat,
    listing: Listing[T],
    fields: Sequence[Field[T]],
    pages: AsyncIterator[Sequence[T]],
    pace: Pace,
) -> None:
    """Write every row, and a total for each currency."""
    writer = open_writer(form, out, t(listing.title), fields, headed=True)
    adders = {
        field.name: field.of for held in listing.fields.values() for field in held if field.name in listing.summed
    }
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(adders, ZERO))
    written = 0
    async for rows in pages:
        for row in rows:
            written += 1
            if written % TOLD_ROWS == 0:
                await pace.move(written)
            writer.row([field.of(row) for field in fields])
            if listing.unit is not None:
                of_unit = sums[listing.unit(row)]
                for name, of in adders.items():
                    of_unit[name] += _amount(of(row))
    for unit, totals in sorted(sums.items()):
        said: dict[str, Value] = {"currency": unit, **totals}
        if "balance" in totals:
            said["direction"] = formats.direction_word(totals["balance"])
        names_unit = any(field.name == "currency" for field in fields)
        writer.total(total_row(fields, said, t("Total") if names_unit else f"{t('Total')} {unit}"))
    writer.close()


def _amount(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


def form_asked(page: Page) -> FileFormat:
    """The form that the address ends with."""
    return form_of(page.path)


Write = Callable[[IO[bytes], Pace], Awaitable[str]]
"""Writes a file, tells how far it is, and gives the file's name without its ending."""


async def answer_with(page: Page, title: str, write: Write) -> Stream | Redirect:
    """Write a file and answer with it; one of many rows goes on as a job, whose page is the answer.

    Refuses: what `write` refuses before there are many rows; many_files.
    """
    form, out, pace = form_asked(page), open_spool(), Pace()
    writing = Writing(out, pace, asyncio.create_task(_named(write, out, pace, form)), title, form.media_type)
    many = asyncio.create_task(pace.many.wait())
    kept = False
    try:
        await asyncio.wait({writing.task, many}, return_when=asyncio.FIRST_COMPLETED)
        if not writing.task.done():
            services = page.services
            job = await go_on_as_job(
                services.pool, writing, services.files, actor=page.visitor.actor, seller=page.visitor.seller
            )
            kept = True
            return Redirect(f"/files/{job.job_id}", status_code=303)
        answer = send_file(out, writing.task.result(), form.media_type)
        kept = True
        return answer
    finally:
        many.cancel()
        if not kept:
            writing.task.cancel()
            out.close()


async def _named(write: Write, out: IO[bytes], pace: Pace, form: FileFormat) -> str:
    name = await write(out, pace)
    return file_name(name, suffix=form.value)


def send_file(out: IO[bytes], name: str, media_type: str) -> Stream:
    """A written file as an answer; it is closed when it is sent."""
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
    return Stream(chunks_of(out), media_type=media_type, headers=headers)


async def write_list(
    page: Page, out: IO[bytes], listing: Listing[T], pages: AsyncIterator[Sequence[T]], pace: Pace
) -> None:
    """Write a list in the form that the address asks for, with the columns its reader sees."""
    await write_pages(out, form_asked(page), listing, listing.shown(page.preferences), pages, pace)


async def every_page(ask: Callable[[str | None], Awaitable[paging.Page[T]]]) -> AsyncIterator[Sequence[T]]:
    """All pages of a list, by its cursor."""
    cursor: str | None = None
    while True:
        found = await ask(cursor)
        yield found.items
        if found.next is None:
            return
        cursor = found.next
