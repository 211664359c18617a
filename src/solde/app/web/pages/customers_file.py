"""The customer list as a file: the accounts it shows, in its order, all pages, with the totals of each currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO

from litestar.response import Redirect, Stream

from solde.app.jobs import Pace
from solde.balances.ranking import RankedAccount, Show
from solde.extracts import Field, FieldKind
from solde.kernel.paging import LIMIT_MOST

from .. import formats
from ..i18n import t
from ..list_files import Listing, answer_with, write_list
from ..page import Page, web_page
from .customers import COLUMNS, missing_fields
from .customers_asked import read_asked
from .customers_found import every_page, whole_of

FIELDS: Mapping[str, Sequence[Field[RankedAccount]]] = {
    "customer": (
        Field("customer", "Customer", width=36, of=lambda a: a.name),
        Field("code", "Customer code", of=lambda a: a.customer),
    ),
    "account": (Field("account", "Account", of=lambda a: a.account),),
    "country": (Field("country", "Country", width=9, of=lambda a: a.country),),
    "balance": (
        Field("balance", "Balance", FieldKind.MONEY, 18, of=lambda a: a.balance),
        Field("direction", "DR/CR", width=8, of=lambda a: formats.direction_word(a.balance)),
    ),
    "overdue": (Field("overdue", "Overdue", FieldKind.MONEY, 18, of=lambda a: a.overdue),),
    "currency": (Field("currency", "Currency", width=10, of=lambda a: a.currency),),
    "state": (Field("state", "State", width=12, of=lambda a: t(formats.STATES.get(a.state, (a.state, ""))[0])),),
}
MISSING: Field[RankedAccount] = Field(
    "incomplete", "Missing", width=40, of=lambda a: ", ".join(missing_fields(a)) or None
)
"""What the incomplete lack: a column of its own where they are what is listed."""


@web_page(["/customers.xlsx", "/customers.csv"], name="customers_file")
async def customers_file(page: Page) -> Stream | Redirect:
    """The list as the address asks for it and as the reader sees it."""
    asked = replace(read_asked(dict(page.query)), cursor=None)
    fields = FIELDS if asked.show is not Show.INCOMPLETE else {**FIELDS, "customer": (*FIELDS["customer"], MISSING)}
    listing = Listing("customers", "Customers", COLUMNS, fields, lambda a: a.currency, ("balance", "overdue"))

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with whole_of(page) as whole:
            await write_list(page, out, listing, every_page(whole, asked, LIMIT_MOST), pace)
        return f"customers-{whole.moment.current_date}"

    return await answer_with(page, listing.title, write)


route_handlers = [customers_file]
