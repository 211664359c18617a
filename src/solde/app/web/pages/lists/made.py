"""Handlers made from described lists: the page, and the list as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.app.jobs import Pace
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.paging import Page as PageOf
from solde.kernel.refusals import Refused

from .... import listed
from ....listed import Labels
from ...addresses import Address
from ...days import instant_in_file
from ...grid import Action, arranged_columns
from ...i18n import t
from ...list_files import answer_with, form_asked
from ...page import Page, web_page
from ...visitors import Visitor
from .address import AnyListing, Asked, columns_of, parameters_of, read_address, shows_of
from .drawing import as_drawn, chips_of, grid_of, menu_of, search_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What may be done at the head of a list: its dialog or page, and the permission that it needs."""

    label: str
    href: str
    icon: str
    permission: Permission
    variant: str = "outline"
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The page of a list: its address, what stands around the grid, and what may be done with selected rows.

    `crumb` stands above the heading, `heading` is the list's title unless given, `tabs` are the pages beside it.
    """

    listing: AnyListing
    path: str
    crumb: str = ""
    heading: str = ""
    tabs: Callable[[Visitor, str], list[tuple[str, str, bool]]] = lambda _visitor, _path: []
    buttons: Sequence[Button] = ()
    actions: Callable[[Visitor, str], Sequence[Action]] = lambda _visitor, _show: ()


def handlers_of(one: ListPage) -> list[HTTPRouteHandler]:
    """The page and the file."""
    listing = one.listing

    @web_page(one.path, name=f"list_{listing.name}", permission=listing.permission, feature=listing.feature)
    async def list_page(page: Page) -> Response[str]:
        async with page.reading() as conn:
            asked = await read_address(page, conn, listing)
            found = await listing.find(
                conn, asked.chosen, sort=asked.sort, limit=page.preferences.rows, cursor=_cursor(page)
            )
            labels = await listed.labels_in(conn, listing, asked.scope.seller_id, t)
        return page.show("listed.html", **_shown(one, page, asked, found, labels))

    addresses = [f"{one.path}.xlsx", f"{one.path}.csv"]

    @web_page(addresses, name=f"list_{listing.name}_file", permission=listing.permission, feature=listing.feature)
    async def list_file(page: Page) -> Stream | Redirect:
        async def write(out: IO[bytes], pace: Pace) -> str:
            return await _write(page, listing, out, pace)

        return await answer_with(page, listing.title, write)

    return [list_page, list_file]


def _cursor(page: Page) -> str | None:
    return page.query.get("cursor") or None


def _shown(one: ListPage, page: Page, asked: Asked, found: PageOf[Any], labels: Labels) -> dict[str, Any]:
    """What the template shows."""
    listing, visitor = one.listing, page.visitor
    kept = [name for name in parameters_of(listing) if name != "cursor"]
    address = Address(one.path, [(name, value) for name in kept for value in asked.given.get(name, ()) if value])
    menu = menu_of(listing, asked, labels)
    chips = chips_of(address, menu, asked)
    show = "" if asked.show is None else asked.show.name
    return {
        "title": t(one.heading or listing.title),
        "crumb": t(one.crumb or listing.caption),
        "caption": t(listing.title),
        "tabs": one.tabs(visitor, one.path),
        "buttons": [(t(b.label), b.href, b.icon, b.variant, b.key) for b in one.buttons if visitor.may(b.permission)],
        "wrong": asked.faults,
        "search": search_of(listing, asked, address),
        "menu": menu,
        "filters": {
            "hidden": address.hidden(*(field["name"] for field in menu)),
            "count": len(chips),
            "clear": str(address.only("q", "show", "sort")),
        },
        "shows": _shows(listing, asked, address, visitor),
        "on": chips,
        "grid": grid_of(listing, asked, found, labels, address, one.actions(visitor, show), _cursor(page)),
    }


def _shows(
    listing: AnyListing, asked: Asked, address: Address, visitor: Visitor
) -> list[tuple[str, object, str, bool]]:
    return [
        (t(one.label), None, str(address.with_(show=one.name if at else None, sort=None)), one is asked.show)
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
