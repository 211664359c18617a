"""JSON routes made from described lists: a page of rows by filters, order and cursor; all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Annotated, Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access.http import MONEY_PATTERN, Answer, Ask, ok
from solde.access.reading import Paged, Query
from solde.access.routing import route
from solde.db import Connection
from solde.extracts import Exported, FileFormat, form_of, pick_fields
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.refusals import Refused
from solde.listings.listing import Listing
from solde.listings.reading import FilterField, asked_fields, is_of_sellers, read

from .. import listed
from .exports import MEDIA, ColumnsAsked, FormAsked, written

EXTRAS: Mapping[Any, dict[str, Any]] = {
    date: {"format": "date"},
    datetime: {"format": "date-time"},
    Decimal: {"pattern": MONEY_PATTERN},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
}
"""How a parameter is typed in the document. All are read as texts, so that every face refuses alike."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a request asks a list for."""

    chosen: Any
    sort: str | None
    scope: listed.ListScope


def routes_of(listings: Sequence[Listing[Any, Any]]) -> Iterator[HTTPRouteHandler]:
    """The routes of lists."""
    for one in listings:
        yield _page_route(one)
        yield _file_route(one)


def _page_route(listing: Listing[Any, Any]) -> HTTPRouteHandler:
    query = _query(listing, Paged, f"{listing.item}Query")

    async def act(ask: Ask) -> Answer:
        given = ask.query(query)
        async with ask.pool.connection() as conn:
            asked = await _asked(ask, conn, listing, given)
            page = await listing.find(conn, asked.chosen, sort=asked.sort, limit=given.limit, cursor=given.cursor)
            totals = await listed.totals_of(conn, listing, asked.chosen)
        return ok(listed.paged(listing, page, totals))

    act.__name__, act.__doc__ = f"list_{_word(listing)}", f"{listing.help}\n\n{listing.notes}"
    return route(
        "GET", listing.api, permission=listing.permission, tag=listing.tag, query=query, gives=listed.page_shape(listing),
        problems=(404,) if listing.feature else (),
    )(act)  # fmt: skip


def _file_route(listing: Listing[Any, Any]) -> HTTPRouteHandler:
    query = _query(listing, FileQuery, f"{listing.item}Export")

    async def act(ask: Ask) -> Answer:
        given = ask.query(query)
        form, fields = form_of(given.format), pick_fields(listed.for_programs(listing.columns), given.columns)

        async def write(conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
            asked = await _asked(ask, conn, listing, given)
            found = listed.every_page(
                lambda cursor: listing.find(conn, asked.chosen, sort=asked.sort, limit=LIMIT_MOST, cursor=cursor)
            )
            return Exported(
                await listed.write_file(
                    out, form, listing, fields, found, listed.tell_nobody, listed.in_english, headed=False
                )
            )

        return await written(ask, form, write, listing.name)

    act.__name__ = f"export_{_word(listing)}"
    act.__doc__ = f"Download the list of `GET /api/v1{listing.api}`, every page of it, with what its amounts come to."
    return route(
        "GET", f"{listing.api}:export", permission=listing.permission, tag="Exports", query=query, gives=bytes,
        media=MEDIA, problems=(404,) if listing.feature else (),
    )(act)  # fmt: skip


class FileQuery(Query, frozen=True, kw_only=True):
    """The form of a file, and its columns."""

    format: FormAsked = "xlsx"
    columns: ColumnsAsked = None


def _word(listing: Listing[Any, Any]) -> str:
    return listing.name.replace("-", "_")


def _query(listing: Listing[Any, Any], base: type[Query], name: str) -> type[Any]:
    """The query parameters: a text each, read when all are known, so that every face refuses alike."""
    fields: list[tuple[str, Any, Any]] = [(one.name, _typed(one), None) for one in asked_fields(listing.filters)]
    if is_of_sellers(listing.filters):
        fields.append(("seller", Annotated[str | None, Meta(description="Code of a seller.")], None))
    if listing.sorts:
        said = f"{', '.join(f'`{one}`' for one in listing.sorts)}, with - before it for descending."
        fields.append(("sort", Annotated[str | None, Meta(description=said)], listing.sort))
    return msgspec.defstruct(name, fields, bases=(base,), frozen=True, kw_only=True, module="solde")


def _typed(one: FilterField) -> Any:
    extra = EXTRAS.get(one.kind, {}) | ({"enum": list(one.codes)} if one.codes else {})
    text: Any = Annotated[str, Meta(extra_json_schema=extra)] if extra else str
    said = one.filter.help or one.filter.label
    return Annotated[list[text] | None if one.several else text | None, Meta(description=said)]


async def _asked(ask: Ask, conn: Connection, listing: Listing[Any, Any], given: Any) -> ListRequest:
    """Read what a request asks for.

    Refuses: feature_off, unknown_seller, unknown_sort, and every filter that cannot be read.
    """
    if listing.feature is not None:
        await ask.services.features.check(listing.feature)
    scope = await listed.scope_of(conn, listing, ask.caller, getattr(given, "seller", None), ask.now())
    texts = {one.name: values for one in asked_fields(listing.filters) if (values := _texts(getattr(given, one.name)))}
    chosen, refusals = read(listing.filters, texts, scope.placed)
    if refusals:
        raise Refused(refusals)
    sort = getattr(given, "sort", None)
    listing.order_of(sort)
    return ListRequest(chosen, sort, scope)


def _texts(value: Any) -> Sequence[str]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)
