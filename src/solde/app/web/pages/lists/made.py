"""Handlers made from described lists: the page, and the list as a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.app.jobs import Pace
from solde.db import Connection
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.paging import Page as PageOf
from solde.kernel.refusals import Refused

from .... import listed
from ....listed import Labels
from ... import formats
from ...addresses import Address
from ...days import instant_in_file
from ...grid import Action, arranged_columns
from ...i18n import t
from ...list_files import answer_with, form_asked
from ...page import Page, web_page
from ...visitors import Visitor
from .address import AnyListing, ListQuery, columns_of, parameters_of, read_address, shows_of
from .drawing import as_drawn, chips_of, grid_of, menu_of, search_of, totals_in


async def _nothing_more(_page: Page, _conn: Connection, _asked: ListQuery) -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What may be done at the head of a list: its dialog, or its page, and the permission that it needs, `for_all` sellers."""

    label: str
    href: str
    icon: str
    permission: Permission
    variant: str = "outline"
    key: str = ""
    is_page: bool = False
    for_all: bool = False

    def is_for(self, visitor: Visitor) -> bool:
        """Is it for this person?"""
        return visitor.may_for_all(self.permission) if self.for_all else visitor.may(self.permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The page of a list: its address and that of its files, where it is another, what stands around the grid, and what may be done with selected rows.

    `crumb` stands above the heading, `heading` is the list's title unless given, `tabs` are the pages beside it. A page that shows
    more than its list has a `template` of its own, which extends the common one, and `more` gives what that shows.
    """

    listing: AnyListing
    path: str
    file: str = ""
    crumb: str = ""
    heading: str = ""
    tabs: Callable[[Visitor, str], list[tuple[str, str, bool]]] = lambda _visitor, _path: []
    buttons: Sequence[Button] = ()
    actions: Callable[[Visitor, str], Sequence[Action]] = lambda _visitor, _show: ()
    template: str = "listed.html"
    more: Callable[[Page, Connection, ListQuery], Awaitable[dict[str, object]]] = _nothing_more


def handlers_of(one: ListPage) -> list[HTTPRouteHandler]:
    """The page and the file."""
    listing = one.listing

    @web_page(one.path, name=f"list_{listing.name}", permission=listing.permission, feature=listing.feature)
    async def list_page(page: Page) -> Response[str]:
        async with page.reading() as conn:
            found, asked = await _found(page, conn, listing, await read_address(page, conn, listing))
            labels = await listed.labels_in(conn, listing, asked.scope.seller_id, t)
            counts = await _counts(conn, page, listing, asked)
            totals = await listed.totals_of(conn, listing, asked.chosen)
            more = await one.more(page, conn, asked)
        address = _address(one, asked)
        shown = _shown(one, page, asked, found, labels, address)
        shows = _shows(listing, asked, address, page.visitor, counts)
        values: dict[str, Any] = {**shown, "shows": shows, "totals": totals_in(listing, totals), **more}
        return page.show(one.template, **values)

    addresses = [f"{one.file or one.path}.xlsx", f"{one.file or one.path}.csv"]

    @web_page(addresses, name=f"list_{listing.name}_file", permission=listing.permission, feature=listing.feature)
    async def list_file(page: Page) -> Stream | Redirect:
        async def write(out: IO[bytes], pace: Pace) -> str:
            return await _write(page, listing, out, pace)

        return await answer_with(page, listing.title, write)

    return [list_page, list_file]


async def _found(page: Page, conn: Connection, listing: AnyListing, asked: ListQuery) -> tuple[PageOf[Any], ListQuery]:
    """A page of the list; an order that does not go with the filters is left out and told, a filter of nothing finds nothing."""
    limit, cursor = page.preferences.rows, _cursor(page)
    try:
        return await listing.find(conn, asked.chosen, sort=asked.sort, limit=limit, cursor=cursor), asked
    except Refused as refused:
        names = {one.field for one in refused.refusals}
        told = replace(asked, wrong=[*asked.wrong, *refused.refusals])
        if names == {"sort"} and asked.sort is not None:
            found = await listing.find(conn, asked.chosen, sort=None, limit=limit, cursor=None)
            return found, replace(told, sort=None)
        if names <= {*parameters_of(listing)} - {"cursor", "sort"}:
            return PageOf([], None), told
        raise


def _cursor(page: Page) -> str | None:
    return page.query.get("cursor") or None


def _address(one: ListPage, asked: ListQuery) -> Address:
    """The address of the page without the place in the list."""
    kept = [name for name in parameters_of(one.listing) if name != "cursor"]
    return Address(one.path, [(name, value) for name in kept for value in asked.given.get(name, ()) if value])


def _shown(
    one: ListPage, page: Page, asked: ListQuery, found: PageOf[Any], labels: Labels, address: Address
) -> dict[str, Any]:
    """What the template shows."""
    listing, visitor = one.listing, page.visitor
    menu = menu_of(listing, asked, labels)
    chips = chips_of(address, menu, asked)
    show = "" if asked.show is None else asked.show.name
    return {
        "panel": listing.name,
        "title": t(one.heading or listing.title),
        "crumb": t(one.crumb or listing.caption),
        "caption": t(listing.title),
        "tabs": one.tabs(visitor, one.path),
        "buttons": [
            {
                "label": t(b.label),
                "href": b.href,
                "icon": b.icon,
                "variant": b.variant,
                "key": b.key,
                "is_page": b.is_page,
            }
            for b in one.buttons
            if b.is_for(visitor)
        ],
        "wrong": asked.faults,
        "search": search_of(listing, asked, address),
        "menu": menu,
        "filters": {
            "hidden": address.hidden(*(field["name"] for field in menu)),
            "count": len(chips),
            "clear": str(address.only("q", "show", "sort")),
        },
        "on": chips,
        "grid": grid_of(
            listing, asked, found, labels, address, one.file or one.path, one.actions(visitor, show), _cursor(page)
        ),
    }


async def _counts(conn: Connection, page: Page, listing: AnyListing, asked: ListQuery) -> dict[str, int]:
    """How many rows each of the ready choices has, under the same filters."""
    if listing.count is None:
        return {}
    offered = [one for one in shows_of(listing, page.visitor) if one.counted]
    return {one.name: await listing.count(conn, one.narrow(asked.plain, page.visitor)) for one in offered}


def _shows(
    listing: AnyListing, asked: ListQuery, address: Address, visitor: Visitor, counts: Mapping[str, int]
) -> list[tuple[str, object, str, bool]]:
    return [
        (
            t(one.label),
            formats.whole(counts[one.name]) if one.name in counts else None,
            str(address.with_(show=one.name if at else None, sort=None)),
            one is asked.show,
        )
        for at, one in enumerate(shows_of(listing, visitor))
    ]


async def _write(page: Page, listing: AnyListing, out: IO[bytes], pace: Pace) -> str:
    """Write the list as the address asks for it, with the columns its reader sees; gives the file's name.

    Refuses: what of the address cannot be read.
    """
    async with page.reading() as conn:
        asked = await read_address(page, conn, listing)
        if asked.wrong:
            raise Refused(asked.wrong)
        labels = await listed.labels_in(conn, listing, asked.scope.seller_id, t)
        columns = {one.name: one for one in columns_of(listing, asked)}
        placed = arranged_columns(listing.name, [as_drawn(one) for one in columns.values()], page.preferences)
        shown = [columns[one.column.key] for one in placed if not one.hidden]
        fields = listed.for_people(shown, t, labels, instant_in_file)
        found = listed.every_page(
            lambda cursor: listing.find(conn, asked.chosen, sort=asked.sort, limit=LIMIT_MOST, cursor=cursor)
        )
        await listed.write_file(out, form_asked(page), listing, fields, found, pace.move, t, headed=True)
    return f"{listing.name}-{asked.scope.today}"
