"""The operations of all accounts as a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import IO

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.paging import LIMIT_MOST
from solde.operations import Side
from solde.operations.across import AcrossFilter, ListedOperation, list_across

from .columns import total_row
from .model import Exported, Field, Form, Kind, Told, Value, tell_nobody
from .writers import open_writer

ACROSS_COLUMNS: Sequence[Field[ListedOperation]] = (
    Field("customer", "Customer", of=lambda row: row.customer),
    Field("name", "Name", width=32, of=lambda row: row.name),
    Field("seller", "Seller", width=10, of=lambda row: row.seller),
    Field("account", "Account", of=lambda row: row.account),
    Field("number", "No.", Kind.COUNT, 8, of=lambda row: row.operation.number),
    Field("date", "Date", Kind.DAY, 12, of=lambda row: row.operation.operation_on),
    Field("type", "Type", width=12, of=lambda row: row.operation.code),
    Field("label", "Label", width=24, of=lambda row: row.operation.label),
    Field("class", "Class", width=8, of=lambda row: row.operation.class_),
    Field("reference", "Reference", width=20, of=lambda row: row.operation.reference),
    Field("description", "Description", width=32, of=lambda row: row.operation.description),
    Field("billing_account", "Billing account", of=lambda row: row.operation.billing_account),
    Field("due_date", "Due", Kind.DAY, 12, of=lambda row: row.operation.due_on),
    Field("currency", "Currency", width=10, of=lambda row: row.operation.currency),
    Field("debit", "Debit", Kind.MONEY, 16, of=lambda row: of_side(row, Side.DEBIT)),
    Field("credit", "Credit", Kind.MONEY, 16, of=lambda row: of_side(row, Side.CREDIT)),
    Field("open", "Open", Kind.MONEY, 16, of=lambda row: row.operation.open),
    Field("disputed", "Disputed", Kind.MONEY, 16, of=lambda row: row.operation.disputed),
    Field("matching_status", "Matching", width=10, of=lambda row: row.operation.matching_status),
    Field("posting_status", "Posting", width=12, of=lambda row: row.operation.posting_status),
    Field("accounting_date", "Accounting day", Kind.DAY, 14, of=lambda row: row.operation.accounting_on),
    Field("litigation_reason", "Litigation", width=24, of=lambda row: row.operation.litigation_reason),
)


def of_side(row: ListedOperation, side: Side) -> Decimal | None:
    """The amount, where the operation stands on this side."""
    return row.operation.amount if row.operation.side is side else None


async def export_across(
    conn: Connection,
    out: IO[bytes],
    form: Form,
    chosen: AcrossFilter = AcrossFilter(),  # noqa: B008 - frozen
    *,
    sort: str | None = None,
    columns: Sequence[Field[ListedOperation]] = ACROSS_COLUMNS,
    told: Told = tell_nobody,
) -> Exported:
    """Write every operation that fits, in order, and what they come to in each currency.

    Refuses: what `list_across` refuses.
    """
    writer = open_writer(form, out, "Operations", columns)
    sums: defaultdict[str, dict[Side, Decimal]] = defaultdict(lambda: dict.fromkeys(Side, ZERO))
    rows, cursor = 0, None
    while True:
        page = await list_across(conn, chosen, sort=sort, limit=LIMIT_MOST, cursor=cursor)
        for one in page.items:
            writer.row([column.of(one) for column in columns])
            sums[one.operation.currency][one.operation.side] += one.operation.amount
        rows += len(page.items)
        await told(rows)
        if page.next is None:
            break
        cursor = page.next
    for currency, of in sorted(sums.items()):
        totals: dict[str, Value] = {"currency": currency, "debit": of[Side.DEBIT], "credit": of[Side.CREDIT]}
        writer.total(total_row(columns, totals))
    writer.close()
    return Exported(rows)
