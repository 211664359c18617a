"""What the address of the customer list asks for: search, standing, filters, order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from solde.balances.ranking import RANKED_BY, Show
from solde.customers import AccountState, CustomerFilters, CustomerKind, Setting

from .. import formats
from ..addresses import Address
from ..filters import Chip
from ..i18n import t
from .customer_fields import options_of

DEFAULT_SORT = "-balance"
QUERY_MOST = 200
VALUE_MOST = 100

FILTERS: Mapping[str, str] = {
    "seller": "Seller",
    "category": "Customer category",
    "kind": "Kind",
    "country": "Country",
    "account_state": "State",
    "payment_mode": "Prepaid or postpaid",
    "currency": "Currency",
}
"""The filters of the list, named as in the API, and their labels; standing and completeness are its row of buttons."""

MODES: Mapping[str, str] = {"POSTPAID": "Postpaid", "PREPAID": "Prepaid"}
KEPT = ("q", "show", "sort", *FILTERS)
"""The parameters of an address that the list knows."""

Options = Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """What the address of the list asks for; `currency` is apart, so that the totals of the others stay to be picked."""

    q: str
    show: Show
    currency: str | None
    filters: CustomerFilters
    by: str
    descending: bool
    cursor: str | None

    @property
    def searched(self) -> CustomerFilters:
        """What a search is narrowed to; standing is not, for it looks at names before balances."""
        return replace(self.filters, currency=self.currency)

    @property
    def count(self) -> int:
        """How many filters are on."""
        return sum(1 for name in FILTERS if getattr(self.filters, name)) + (self.currency is not None)

    @property
    def narrowed(self) -> bool:
        """Does it ask for some of the accounts only?"""
        return bool(self.q or self.count or self.show is not Show.ALL)


def read_asked(parameters: Mapping[str, str]) -> CustomerQuery:
    """Read an address; what it does not know counts as not asked for."""
    sort = parameters.get("sort") or DEFAULT_SORT
    by = sort.removeprefix("-")
    show = parameters.get("show", "")
    given: dict[str, Any] = {name: _value(parameters.get(name)) for name in FILTERS}
    currency = given.pop("currency")
    return CustomerQuery(
        q=parameters.get("q", "").replace("\0", "").strip()[:QUERY_MOST],
        show=Show(show) if show in list(Show) else Show.ALL,
        currency=currency,
        filters=CustomerFilters(**given),
        by=by if by in RANKED_BY else "balance",
        descending=sort.startswith("-") if by in RANKED_BY else True,
        cursor=parameters.get("cursor") or None,
    )


def _value(text: str | None) -> str | None:
    return (text or "").replace("\0", "").strip()[:VALUE_MOST] or None


def address_of(parameters: Mapping[str, str], path: str = "/") -> Address:
    """The address of the list with the parameters it knows."""
    return Address(path, [(name, value) for name, value in parameters.items() if name in KEPT])


def options(choices: Mapping[str, tuple[Setting, ...]], currencies: list[str], seller: str | None) -> Options:
    """What each filter offers, in the reader's language; who is kept to a seller has no choice of them."""
    return {
        **{name: list(options_of(name, choices)) for name in ("category", "country")},
        "seller": [] if seller is not None else list(options_of("seller", choices)),
        "kind": [(CustomerKind.COMPANY, t("Company")), (CustomerKind.INDIVIDUAL, t("Individual"))],
        "account_state": [(state.value, t(formats.STATES[state][0])) for state in AccountState],
        "payment_mode": [(code, t(label)) for code, label in MODES.items()],
        "currency": [(code, code) for code in currencies],
    }


def filter_form(address: Address, asked: CustomerQuery, offered: Options) -> dict[str, object]:
    """The form of the filters: fields with what they offer and what is chosen."""
    given = dict(address.parameters)
    return {
        "fields": [(name, t(label), offered[name], given.get(name, "")) for name, label in FILTERS.items() if len(offered[name]) > 1],
        "hidden": address.hidden(*FILTERS),
        "count": asked.count,
        "clear": str(address.only("q", "show", "sort")),
    }  # fmt: skip


def chips(address: Address, offered: Options) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    return [
        Chip(
            t("{name}: {value}", name=t(FILTERS[name]), value=dict(offered[name]).get(value, value)),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in FILTERS
    ]
