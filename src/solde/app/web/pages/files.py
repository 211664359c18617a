"""The Balance tab's list as a file: same balance, day, filters and columns, and totals equal to the screen's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

from litestar.response import Redirect, Stream

from solde.app.jobs import Pace
from solde.extracts import Counted, Field, FieldKind, export_operations
from solde.kernel.refusals import Refused, refuse
from solde.operations import OperationFilter, Side
from solde.operations.lists import parse_sort

from .. import filters, formats
from ..i18n import t
from ..list_files import Listing, answer_with, form_asked
from ..page import Page, web_page
from .account_view import see
from .operations_list import COLUMNS

FIELDS: Mapping[str, Sequence[Field[Counted]]] = {
    "date": (Field("date", "Date", FieldKind.DAY, 12, of=lambda row: row.operation.operation_on),),
    "type": (Field("type", "Type", width=24, of=lambda row: t(row.operation.label)),),
    "reference": (
        Field("reference", "Reference", width=20,
              of=lambda row: row.operation.reference or t("No. {n}", n=row.operation.number)),
    ),
    "billing": (Field("billing", "Billing account", of=lambda row: row.operation.billing_account),),
    "due": (
        Field("due", "Due", FieldKind.DAY, 12,
              of=lambda row: row.operation.due_on if row.operation.side is Side.DEBIT else None),
    ),
    "debit": (Field("debit", "Debit", FieldKind.MONEY, 16, of=lambda row: row.debit),),
    "credit": (Field("credit", "Credit", FieldKind.MONEY, 16, of=lambda row: row.credit),),
    "open": (Field("open", "Open", FieldKind.MONEY, 16, of=lambda row: row.operation.open),),
    "matching": (
        Field("matching", "Matching", width=12, of=lambda row: t(formats.MATCHING[row.operation.matching_status][0])),
    ),
    "posting": (
        Field("posting", "Posting", width=12, of=lambda row: t(formats.POSTING[row.operation.posting_status][0])),
    ),
    "litigation": (Field("disputed", "Litigation", FieldKind.MONEY, 16, of=lambda row: row.operation.disputed or None),),
    "accounting": (Field("accounting", "Accounting day", FieldKind.DAY, 14, of=lambda row: row.operation.accounting_on),),
}  # fmt: skip
LISTING = Listing("operations", "Operations", COLUMNS, FIELDS)


@web_page(["/accounts/{code:str}/operations.xlsx", "/accounts/{code:str}/operations.csv"], name="operations_file")
async def operations_file(page: Page, code: str) -> Stream | Redirect:
    """The operations that the picked balance holds, as the address filters them and as the reader sees them.

    Debit and credit are what each counts for in the balance, so that their totals are its figures.
    Refuses: unreadable_filter where a filter of the address cannot be read, unknown_sort.
    """
    read, form = filters.read(page.given()), form_asked(page)
    if read.wrong:
        raise Refused([refuse(filters.UNREADABLE, text, field=name) for name, text in read.wrong.items()])
    order = parse_sort(page.query.get("sort"))
    columns = LISTING.shown(page.preferences)

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            seen = await see(page, conn, code)
            if read.chosen == OperationFilter():
                pace.total = seen.balance.figures.count
            await export_operations(
                conn, out, form, seen.reference, moment=seen.moment, definition=seen.definition, chosen=read.chosen,
                order=order, columns=columns, total_word=f"{t('Total')} {seen.account.currency}", headed=True,
                told=pace.move,
            )  # fmt: skip
        return f"{code}-{seen.definition.code}-{seen.moment.current_date}"

    return await answer_with(page, "Operations", write)


route_handlers = [operations_file]
