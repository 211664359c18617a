"""Values of an import: what a file may hold, how it is mapped, one row, and what came of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from solde.customers.model import Like
from solde.kernel.refusals import Refusal


class Receivable(NamedTuple):
    """One good row: an invoice and, where it was paid, its payment. The fields are the columns of the staging table.

    Dates are ISO texts and amounts plain decimal texts, as they are sent to the database. A tuple,
    because a file may hold a million of them. `disputed` None: the file does not tell. `trace`: the payment leaves less than
    half a minor unit.
    """

    line: int
    account_code: str
    customer_code: str
    customer_name: str | None
    customer_kind: str
    country: str | None
    currency: str
    type_id: int
    reference: str
    description: str | None
    invoice_on: str
    due_on: str | None
    amount: str
    disputed: bool | None
    paid_on: str | None
    paid_amount: str | None
    payment_type_id: int | None
    payment_reference: str | None
    payment_method: str | None
    trace: bool
    net: str | None
    tax: str | None


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import is run. `seller` owns the customers that are made; None: the first one.

    `keep_good`: good rows stay although others are refused; otherwise it is all or nothing.
    """

    actor: str
    now: datetime
    today: date
    seller: str | None = None
    keep_good: bool = False
    dry_run: bool = False
    file_name: str = ""


@dataclass(slots=True)
class ImportOutcome:
    """What came of an import, counted. `kept` False: nothing was written, because of refusals or a dry run.

    `left_out`: rows of totals. `unused`: columns of the file that mean nothing.
    `likes`: customers that were made and may be there already, the first of them.

    `accounts`: further accounts of customers. `changed`: rows of invoices that were there and now are paid, disputed, or disputed no longer.
    """

    rows: int = 0
    added: int = 0
    changed: int = 0
    already_there: int = 0
    refused: int = 0
    left_out: int = 0
    unused: list[str] = field(default_factory=list)
    likes: list[Like] = field(default_factory=list)
    customers: int = 0
    accounts: int = 0
    incomplete_customers: int = 0
    payments: int = 0
    disputes: int = 0
    kept: bool = True
    dry_run: bool = False
    invoiced: dict[str, Decimal] = field(default_factory=dict)
    paid: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class CustomersOutcome:
    """What came of an import of customers. `already_there`: customers of that code, who are left as they are."""

    rows: int = 0
    added: int = 0
    already_there: int = 0
    refused: int = 0
    left_out: int = 0
    unused: list[str] = field(default_factory=list)
    likes: list[Like] = field(default_factory=list)
    incomplete: int = 0
    kept: bool = True
    dry_run: bool = False


class Payment(NamedTuple):
    """One good row of payments. The fields are the columns of the staging table.

    `invoices` are references of what it pays; without any the oldest due first, or nothing. `entry_key` tells the row from every other of any file.
    """

    line: int
    account_code: str | None
    customer_code: str | None
    currency: str
    paid_on: str
    amount: str
    reference: str
    type_code: str
    method: str | None
    invoices: list[str]
    is_oldest: bool
    payer: str | None
    entry_key: str


@dataclass(slots=True)
class PaymentsOutcome:
    """What came of an import of payments. `unidentified`: rows of unknown accounts kept as unidentified receipts.

    `paid` is what came in, `allocated` what of it pays invoices, by currency.
    """

    rows: int = 0
    added: int = 0
    already_there: int = 0
    unidentified: int = 0
    refused: int = 0
    left_out: int = 0
    unused: list[str] = field(default_factory=list)
    kept: bool = True
    dry_run: bool = False
    paid: dict[str, Decimal] = field(default_factory=dict)
    allocated: dict[str, Decimal] = field(default_factory=dict)


LIKES_MOST = 200
"""Customers that may be there already that an import tells of."""

Progress = Callable[[str, int, int | None], None]
"""Told the step, how much of it is done, and of how much where that is known."""

OnRefusal = Callable[[Refusal], None]
"""Told every refusal as it is found, so that none need be held."""


def no_progress(step: str, done: int, total: int | None) -> None:
    """Tells nobody."""
