"""Filters of a list: the fields of the Struct that its store function takes, each with a marker in `Annotated`.

Named alike on every face: a field of the menu and a parameter of the address, a query parameter of the API, an option of the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from .options import Options


class Placed(StrEnum):
    """What fills a filter that no face asks for."""

    SELLER = "seller"
    """The id of the seller: the one asked for, else the one that who asks is kept to."""
    SELLER_CODE = "seller_code"
    """The same by its code."""
    TODAY = "today"
    NOW = "now"
    NAMES = "names"
    """The texts by which who asks is named: their login and their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter on the faces.

    `label` names it in the menu and on its chip, `help` describes it in the API and in `--help`. `hint` stands in its field
    until something is typed; in a menu of `options` `blank` is the choice of all, `only` what a flag says there.
    `name` is its name where the attribute's is not fit. `is_search`: it is the search box. `beside`: pages do not ask for it.
    """

    label: str = ""
    help: str = ""
    hint: str = ""
    blank: str = "Any"
    only: str = ""
    name: str = ""
    options: Options | None = None
    placed: Placed | None = None
    is_search: bool = False
    beside: bool = False


SellerId = Annotated[int | None, Filter(placed=Placed.SELLER)]
Today = Annotated[date | None, Filter(placed=Placed.TODAY)]
Now = Annotated[datetime | None, Filter(placed=Placed.NOW)]
Names = Annotated[tuple[str, ...], Filter(placed=Placed.NAMES)]
AccountCode = Annotated[str | None, Filter(label="Account", help="Code of an account.")]
Currency = Annotated[str | None, Filter(label="Currency", help="Code of a currency, such as EUR.")]
DateFrom = Annotated[date | None, Filter(label="Date from", help="Dated on or after this day.")]
DateUntil = Annotated[date | None, Filter(label="Date until", help="Dated on or before this day.")]
AmountFrom = Annotated[Decimal | None, Filter(label="Amount from", help="Of this amount or more.", hint="0.00")]
AmountUntil = Annotated[Decimal | None, Filter(label="Amount up to", help="Of this amount or less.", hint="0.00")]


def search(hint: str, said: str) -> Filter:
    """The search box of a list, always called q."""
    return Filter(label="Search", hint=hint, help=said, is_search=True)
