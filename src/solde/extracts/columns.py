"""The columns of the files: operations, balances, customers; what stands in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from solde.balances import Definition, Figures
from solde.customers import FoundCustomer
from solde.operations import Operation, Side

from .model import Column, Field, FieldKind, Value
from .store import ListedAccount


class Counted(NamedTuple):
    """An operation of an account, and what it counts for in a balance."""

    account: str
    operation: Operation
    counts: Decimal

    @property
    def debit(self) -> Decimal | None:
        """What it counts for, of a debit."""
        return self.counts if self.operation.side is Side.DEBIT else None

    @property
    def credit(self) -> Decimal | None:
        """What it counts for, of a credit."""
        return None if self.operation.side is Side.DEBIT else self.counts


class AccountFigures(NamedTuple):
    """An account and one of its balances."""

    account: ListedAccount
    definition: Definition
    figures: Figures


OPERATION_COLUMNS: Sequence[Field[Counted]] = (
    Field("account", "Account", of=lambda row: row.account),
    Field("number", "No.", FieldKind.COUNT, 8, of=lambda row: row.operation.number),
    Field("date", "Date", FieldKind.DAY, 12, of=lambda row: row.operation.operation_on),
    Field("type", "Type", width=12, of=lambda row: row.operation.code),
    Field("label", "Label", width=24, of=lambda row: row.operation.label),
    Field("class", "Class", width=8, of=lambda row: row.operation.class_),
    Field("reference", "Reference", width=20, of=lambda row: row.operation.reference),
    Field("description", "Description", width=32, of=lambda row: row.operation.description),
    Field("billing_account", "Billing account", of=lambda row: row.operation.billing_account),
    Field("due_date", "Due", FieldKind.DAY, 12, of=lambda row: row.operation.due_on),
    Field("currency", "Currency", width=10, of=lambda row: row.operation.currency),
    Field("amount", "Amount", FieldKind.MONEY, 16, of=lambda row: row.operation.amount),
    Field("debit", "Debit", FieldKind.MONEY, 16, of=lambda row: row.debit),
    Field("credit", "Credit", FieldKind.MONEY, 16, of=lambda row: row.credit),
    Field("open", "Open", FieldKind.MONEY, 16, of=lambda row: row.operation.open),
    Field("disputed", "Disputed", FieldKind.MONEY, 16, of=lambda row: row.operation.disputed),
    Field("matching_status", "Matching", width=10, of=lambda row: row.operation.matching_status),
    Field("posting_status", "Posting", width=12, of=lambda row: row.operation.posting_status),
    Field("accounting_date", "Accounting day", FieldKind.DAY, 14, of=lambda row: row.operation.accounting_on),
    Field("litigation_reason", "Litigation", width=24, of=lambda row: row.operation.litigation_reason),
)
BALANCE_COLUMNS: Sequence[Field[AccountFigures]] = (
    Field("account", "Account", of=lambda row: row.account.code),
    Field("customer", "Customer", of=lambda row: row.account.customer),
    Field("name", "Name", width=32, of=lambda row: row.account.name),
    Field("seller", "Seller", width=10, of=lambda row: row.account.seller),
    Field("state", "State", width=10, of=lambda row: row.account.state),
    Field("currency", "Currency", width=10, of=lambda row: row.account.currency),
    Field("definition", "Balance", width=18, of=lambda row: row.definition.code),
    Field("label", "Label", width=32, of=lambda row: row.definition.label),
    Field("debit", "Debit", FieldKind.MONEY, 18, of=lambda row: row.figures.debit),
    Field("credit", "Credit", FieldKind.MONEY, 18, of=lambda row: row.figures.credit),
    Field("balance", "Balance", FieldKind.MONEY, 18, of=lambda row: row.figures.balance),
    Field("direction", "DR/CR", width=8, of=lambda row: row.figures.direction),
    Field("count", "Operations", FieldKind.COUNT, 12, of=lambda row: row.figures.count),
)
CUSTOMER_COLUMNS: Sequence[Field[FoundCustomer]] = (
    Field("code", "Code", of=lambda c: c.code),
    Field("name", "Name", width=32, of=lambda c: c.name),
    Field("kind", "Kind", width=12, of=lambda c: c.kind),
    Field("country", "Country", width=9, of=lambda c: c.country),
    Field("registration_number", "Registration no.", width=18, of=lambda c: c.registration_number),
    Field("seller", "Seller", width=10, of=lambda c: c.seller),
    Field("category", "Category", of=lambda c: c.category),
    Field("state", "State", width=10, of=lambda c: c.state),
    Field("accounts", "Accounts", width=24, of=lambda c: " ".join(account.code for account in c.accounts)),
    Field(
        "currencies", "Currencies", width=12,
        of=lambda c: " ".join(dict.fromkeys(account.currency for account in c.accounts)),
    ),
    Field("incomplete", "Missing", width=40, of=lambda c: ", ".join(c.incomplete) or None),
)  # fmt: skip


def total_row(columns: Sequence[Column], values: Mapping[str, Value], word: str = "Total") -> list[Value]:
    """A row of totals, by the names of the columns; the first column that has none says what the row is."""
    row = [values.get(column.name) for column in columns]
    free = next((at for at, value in enumerate(row) if value is None), None)
    if free is not None:
        row[free] = word
    return row
