"""What the address of a described list asks for: filters, ready choice, order; what cannot be read is left out and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solde.access.reading import UNKNOWN_FILTER
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.listings.columns import Column, Shown
from solde.listings.listing import Listing, Show
from solde.listings.reading import asked_fields, is_of_sellers, read

from .... import listed
from ....listed import ListScope
from ...amounts import read_amount
from ...days import read_day
from ...page import Page
from ...texts import written
from ...visitors import Visitor

TEXT_MOST = 40
AnyListing = Listing[Any, Any]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What an address asks for: filters, those without the ready choice, which that is, order; `wrong` says by name what of it cannot be read."""

    chosen: Any
    plain: Any
    show: Show[Any] | None
    sort: str | None
    scope: ListScope
    given: Mapping[str, Sequence[str]]
    wrong: Sequence[Refusal]

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong, by the name of the filter."""
        return {one.field or "": written(one.text) for one in self.wrong}


async def read_address(page: Page, conn: Connection, listing: AnyListing) -> ListQuery:
    """Read an address; what cannot be read is left out and told."""
    given, names = page.given(), parameters_of(listing)
    wrong = [
        refuse(UNKNOWN_FILTER, "{name!r} is no filter of this list", name=name[:TEXT_MOST], field=name)
        for name in given
        if name not in names
    ]
    try:
        scope = await listed.scope_of(
            conn, listing, page.visitor, first(given, "seller"), page.now(), knows_sellers=True
        )
    except Refused as refused:
        wrong += refused.refusals
        scope = await listed.scope_of(conn, listing, page.visitor, None, page.now(), knows_sellers=True)
    plain, unread = read(listing.filters, given, scope.placed, read_day, read_amount)
    show = _show(listing, page.visitor, first(given, "show"))
    chosen = plain if show is None else show.narrow(plain, page.visitor)
    sort = first(given, "sort") or (None if show is None else show.sort)
    try:
        listing.order_of(sort)
    except Refused as refused:
        wrong, sort = [*wrong, *refused.refusals], None
    return ListQuery(chosen, plain, show, sort, scope, given, [*wrong, *unread])


def first(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    """What a parameter says, if it says something."""
    return next((text for text in given.get(name, ()) if text), None)


def parameters_of(listing: AnyListing) -> tuple[str, ...]:
    """The parameters that an address may have."""
    own = [one.name for one in asked_fields(listing.filters)]
    seller = ["seller"] if is_of_sellers(listing.filters) else []
    return (*own, *seller, *(["show"] if listing.shows else []), "sort", "cursor")


def shows_of(listing: AnyListing, visitor: Visitor) -> list[Show[Any]]:
    """The ready choices that this person has a use for."""
    return [one for one in listing.shows if one.offered(visitor)]


def _show(listing: AnyListing, visitor: Visitor, name: str | None) -> Show[Any] | None:
    offered = shows_of(listing, visitor)
    return next((one for one in offered if one.name == name), offered[0] if offered else None)


def columns_of(listing: AnyListing, asked: ListQuery) -> list[Column[Any]]:
    """The columns that the page has."""
    shown = Shown("" if asked.show is None else asked.show.name, asked.chosen, asked.scope.several_sellers)
    return [one for one in listing.columns if one.when is None or one.when(shown)]
