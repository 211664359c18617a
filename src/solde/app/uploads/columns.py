"""What each column of a file of receivables or payments may hold, with an example; and empty files to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solde.imports import PAYMENT_COLUMNS, RECEIVABLE_COLUMNS, RECEIVABLE_REQUIRED
from solde.imports.model import CUSTOMER_COLUMNS, CUSTOMER_REQUIRED, PAYMENT_REQUIRED


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of file: its columns, those it must have, what they hold (text, example), and those often the same in each row."""

    columns: Sequence[str]
    required: Sequence[str]
    holds: Mapping[str, tuple[str, str]]
    constant: Sequence[str]
    dates: Sequence[str]
    amounts: Sequence[str]
    also: Mapping[str, str]


RECEIVABLES = Sort(
    RECEIVABLE_COLUMNS,
    RECEIVABLE_REQUIRED,
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
    },
    ("currency", "country", "customer_kind", "payment_method"),
    ("invoice_date", "due_date", "paid_date"),
    ("amount", "paid_amount"),
    {
        "customer": "customer_code", "customerid": "customer_code", "customer_id": "customer_code",
        "customer_number": "customer_code", "client": "customer_code", "code_client": "customer_code",
        "name": "customer_name", "nom": "customer_name", "raison_sociale": "customer_name",
        "countrycode": "country", "country_code": "country", "pays": "country", "account": "account_code",
        "devise": "currency", "invoicenumber": "invoice_number", "invoice": "invoice_number",
        "invoice_no": "invoice_number", "numero_facture": "invoice_number", "facture": "invoice_number",
        "invoicedate": "invoice_date", "date": "invoice_date", "date_facture": "invoice_date", "duedate": "due_date",
        "echeance": "due_date", "date_echeance": "due_date", "invoiceamount": "amount", "invoice_amount": "amount",
        "montant": "amount", "total": "amount", "settleddate": "paid_date", "paiddate": "paid_date",
        "date_paiement": "paid_date", "litige": "disputed",
        "kunde": "customer_code", "kundennummer": "customer_code", "rechnung": "invoice_number",
        "rechnungsnummer": "invoice_number", "rechnungsdatum": "invoice_date", "fällig": "due_date",
        "fälligkeit": "due_date", "betrag": "amount", "währung": "currency", "bezahlt_am": "paid_date",
    },
)  # fmt: skip

PAYMENTS = Sort(
    PAYMENT_COLUMNS,
    PAYMENT_REQUIRED,
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
    ("payment_date",),
    ("amount",),
    {
        "account": "account_code", "compte": "account_code", "customer": "customer_code", "client": "customer_code",
        "devise": "currency", "date": "payment_date", "date_paiement": "payment_date", "montant": "amount",
        "reference": "payment_reference", "method": "payment_method", "mode_paiement": "payment_method",
        "invoice": "invoice_numbers", "invoices": "invoice_numbers", "invoice_number": "invoice_numbers",
        "factures": "invoice_numbers", "facture": "invoice_numbers", "payeur": "payer", "name": "payer",
        "konto": "account_code", "kunde": "customer_code", "währung": "currency", "datum": "payment_date",
        "betrag": "amount", "verwendungszweck": "payment_reference", "rechnung": "invoice_numbers",
    },
)  # fmt: skip

CUSTOMERS = Sort(
    CUSTOMER_COLUMNS,
    CUSTOMER_REQUIRED,
    {},
    ("kind", "seller", "currency", "country", "language", "category", "billing_cycle", "tax_category", "payment_method"),
    (),
    (),
    {
        "customer_code": "code", "customer": "code", "code_client": "code", "client": "code", "nom": "name",
        "company": "name", "company_name": "name", "raison_sociale": "name", "pays": "country", "devise": "currency",
        "langue": "language", "firstname": "first_name", "prenom": "first_name", "lastname": "last_name",
        "surname": "last_name", "mail": "email", "e_mail": "email", "telephone": "phone",
    },
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
