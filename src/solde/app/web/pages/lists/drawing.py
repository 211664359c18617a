"""A described list as its page draws it: the search box, the menu of filters, chips, the grid, what is said where it is empty."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from solde.kernel.money import ZERO, exponent
from solde.kernel.paging import Page as PageOf
from solde.listings import columns as described
from solde.listings.columns import AMOUNTS, ColumnKind, Target
from solde.listings.listing import Total
from solde.listings.reading import FilterField, asked_fields, is_of_sellers

from ....listed import Labels
from ... import formats
from ...addresses import Address, account_path, customer_path
from ...days import shown
from ...filters import Chip
from ...grid import Action, Cell, Column, Empty, Grid, Row, files, heads, pages
from ...i18n import t
from .address import AnyListing, ListQuery, columns_of, first

PATHS: Mapping[Target, Callable[..., str]] = {
    Target.ACCOUNT: account_path,
    Target.CUSTOMER_CARDS: lambda customer, account: f"{customer_path(customer, 'cards')}?account={account}",
    Target.CARD_TRANSACTION: lambda account, number: account_path(account, "cards", "transactions", str(number)),
    Target.APPROVAL: lambda number: f"/approvals/{number}",
    Target.ACCOUNTING_FILE: lambda number: f"/accounting/exports/{number}/file",
    Target.JOB: lambda number: f"/jobs/{number}",
    Target.RECEIPT: lambda number: f"/payments/receipts/{number}",
    Target.OPERATION: lambda account, number: account_path(account, "operations", str(number)),
}
"""The address of what a cell leads to."""

KINDS = {ColumnKind.MONEY: "money", ColumnKind.BALANCE: "money", ColumnKind.COUNT: "money", ColumnKind.DAY: "date", ColumnKind.INSTANT: "date", ColumnKind.STATE: "mark", ColumnKind.MARK: "mark"}  # fmt: skip


def as_drawn(column: described.Column[Any], sorts: Collection[str] = ()) -> Column:
    """A column as the grid has it; one of the `sorts` can be sorted by."""
    return Column(
        column.name, t(column.label), KINDS.get(column.kind, "text"), column.sort if column.sort in sorts else None, column.down, column.place, column.fixed,
        column.spare, column.aside, column.turned,
    )  # fmt: skip


def search_of(listing: AnyListing, asked: ListQuery, address: Address) -> dict[str, object]:
    """The search box, where there is one."""
    field = next((one for one in asked_fields(listing.filters) if one.filter.is_search), None)
    value = first(asked.given, "q") or ""
    return {
        "action": address.path, "hidden": address.hidden("q"), "value": value, "is_there": field is not None,
        "hint": t(field.filter.hint) if field is not None else "", "caption": t(listing.search),
    }  # fmt: skip


def menu_of(listing: AnyListing, asked: ListQuery, labels: Labels) -> list[dict[str, Any]]:
    """The fields of the filter menu."""
    fields = [
        _field(one, asked, labels)
        for one in asked_fields(listing.filters)
        if not one.filter.is_search and not one.filter.beside
    ]
    if is_of_sellers(listing.filters) and len(asked.scope.sellers) > 1:
        value = first(asked.given, "seller") or ""
        sellers = [(seller.code, seller.name) for seller in asked.scope.sellers]
        fields.append({"name": "seller", "label": t("Seller"), "kind": "choice", "value": value, "blank": t("Any"),
                       "options": sellers, "words": dict(sellers)})  # fmt: skip
    return fields


def _field(one: FilterField, asked: ListQuery, labels: Labels) -> dict[str, Any]:
    words = dict(labels[one.filter.options]) if one.filter.options is not None else {}
    if one.is_flag:
        words = {"true": t(one.filter.only)}
    kind = "choice" if words else "date" if one.kind.__name__ == "date" else "text"
    options = list(words.items())
    if one.filter.options is not None and one.filter.options.find is not None:
        options.sort(key=lambda option: option[1].casefold())
    return {
        "name": one.name, "label": t(one.filter.label), "kind": kind, "value": first(asked.given, one.name) or "",
        "hint": one.filter.hint if one.kind is Decimal else t(one.filter.hint) if one.filter.hint else "",
        "blank": t(one.filter.blank), "options": options, "words": {"true": t("only")} if one.is_flag else words,
    }  # fmt: skip


def chips_of(address: Address, menu: Sequence[Mapping[str, Any]], asked: ListQuery) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    fields = {field["name"]: field for field in menu}
    return [
        Chip(
            t("{name}: {value}", name=fields[name]["label"], value=fields[name]["words"].get(value, shown(value))),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in fields and name not in asked.faults
    ]


def totals_in(listing: AnyListing, totals: Sequence[Total]) -> list[tuple[str, str, str, str]]:
    """What all of the list comes to: label, figure, currency, of how many rows."""
    if listing.totals is None:
        return []
    labels = {one.name: t(one.label) for one in listing.columns}
    counted = listing.totals.counted
    return [
        (labels[name], formats.money(amount, one.currency), one.currency, t(counted, n=formats.whole(one.count)))
        for one in totals
        for name, amount in one.sums.items()
    ]


def grid_of(
    listing: AnyListing,
    asked: ListQuery,
    found: PageOf[Any],
    labels: Labels,
    address: Address,
    file: str,
    actions: Sequence[Action],
    cursor: str | None,
) -> Grid:
    """The list itself."""
    columns = columns_of(listing, asked)
    by, descending = listing.order_of(asked.sort, asked.chosen)
    sorts = listing.sorts_now(asked.chosen)
    before, following = pages(address, cursor, found.next)
    return Grid(
        name=listing.name,
        caption=t(listing.caption),
        heads=heads([as_drawn(column, sorts) for column in columns], address, by, descending=descending),
        rows=tuple(_row(listing, columns, row, labels) for row in found.items),
        empty=_empty(listing, asked, address, goes_on=found.next is not None),
        sums=tuple((c.name, t(c.label).lower(), c.kind is ColumnKind.BALANCE) for c in columns if c.summed),
        first=before,
        next=following,
        actions=tuple(actions),
        files=files(address, file),
    )


def _row(listing: AnyListing, columns: Sequence[described.Column[Any]], row: Any, labels: Labels) -> Row:
    unit = "" if listing.unit is None else listing.unit(row)
    return Row(
        key=listing.key(row),
        label=listing.row(row),
        cells=tuple(_cell(column, row, unit, labels) for column in columns),
        unit=unit,
        decimals=exponent(unit) if unit else 2,
        sums={one.name: formats.micros(_amount(one.of(row))) for one in columns if one.summed},
        kinds=listing.kinds(row),
    )


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


def _cell(column: described.Column[Any], row: Any, unit: str, labels: Labels) -> Cell:
    """What stands in a cell."""
    own = {} if column.options is None else labels[column.options]
    text, kind, tone = _written(column, row, unit, own), KINDS.get(column.kind, "text"), column.tone_of(row)
    sub = "" if column.under is None else column.under(row, t)
    title = "" if column.title is None else column.title(row, t)
    place = None if column.leads is None else column.leads(row)
    if place is not None:
        return Cell(text, "link", tone, PATHS[place[0]](*place[1]), column.opens, sub, title)
    if column.kind is ColumnKind.BALANCE and (value := _amount(column.of(row))):
        tone, sub = formats.DIRECTIONS[formats.direction(value)], formats.direction_word(value)
    if column.kind in (ColumnKind.STATE, ColumnKind.MARK):
        kind = "dot" if column.kind is ColumnKind.STATE else "badge"
        tone = tone or ("" if column.options is None else column.options.tones.get(str(column.of(row)), ""))
    return Cell(text, kind, tone, sub=sub, title=title)


def _written(column: described.Column[Any], row: Any, unit: str, labels: Mapping[str, str]) -> str:
    if column.blank is not None and column.blank(row):
        return ""
    value = None if column.text is not None else column.of(row)
    if isinstance(value, Decimal) and column.kind in AMOUNTS:
        return formats.size(value, unit) if column.kind is ColumnKind.BALANCE else formats.money(value, unit)
    if value is not None and column.kind is ColumnKind.COUNT:
        return formats.whole(int(str(value)))
    if value is not None and column.kind is ColumnKind.DAY:
        return formats.day(value)  # type: ignore[arg-type]  # a day by its kind
    if value is not None and column.kind is ColumnKind.INSTANT:
        return formats.instant(value)  # type: ignore[arg-type]  # an instant by its kind
    return column.words_of(row, t, labels)


def _empty(listing: AnyListing, asked: ListQuery, address: Address, *, goes_on: bool) -> Empty:
    if goes_on:
        return Empty(
            t("Nothing so far"),
            t("Nothing of what was looked at fits. Go on to the next page, or narrow the list by dates."),
        )
    narrowed = [name for name, _ in address.parameters if name not in ("sort", "show")]
    if narrowed:
        return Empty(
            t(listing.unfit),
            t(listing.unfit_text),
            href=str(address.only("sort", "show")),
            action=t("Clear the filters"),
        )
    said = listing.empty if asked.show is None or asked.show.empty is None else asked.show.empty
    return Empty(t(said.title), t(said.text) if said.text else "", commands=said.commands)
