"""What each column of a file of receivables or payments may hold, with an example; and empty files to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solde.files.layout import Columns
from solde.imports import CUSTOMERS as CUSTOMER_FILE
from solde.imports import PAYMENTS as PAYMENT_FILE
from solde.imports import RECEIVABLES as RECEIVABLE_FILE


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of file: its columns, what they hold (text, example), and those often the same in each row."""

    file: Columns
    holds: Mapping[str, tuple[str, str]]
    constant: Sequence[str]

    @property
    def columns(self) -> Sequence[str]:
        """The canonical columns."""
        return self.file.names

    @property
    def required(self) -> Sequence[str]:
        """Those that every row needs."""
        return self.file.required


RECEIVABLES = Sort(
    RECEIVABLE_FILE,
    {
        "customer_code": ("Whose invoice it is; a customer who is not there is made", "C-1001"),
        "customer_name": ("Name of a customer who is made", "Example Ltd."),
        "customer_kind": ("COMPANY or INDIVIDUAL; a company unless said", "COMPANY"),
        "country": ("Country of a customer who is made, two letters", "FR"),
        "account_code": ("The account, where a customer has several; the customer's code unless said", "C-1001-EUR"),
        "currency": ("Three letters", "EUR"),
        "invoice_number": ("As printed on it; unique in its account", "INV-2026-0042"),
        "invoice_date": ("Date", "2026-04-01"),
        "due_date": ("Date", "2026-05-01"),
        "amount": ("What is owed, above zero", "1610.82"),
        "type": ("Code of an operation type; an invoice unless said", "INV_STD"),
        "description": ("Text", "Subscription April"),
        "disputed": ("yes or no", "no"),
        "paid_date": ("Date on which it was paid, if it was", ""),
        "paid_amount": ("What was paid; the whole amount unless said", ""),
        "payment_reference": ("As the bank tells it", ""),
        "payment_method": ("Code of a payment method", "WIRETRANSFER"),
        "net": ("What of the amount is without tax", ""),
        "tax": ("The tax in the amount; net and tax together are the amount", ""),
    },
    ("currency", "country", "customer_kind", "payment_method"),
)  # fmt: skip

PAYMENTS = Sort(
    PAYMENT_FILE,
    {
        "account_code": ("The account it is for", "C-1001"),
        "customer_code": ("Or the customer, where they have one account of the currency", ""),
        "currency": ("Three letters", "EUR"),
        "payment_date": ("Date on which the money came in", "2026-04-15"),
        "amount": ("Above zero", "1610.82"),
        "payment_reference": ("Tells the payment from every other of its account", "VIR 2026-0815"),
        "payment_method": ("Code of a payment method; a bank transfer unless said", "WIRETRANSFER"),
        "invoice_numbers": ("What it pays; several parted by ;", "INV-2026-0042;INV-2026-0043"),
        "allocate": ("oldest or none, where no invoices are named", "oldest"),
        "payer": ("Who paid, as the bank tells it", "EXAMPLE LTD LYON"),
    },
    ("currency", "payment_method", "allocate"),
)  # fmt: skip

CUSTOMERS = Sort(
    CUSTOMER_FILE,
    {},
    ("kind", "seller", "currency", "country", "language", "category", "billing_cycle", "tax_category", "payment_method"),
)  # fmt: skip

SORTS: Mapping[str, Sort] = {
    "import_customers": CUSTOMERS, "import_receivables": RECEIVABLES, "import_payments": PAYMENTS,
}  # fmt: skip
"""By the kind of the job that imports it."""


def empty_file(sort: Sort, title: str, *, as_workbook: bool) -> bytes:
    """A file with the columns alone; a workbook explains each on a second sheet."""
    if not as_workbook:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerow(sort.columns)
        return text.getvalue().encode()
    # Only workbooks need the library.
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#F1F5F9"})
        needed = book.add_format({"bold": True, "bg_color": "#FDE68A"})
        sheet, explained = book.add_worksheet(title), book.add_worksheet("Columns")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(sort.columns):
            sheet.write(0, place, column, needed if column in sort.required else bold)
            sheet.set_column(place, place, max(12, len(column) + 2))
        explained.write_row(0, 0, ("Column", "Mandatory", "What it holds", "Example"), bold)
        for row, column in enumerate(sort.columns, 1):
            holds, example = sort.holds.get(column, ("", ""))
            explained.write_row(row, 0, (column, "yes" if column in sort.required else "", holds, example))
        for place, width in enumerate((22, 11, 70, 30)):
            explained.set_column(place, place, width)
    return target.getvalue()
