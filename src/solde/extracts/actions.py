"""Export what a screen shows: the operations of a balance, the balances of all accounts, customers.

Each writes to a binary stream as rows come from the database, and holds a page of them at the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import IO

from solde.balances import Definition, Draft, Figures, Moment, balances_of_many, stream_balance
from solde.customers import AccountRef, CustomerFilters, FoundCustomer, search_customers
from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.paging import LIMIT_MOST
from solde.operations import Operation, OperationFilter, Order, Side
from solde.operations.lists import conditions

from . import store
from .model import Column, Exported, Form, Kind, Value, Writer
from .store import ListedAccount
from .writers import open_writer

PAGE = 2000
EVERYTHING = Definition(0, 0, Draft("all", "All operations"))
"""Not a balance of the administrator's: every operation with its amount."""

OPERATION_COLUMNS = (
    Column("account", "Account"),
    Column("number", "No.", Kind.COUNT, 8),
    Column("date", "Date", Kind.DAY, 12),
    Column("type", "Type", width=12),
    Column("label", "Label", width=24),
    Column("class", "Class", width=8),
    Column("reference", "Reference", width=20),
    Column("description", "Description", width=32),
    Column("billing_account", "Billing account"),
    Column("due_date", "Due", Kind.DAY, 12),
    Column("currency", "Currency", width=10),
    Column("amount", "Amount", Kind.MONEY, 16),
    Column("debit", "Debit", Kind.MONEY, 16),
    Column("credit", "Credit", Kind.MONEY, 16),
    Column("open", "Open", Kind.MONEY, 16),
    Column("disputed", "Disputed", Kind.MONEY, 16),
    Column("matching_status", "Matching", width=10),
    Column("posting_status", "Posting", width=12),
    Column("accounting_date", "Accounting day", Kind.DAY, 14),
    Column("litigation_reason", "Litigation", width=24),
)
BALANCE_COLUMNS = (
    Column("account", "Account"),
    Column("customer", "Customer"),
    Column("name", "Name", width=32),
    Column("seller", "Seller", width=10),
    Column("state", "State", width=10),
    Column("currency", "Currency", width=10),
    Column("definition", "Balance", width=18),
    Column("label", "Label", width=32),
    Column("debit", "Debit", Kind.MONEY, 18),
    Column("credit", "Credit", Kind.MONEY, 18),
    Column("balance", "Balance", Kind.MONEY, 18),
    Column("direction", "DR/CR", width=8),
    Column("count", "Operations", Kind.COUNT, 12),
)
CUSTOMER_COLUMNS = (
    Column("code", "Code"),
    Column("name", "Name", width=32),
    Column("kind", "Kind", width=12),
    Column("country", "Country", width=9),
    Column("registration_number", "Registration no.", width=18),
    Column("seller", "Seller", width=10),
    Column("category", "Category"),
    Column("state", "State", width=10),
    Column("accounts", "Accounts", width=24),
    Column("currencies", "Currencies", width=12),
    Column("incomplete", "Missing", width=40),
)


async def export_operations(
    conn: Connection,
    out: IO[bytes],
    form: Form,
    account: AccountRef,
    *,
    moment: Moment,
    definition: Definition = EVERYTHING,
    chosen: OperationFilter = OperationFilter(),  # noqa: B008 - frozen
    order: Order = Order(),  # noqa: B008 - frozen
) -> Exported:
    """Write the operations that a balance holds, in order; needs an open transaction.

    Debit and credit are what each counts for in the balance, so that their totals are its figures.
    Refuses: unknown_filter_value.
    """
    also, values = conditions(chosen)
    writer = open_writer(form, out, f"{account.code} {definition.code}", OPERATION_COLUMNS)
    debit = credit = still_open = disputed = ZERO
    rows = 0
    async for operation, counts in stream_balance(
        conn, account.account_id, definition, moment, also=also, values=values, order=order
    ):
        rows += 1
        is_debit = operation.side is Side.DEBIT
        debit, credit = (debit + counts, credit) if is_debit else (debit, credit + counts)
        still_open += operation.open * operation.side.value
        disputed += operation.disputed
        writer.row(_operation_row(account.code, operation, counts))
    writer.total(
        _total(
            OPERATION_COLUMNS,
            account="Total",
            currency=account.currency,
            debit=debit,
            credit=credit,
            open=still_open,
            disputed=disputed,
        )
    )
    writer.close()
    return Exported(rows)


