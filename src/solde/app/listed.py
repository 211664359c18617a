"""What all faces of a described list share: whose rows are seen, rows as JSON, rows in a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, Annotated, Any

import msgspec
from msgspec import Meta

from solde.access import Caller
from solde.access.http import Day, Instant, Money
from solde.customers import Seller, list_sellers
from solde.customers.rules.fields import UNKNOWN_SELLER
from solde.db import Connection
from solde.extracts import TOLD_ROWS, Field, FileFormat, Value, open_writer, total_row
from solde.extracts import FieldKind as FileKind
from solde.kernel.dates import format_instant, today_in
from solde.kernel.money import ZERO, plain
from solde.kernel.paging import Page
from solde.kernel.refusals import Refused, refuse
from solde.listings.columns import AMOUNTS, Column, ColumnKind, Say
from solde.listings.filters import Placed
from solde.listings.listing import Listing, Total
from solde.listings.options import Options, labels_of
from solde.listings.reading import fields_of, is_placed

Labels = Mapping[Options, Mapping[str, str]]
"""The labels of options, in the language of who reads them."""
Told = Callable[[int], Awaitable[None]]
"""Is told now and then how many rows are written."""


@dataclass(frozen=True, slots=True)
class ListScope:
    """Whose rows somebody sees: the sellers there are for them, the one they look at, and what fills the placed filters."""

    sellers: Sequence[Seller]
    seller_id: int | None
    today: date
    placed: Mapping[Placed, Any]

    @property
    def several_sellers(self) -> bool:
        """May rows be of more than one seller?"""
        return self.seller_id is None and len(self.sellers) > 1


async def scope_of(
    conn: Connection,
    listing: Listing[Any, Any],
    caller: Caller,
    seller: str | None,
    now: datetime,
    *,
    knows_sellers: bool = False,
) -> ListScope:
    """What who asks may see of a list, of one seller where they name it.

    The sellers are read where the list depends on them, or `knows_sellers` wants them.
    Refuses: unknown_seller, also where they are kept to another.
    """
    depends = seller is not None or caller.seller is not None or is_placed(listing.filters, Placed.TODAY)
    everyone = await list_sellers(conn) if depends or knows_sellers else []
    sellers = [one for one in everyone if caller.seller in (None, one.code)]
    asked = seller or caller.seller
    found = next((one for one in sellers if one.code == asked), None)
    if seller is not None and found is None:
        raise Refused(refuse(UNKNOWN_SELLER, "there is no seller {seller!r}", seller=seller, field="seller"))
    seller_id = found.seller_id if found is not None else None if asked is None else 0
    zone = found.time_zone if found is not None else everyone[0].time_zone if everyone else "UTC"
    today = today_in(zone, now)
    placed = {
        Placed.SELLER: seller_id, Placed.SELLER_CODE: asked, Placed.TODAY: today, Placed.NOW: now, Placed.NAMES: (caller.actor, caller.name),
    }  # fmt: skip
    return ListScope(
        sellers, seller_id, today, {key: value for key, value in placed.items() if is_placed(listing.filters, key)}
    )


async def labels_in(conn: Connection, listing: Listing[Any, Any], seller_id: int | None, say: Say) -> Labels:
    """The labels of all options of a list, each table read once."""
    options = [one.options for one in listing.columns] + [one.filter.options for one in fields_of(listing.filters)]
    return {
        one: {code: text if one.named else say(text) for code, text in (await labels_of(conn, one, seller_id)).items()}
        for one in dict.fromkeys(options)
        if one is not None
    }


JSON_TYPES: Mapping[ColumnKind, Any] = {
    ColumnKind.TEXT: str, ColumnKind.STATE: str, ColumnKind.MARK: str, ColumnKind.COUNT: int, ColumnKind.MONEY: Money, ColumnKind.BALANCE: Money,
    ColumnKind.DAY: Day, ColumnKind.INSTANT: Instant, ColumnKind.YES: bool,
}  # fmt: skip


@lru_cache(maxsize=256)
def row_shape(listing: Hashable) -> Any:
    """A row of a list as JSON has it: a property for each column, or the shape that it has at its own address."""
    assert isinstance(listing, Listing), "it is a list"
    own = own_names(listing)
    fields = [(one.name, _json_type(one)) for one in listing.columns if one.name not in own]
    if listing.gives is not None and not fields:
        return listing.gives
    bases = () if listing.gives is None else (listing.gives,)
    shape = msgspec.defstruct(listing.item, fields, bases=bases, frozen=True, kw_only=True, module="solde")
    shape.__doc__ = f"{listing.caption}: a row."
    return shape


@lru_cache(maxsize=256)
def own_names(listing: Hashable) -> frozenset[str]:
    """The properties that a row has at its own address."""
    assert isinstance(listing, Listing), "it is a list"
    fields = () if listing.gives is None else msgspec.structs.fields(listing.gives)
    return frozenset(one.encode_name for one in fields)


def _json_type(column: Column[Any]) -> Any:
    kind = JSON_TYPES[column.kind]
    meta: dict[str, Any] = {"description": column.help or column.label}
    if column.options is not None and column.options.find is None:
        codes = list(column.options.labels)
        meta["extra_json_schema"] = {"enum": [*codes, None] if column.optional else codes}
    return Annotated[kind | None if column.optional else kind, Meta(**meta)]


def shaped(listing: Listing[Any, Any], row: Any) -> msgspec.Struct:
    """A row as JSON."""
    own = own_names(listing)
    values = {one.name: _json_value(one.of(row)) for one in listing.columns if one.name not in own}
    if listing.shape is not None:
        values |= msgspec.structs.asdict(listing.shape(row))
    made: msgspec.Struct = row_shape(listing)(**values)
    return made


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return format_instant(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@lru_cache(maxsize=256)
def page_shape(listing: Hashable) -> Any:
    """A page of a list as JSON has it."""
    assert isinstance(listing, Listing), "it is a list"
    row: Any = row_shape(listing)
    fields: list[tuple[str, Any]] = [("items", list[row]), ("next", str | None)]
    if listing.totals is not None:
        sums = [(name, Money) for name in listing.totals.columns]
        total: Any = msgspec.defstruct(
            f"{listing.item}Total", [("currency", str), ("count", int), *sums], frozen=True, module="solde"
        )
        total.__doc__ = f"{listing.caption}: what all of it comes to in a currency."
        fields.append(("totals", list[total]))
    shape = msgspec.defstruct(f"{listing.item}List", fields, frozen=True, module="solde")
    shape.__doc__ = f"{listing.caption}: a page."
    return shape


def paged(listing: Listing[Any, Any], page: Page[Any], totals: Sequence[Total]) -> msgspec.Struct:
    """A page as JSON."""
    shape = page_shape(listing)
    rows = [shaped(listing, one) for one in page.items]
    if listing.totals is None:
        made: msgspec.Struct = shape(rows, page.next)
        return made
    names = listing.totals.columns
    sums = [{"currency": one.currency, "count": one.count, **{n: plain(one.sums[n]) for n in names}} for one in totals]
    found: msgspec.Struct = shape(rows, page.next, sums)
    return found


async def totals_of(conn: Connection, listing: Listing[Any, Any], chosen: Any) -> Sequence[Total]:
    """What all of the list comes to, where that is said."""
    return [] if listing.totals is None else await listing.totals.find(conn, chosen)


def for_people(
    columns: Iterable[Column[Any]], say: Say, labels: Labels, instant: Callable[[datetime], str]
) -> list[Field[Any]]:
    """The columns of a file as a person reads them: in words, with the heads of the screen."""
    return [field for one in columns for field in _read_by_people(one, say, labels, instant)]


def _read_by_people(
    column: Column[Any], say: Say, labels: Labels, instant: Callable[[datetime], str]
) -> list[Field[Any]]:
    own = {} if column.options is None else labels[column.options]

    def words(row: Any) -> Value:
        value = column.of(row)
        return instant(value) if isinstance(value, datetime) else column.words_of(row, say, own)

    of = words if column.text is not None or column.kind not in FILE_KINDS else column.of
    kind = FileKind.TEXT if of is words else FILE_KINDS[column.kind]
    found = [Field(column.name, say(column.label), kind, column.width, of=of)]
    return [*found, _direction(column, say("DR/CR"))] if column.kind is ColumnKind.BALANCE else found


FILE_KINDS = {
    ColumnKind.COUNT: FileKind.COUNT, ColumnKind.MONEY: FileKind.MONEY, ColumnKind.BALANCE: FileKind.MONEY, ColumnKind.DAY: FileKind.DAY
}  # fmt: skip


def _direction(column: Column[Any], head: str) -> Field[Any]:
    return Field("direction", head, width=8, of=lambda row: _word(column.of(row)))


def _word(value: object) -> str:
    return "" if not isinstance(value, Decimal) or not value else "DR" if value > 0 else "CR"


def for_programs(columns: Iterable[Column[Any]]) -> list[Field[Any]]:
    """The columns of a file as programs read them: codes and plain values, under the names of the API."""
    return [field for one in columns for field in _read_by_programs(one)]


def _read_by_programs(column: Column[Any]) -> list[Field[Any]]:
    def value(row: Any) -> Value:
        found = column.of(row)
        return format_instant(found) if isinstance(found, datetime) else found

    found = Field(column.name, column.label, FILE_KINDS.get(column.kind, FileKind.TEXT), column.width, of=value)
    return [found, _direction(column, "DR/CR")] if column.kind is ColumnKind.BALANCE else [found]


async def write_file(
    out: IO[bytes],
    form: FileFormat,
    listing: Listing[Any, Any],
    fields: Sequence[Field[Any]],
    pages: AsyncIterator[Sequence[Any]],
    told: Told,
    say: Say,
    *,
    headed: bool,
) -> int:
    """Write every row, then what the amounts come to in each currency; gives how many rows."""
    writer = open_writer(form, out, say(listing.title), fields, headed=headed)
    summed = [one for one in listing.columns if one.summed and one.kind in AMOUNTS and listing.sums_in_files]
    sums: defaultdict[str, dict[str, Value]] = defaultdict(lambda: {one.name: ZERO for one in summed})
    written = 0
    async for rows in pages:
        for row in rows:
            written += 1
            if written % TOLD_ROWS == 0:
                await told(written)
            writer.row([field.of(row) for field in fields])
            if listing.unit is not None and summed:
                of_unit = sums[listing.unit(row)]
                for one in summed:
                    of_unit[one.name] = _sum(of_unit[one.name], one.of(row))
    names_unit = any(field.name == "currency" for field in fields)
    for unit, totals in sorted(sums.items()):
        word = say("Total") if names_unit else f"{say('Total')} {unit}"
        writer.total(total_row(fields, {"currency": unit, **totals, **_direction_of(summed, totals)}, word))
    writer.close()
    return written


def _sum(before: Value, value: object) -> Value:
    return before + value if isinstance(before, Decimal) and isinstance(value, Decimal) else before


def _direction_of(summed: Sequence[Column[Any]], totals: Mapping[str, Value]) -> Mapping[str, Value]:
    found = next((totals[one.name] for one in summed if one.kind is ColumnKind.BALANCE), None)
    return {"direction": _word(found)} if found is not None else {}


async def tell_nobody(_rows: int) -> None:
    """Where nobody wants to know."""


def in_english(text: str, **values: object) -> str:
    """A text as it is written here, for programs and the command line."""
    return text.format(**values) if values else text


async def every_page(ask: Callable[[str | None], Awaitable[Page[Any]]]) -> AsyncIterator[Sequence[Any]]:
    """All pages of a list, by its cursor."""
    cursor: str | None = None
    while True:
        found = await ask(cursor)
        yield found.items
        if found.next is None:
            return
        cursor = found.next
