"""The work list of litigation as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import IO

from solde.db import Connection
from solde.kernel.paging import LIMIT_MOST
from solde.litigation import DisputeFilter, DisputeOrder, OpenDispute, list_disputes, total_disputes

from .model import Column, Exported, Form, Kind, Told, Value, tell_nobody
from .writers import open_writer

COLUMNS = (
    Column("customer", "Customer"),
    Column("name", "Name", width=32),
    Column("account", "Account"),
    Column("seller", "Seller", width=10),
    Column("operation", "Number", Kind.COUNT, 10),
    Column("reference", "Invoice", width=18),
    Column("due_date", "Due", Kind.DAY, 12),
    Column("currency", "Currency", width=10),
    Column("amount", "Amount", Kind.MONEY, 18),
    Column("open", "Open", Kind.MONEY, 18),
    Column("disputed", "Disputed", Kind.MONEY, 18),
    Column("since", "Since", Kind.DAY, 12),
    Column("age_days", "Days", Kind.COUNT, 8),
    Column("reason_code", "Reason", width=16),
    Column("reason", "Why", width=40),
    Column("owner", "Owner", width=16),
    Column("review_date", "Review", Kind.DAY, 12),
)


async def export_disputes(
    conn: Connection,
    out: IO[bytes],
    form: Form,
    *,
    today: date,
    chosen: DisputeFilter = DisputeFilter(),  # noqa: B008 - frozen
    order: DisputeOrder = DisputeOrder(),  # noqa: B008 - frozen
    words: Callable[[str], str] = str,
    told: Told = tell_nobody,
) -> Exported:
    """Write what is in litigation, in order, with a total for each currency; `words` says the headers."""
    columns = tuple(replace(column, header=words(column.header)) for column in COLUMNS)
    writer = open_writer(form, out, words("Litigation"), columns)
    rows, cursor = 0, None
    while True:
        page = await list_disputes(conn, chosen, order=order, limit=LIMIT_MOST, cursor=cursor)
        for one in page.items:
            writer.row(_row(one, today))
        rows += len(page.items)
        await told(rows)
        if page.next is None:
            break
        cursor = page.next
    for total in await total_disputes(conn, chosen):
        sums: dict[str, Value] = {"customer": words("Total"), "operation": total.count, "currency": total.currency}
        sums["disputed"] = total.disputed
        writer.total([sums.get(column.name) for column in COLUMNS])
    writer.close()
    return Exported(rows)


def _row(one: OpenDispute, today: date) -> list[Value]:
    return [
        one.customer, one.name, one.account, one.seller, one.number, one.reference, one.due_on, one.currency,
        one.amount, one.open, one.disputed, one.since_on, one.age(today), one.reason_label, one.reason, one.owner,
        one.review_on,
    ]  # fmt: skip