def _operation_row(account: str, o: Operation, counts: Decimal) -> list[Value]:
    debit, credit = (counts, None) if o.side is Side.DEBIT else (None, counts)
    return [
        account, o.number, o.operation_on, o.code, o.label, o.class_, o.reference, o.description, o.billing_account,
        o.due_on, o.currency, o.amount, debit, credit, o.open, o.disputed, o.matching_status, o.posting_status,
        o.accounting_on, o.litigation_reason,
    ]  # fmt: skip


def _total(columns: Sequence[Column], **values: Value) -> list[Value]:
    return [values.get(column.name) for column in columns]


async def export_balances(
    conn: Connection,
    out: IO[bytes],
    form: Form,
    *,
    definitions: Sequence[Definition],
    moment: Moment,
    seller_id: int | None = None,
) -> Exported:
    """Write the balances of every account, a row for each definition, and a total for each definition and currency."""
    writer = open_writer(form, out, "Balances", BALANCE_COLUMNS)
    totals: dict[tuple[int, str], Figures] = {}
    rows = after = 0
    while accounts := await store.list_accounts(conn, after, seller_id, PAGE):
        figures = await balances_of_many(conn, [a.account_id for a in accounts], definitions, moment)
        for account in accounts:
            found = figures.get(account.account_id) or [Figures()] * len(definitions)
            for position, (definition, one) in enumerate(zip(definitions, found, strict=True)):
                writer.row(_balance_row(account, definition, one))
                totals[position, account.currency] = _add(totals.get((position, account.currency), Figures()), one)
        rows += len(accounts) * len(definitions)
        after = accounts[-1].account_id
    for (position, currency), total in sorted(totals.items()):
        _write_balance_total(writer, definitions[position], currency, total)
    writer.close()
    return Exported(rows)


def _add(one: Figures, other: Figures) -> Figures:
    return Figures(one.debit + other.debit, one.credit + other.credit, one.count + other.count)


def _balance_row(account: ListedAccount, definition: Definition, figures: Figures) -> list[Value]:
    return [
        account.code, account.customer, account.name, account.seller, account.state, account.currency,
        definition.code, definition.label, figures.debit, figures.credit, figures.balance, figures.direction,
        figures.count,
    ]  # fmt: skip


def _write_balance_total(writer: Writer, definition: Definition, currency: str, total: Figures) -> None:
    writer.total(
        _total(
            BALANCE_COLUMNS, account="Total", currency=currency, definition=definition.code, label=definition.label,
            debit=total.debit, credit=total.credit, balance=total.balance, direction=total.direction, count=total.count,
        )
    )  # fmt: skip


async def export_customers(
    conn: Connection,
    out: IO[bytes],
    form: Form,
    *,
    q: str | None = None,
    filters: CustomerFilters | None = None,
    seller_id: int | None = None,
) -> Exported:
    """Write the customers a search finds, in its order."""
    writer = open_writer(form, out, "Customers", CUSTOMER_COLUMNS)
    rows, cursor = 0, None
    while True:
        page = await search_customers(conn, q, seller_id=seller_id, filters=filters, limit=LIMIT_MOST, cursor=cursor)
        for found in page.items:
            writer.row(_customer_row(found))
        rows, cursor = rows + len(page.items), page.next
        if cursor is None:
            writer.close()
            return Exported(rows)


def _customer_row(c: FoundCustomer) -> list[Value]:
    accounts = " ".join(account.code for account in c.accounts)
    currencies = " ".join(dict.fromkeys(account.currency for account in c.accounts))
    return [
        c.code, c.name, c.kind, c.country, c.registration_number, c.seller, c.category, c.state, accounts, currencies,
        ", ".join(c.incomplete) or None,
    ]  # fmt: skip
