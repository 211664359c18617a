"""A list as a file, exactly as its reader sees it: the columns shown, in their order, under the heads of the screen.

Every column of a grid has the fields of the file that say the same; a cell that shows two things becomes two columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, Any, Generic, TypeVar

from litestar import Request
from litestar.datastructures import State
from litestar.response import Stream

from solde.extracts import Field, Form, Value, form_of, open_writer, total_row
from solde.kernel.money import ZERO
from solde.kernel.paging import Page

from ..spooled import attachment, chunks_of, file_name, open_spool
from . import formats, preferences
from .grid import Column, arranged_columns
from .i18n import t

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
    out: IO[bytes], form: Form, listing: Listing[T], fields: Sequence[Field[T]], pages: AsyncIterator[Sequence[T]]
) -> None:
    """Write every row, and a total for each currency."""
    writer = open_writer(form, out, t(listing.title), fields, headed=True)
    adders = {
        field.name: field.of for held in listing.fields.values() for field in held if field.name in listing.summed
    }
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(adders, ZERO))
    async for rows in pages:
        for row in rows:
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


def form_asked(request: Request[Any, Any, State]) -> Form:
    """The form that the address ends with."""
    return form_of(request.url.path)


async def answer_with(form: Form, write: Callable[[IO[bytes]], Awaitable[str]]) -> Stream:
    """Write a file and answer with it; `write` gives its name, without the ending."""
    with ExitStack() as until_written:
        out = until_written.enter_context(open_spool())
        name = await write(out)
        until_written.pop_all()
    headers = {
        "Content-Disposition": attachment(file_name(name, suffix=form.value)),
        "Cache-Control": "private, no-cache",
    }
    return Stream(chunks_of(out), media_type=form.media_type, headers=headers)


async def list_file(
    request: Request[Any, Any, State], listing: Listing[T], name: str, pages: AsyncIterator[Sequence[T]]
) -> Stream:
    """A list as the file that the address asks for, with the columns its reader sees."""
    form, fields = form_asked(request), listing.shown(preferences.of(request))

    async def write(out: IO[bytes]) -> str:
        await write_pages(out, form, listing, fields, pages)
        return name

    return await answer_with(form, write)


async def every_page(ask: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[Sequence[T]]:
    """All pages of a list, by its cursor."""
    cursor: str | None = None
    while True:
        found = await ask(cursor)
        yield found.items
        if found.next is None:
            return
        cursor = found.next
