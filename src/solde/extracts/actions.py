"""Export what a screen shows: the operations of a balance, the balances of all accounts, customers.

Each writes to a binary stream as rows come from the database, and holds a page of them at the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from solde.balances import Definition, Draft, Figures, Moment, balances_of_many, stream_balance, stream_unbilled
from solde.customers import AccountRef, CustomerFilters, FoundCustomer, search_customers
from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.paging import LIMIT_MOST
from solde.operations import OperationFilter, Order, Side
from solde.operations.lists import conditions

from . import store
from .columns import BALANCE_COLUMNS, CUSTOMER_COLUMNS, OPERATION_COLUMNS, AccountFigures, Counted, total_row
from .model import TOLD_ROWS, Exported, Field, FileFormat, Told, Value, tell_nobody
from .unbilled import as_operation
from .writers import open_writer

PAGE = 2000
EVERYTHING = Definition(0, 0, Draft("all", "All operations"))
"""Not a balance of the administrator's: every operation with its amount."""


async def export_operations(
    conn: Connection,
    out: IO[bytes],
    form: FileFormat,
    account: AccountRef,
    *,
    moment: Moment,
    definition: Definition = EVERYTHING,
    chosen: OperationFilter = OperationFilter(),  # noqa: B008 - frozen
    order: Order = Order(),  # noqa: B008 - frozen
    columns: Sequence[Field[Counted]] = OPERATION_COLUMNS,
    total_word: str = "Total",
    headed: bool = False,
    told: Told = tell_nobody,
) -> Exported:
    """Write the operations that a balance holds, in order; needs an open transaction.

    Debit and credit are what each counts for in the balance, so that their totals are its figures; unbilled items follow
    where the balance counts them and nothing narrows the list.
    Refuses: unknown_filter_value.
    """
    also, values = conditions(chosen)
    writer = open_writer(form, out, f"{account.code} {definition.code}", columns, headed=headed)
    debit = credit = still_open = disputed = ZERO
    rows = 0
    async for operation, counts in stream_balance(
        conn, account.account_id, definition, moment, also=also, values=values, order=order
    ):
        rows += 1
        if rows % TOLD_ROWS == 0:
            await told(rows)
        is_debit = operation.side is Side.DEBIT
        debit, credit = (debit + counts, credit) if is_debit else (debit, credit + counts)
        still_open += operation.open * operation.side.value
        disputed += operation.disputed
        row = Counted(account.code, operation, counts)
        writer.row([column.of(row) for column in columns])
    if chosen == OperationFilter():
        async for item in stream_unbilled(conn, account.account_id, definition, moment):
            rows += 1
            debit, credit = debit + max(item.gross, ZERO), credit - min(item.gross, ZERO)
            still_open += item.gross
            writer.row(as_operation(account, item, columns))
    sums = {"debit": debit, "credit": credit, "open": still_open, "disputed": disputed}
    writer.total(total_row(columns, {"currency": account.currency, **sums}, total_word))
    writer.close()
    return Exported(rows)


async def export_balances(
    conn: Connection,
    out: IO[bytes],
    form: FileFormat,
    *,
    definitions: Sequence[Definition],
    moment: Moment,
    seller_id: int | None = None,
    columns: Sequence[Field[AccountFigures]] = BALANCE_COLUMNS,
) -> Exported:
    """Write the balances of every account, a row for each definition, and a total for each definition and currency."""
    writer = open_writer(form, out, "Balances", columns)
    totals: dict[tuple[int, str], Figures] = {}
    rows = after = 0
    while accounts := await store.list_accounts(conn, after, seller_id, PAGE):
        figures = await balances_of_many(conn, [a.account_id for a in accounts], definitions, moment)
        for account in accounts:
            found = figures.get(account.account_id) or [Figures()] * len(definitions)
            for position, (definition, one) in enumerate(zip(definitions, found, strict=True)):
                row = AccountFigures(account, definition, one)
                writer.row([column.of(row) for column in columns])
                totals[position, account.currency] = _add(totals.get((position, account.currency), Figures()), one)
        rows += len(accounts) * len(definitions)
        after = accounts[-1].account_id
    for (position, currency), total in sorted(totals.items()):
        writer.total(total_row(columns, _balance_total(definitions[position], currency, total)))
    writer.close()
    return Exported(rows)


def _add(one: Figures, other: Figures) -> Figures:
    return Figures(one.debit + other.debit, one.credit + other.credit, one.count + other.count)


def _balance_total(definition: Definition, currency: str, total: Figures) -> dict[str, Value]:
    return {
        "currency": currency, "definition": definition.code, "label": definition.label, "debit": total.debit,
        "credit": total.credit, "balance": total.balance, "direction": total.direction, "count": total.count,
    }  # fmt: skip


async def export_customers(
    conn: Connection,
    out: IO[bytes],
    form: FileFormat,
    *,
    q: str | None = None,
    filters: CustomerFilters | None = None,
    seller_id: int | None = None,
    columns: Sequence[Field[FoundCustomer]] = CUSTOMER_COLUMNS,
) -> Exported:
    """Write the customers a search finds, in its order."""
    writer = open_writer(form, out, "Customers", columns)
    rows, cursor = 0, None
    while True:
        page = await search_customers(conn, q, seller_id=seller_id, filters=filters, limit=LIMIT_MOST, cursor=cursor)
        for found in page.items:
            writer.row([column.of(found) for column in columns])
        rows, cursor = rows + len(page.items), page.next
        if cursor is None:
            writer.close()
            return Exported(rows)
