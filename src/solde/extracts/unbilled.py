"""The unbilled items of an account: as a file of their own, and as rows below the operations of a balance that counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, NamedTuple

from solde.balances import Definition, Draft, Moment, stream_unbilled
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.money import ZERO
from solde.unbilled import UnbilledItem

from .columns import total_row
from .model import Column, Exported, Field, FieldKind, FileFormat, Value
from .writers import open_writer

UNBILLED = Definition(0, 0, Draft("unbilled", "Unbilled items", counts_unbilled=True))
"""Not a balance of the administrator's: every unbilled item with its gross amount."""


class AccountItem(NamedTuple):
    """An unbilled item, and the account it is of."""

    account: AccountRef
    item: UnbilledItem


UNBILLED_COLUMNS: Sequence[Field[AccountItem]] = (
    Field("account", "Account", of=lambda row: row.account.code),
    Field("number", "No.", FieldKind.COUNT, 8, of=lambda row: row.item.item_number),
    Field("date", "Date", FieldKind.DAY, 12, of=lambda row: row.item.occurred_on),
    Field("kind", "Kind", width=16, of=lambda row: row.item.kind.value),
    Field("service", "Service", width=16, of=lambda row: row.item.service),
    Field("label", "Label", width=24, of=lambda row: row.item.service_label),
    Field("comment", "Comment", width=32, of=lambda row: row.item.description),
    Field("internal_comment", "Internal comment", width=32, of=lambda row: row.item.internal_comment),
    Field("period_from", "Period from", FieldKind.DAY, 12, of=lambda row: row.item.period_from),
    Field("period_until", "Period until", FieldKind.DAY, 12, of=lambda row: row.item.period_until),
    Field("currency", "Currency", width=10, of=lambda row: row.account.currency),
    Field("net", "Net", FieldKind.MONEY, 16, of=lambda row: row.item.net),
    Field("tax", "Tax", FieldKind.MONEY, 16, of=lambda row: row.item.tax),
    Field("gross", "Gross", FieldKind.MONEY, 16, of=lambda row: row.item.gross),
)


def as_operation(account: AccountRef, item: UnbilledItem, columns: Sequence[Column]) -> list[Value]:
    """An unbilled item in the columns of operations: it counts whole, and all of it is open."""
    amount = abs(item.gross)
    values: dict[str, Value] = {
        "account": account.code, "number": item.item_number, "date": item.occurred_on, "type": item.service,
        "label": item.service_label, "class": "UNBILLED", "description": item.description, "currency": account.currency,
        "amount": amount, "debit" if item.gross > 0 else "credit": amount, "open": amount, "disputed": ZERO,
    }  # fmt: skip
    return [values.get(column.name) for column in columns]


async def export_unbilled(
    conn: Connection, out: IO[bytes], form: FileFormat, account: AccountRef, *, moment: Moment
) -> Exported:
    """Write the items that were unbilled at a moment, oldest first; needs an open transaction."""
    writer = open_writer(form, out, f"{account.code} unbilled", UNBILLED_COLUMNS)
    net = tax = ZERO
    rows = 0
    async for item in stream_unbilled(conn, account.account_id, UNBILLED, moment):
        rows, net, tax = rows + 1, net + item.net, tax + item.tax
        row = AccountItem(account, item)
        writer.row([column.of(row) for column in UNBILLED_COLUMNS])
    sums = {"net": net, "tax": tax, "gross": net + tax}
    writer.total(total_row(UNBILLED_COLUMNS, {"currency": account.currency, **sums}))
    writer.close()
    return Exported(rows)
