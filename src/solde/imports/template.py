"""The empty file of customers that people fill in: a header, and a sheet that explains every column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from solde.customers import CustomerKind, InvoiceMode, PaymentMode
from solde.customers.rules import forms
from solde.customers.rules.creation import UNKNOWN_KIND
from solde.kernel.refusals import Kind, Refused, declare, refuse

UNKNOWN_FORMAT = declare("unknown_template_format", Kind.INVALID, "Ask for xlsx or csv.")

EXAMPLES: Mapping[str, str] = {
    "code": "ACME",
    "name": "Acme SAS",
    "legal_form": "SAS",
    "registration_number": "732829320",
    "vat_number": "FR44732829320",
    "title": "MS",
    "last_name": "Martin",
    "first_name": "Anne",
    "birth_date": "1985-04-23",
    "address_1": "12 rue de la Paix",
    "address_2": "Batiment B",
    "postcode": "75002",
    "city": "Paris",
    "region": "Ile-de-France",
    "country": "FR",
    "language": "fr",
    "email": "anne.martin@acme.example",
    "phone": "+33 1 42 68 53 00",
    "billing_cycle": "MONTHLY",
    "tax_category": "STANDARD",
    "invoice_mode": "CONSOLIDATED",
    "delivery": "EMAIL",
    "billing_account_code": "BA-ACME",
    "billing_account_description": "Acme, head office",
    "user_account_code": "UA-ACME",
    "user_account_description": "Acme, all users",
    "account_code": "ACME",
    "account_description": "Acme, main account",
    "payer": "GROUP",
    "currency": "EUR",
    "payment_method": "WIRETRANSFER",
    "payment_terms": "NET30",
    "payment_mode": "POSTPAID",
    "credit_limit": "5000.00",
    "iban": "FR7630006000011234567890189",
    "seller": "MAIN",
    "category": "BUSINESS",
    "brand": "Acme",
    "general_client_account": "411000",
    "analytic_1": "NORTH",
    "analytic_2": "",
    "analytic_3": "",
}

_WHAT: Mapping[str, str] = {
    "kind": "COMPANY or INDIVIDUAL",
    "code": "Letters, digits and . _ - + : @ &; nobody else's. A customer of this code that is there stays as it is",
    "registration_number": "The number in the register of the country; really checked",
    "vat_number": "The VAT number with its country; really checked",
    "birth_date": "A date, YYYY-MM-DD",
    "country": "ISO code, such as FR",
    "language": "ISO code, such as fr",
    "currency": "ISO code, such as EUR",
    "email": "An address, really checked",
    "phone": "With its country code, such as +33 1 42 68 53 00",
    "invoice_mode": ", ".join(InvoiceMode),
    "payment_mode": ", ".join(PaymentMode),
    "payer": "Code of the account that pays instead; blank: this one pays",
    "credit_limit": "Zero or more; blank: without limit",
    "iban": "Really checked",
    "account_code": "Made where blank: the customer's code",
    "billing_account_code": "Made where blank",
    "user_account_code": "Made where blank",
    "general_client_account": "The ledger account of your chart of accounts",
}
_LONGEST_LIST = 255
"""Characters the list of a cell may have in a workbook."""


def template(kind: str, format: str, choices: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """An empty file of customers of this kind, as `xlsx` or `csv`; `choices` are the codes a settings column may hold.

    Refuses: unknown_customer_kind, unknown_template_format.
    """
    if kind not in set(CustomerKind):
        raise Refused(refuse(UNKNOWN_KIND, "{kind!r} is no kind of customer", kind=kind, field="kind"))
    columns = list(forms.paths(CustomerKind(kind)))
    if format == "csv":
        return _csv(columns)
    if format == "xlsx":
        return _workbook(CustomerKind(kind), columns, choices or {})
    raise Refused(refuse(UNKNOWN_FORMAT, "{format!r} is no format of a template", format=format, field="format"))


def _csv(columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(columns)
    return text.getvalue().encode()


def _workbook(kind: CustomerKind, columns: Sequence[str], choices: Mapping[str, Sequence[str]]) -> bytes:
    # Only workbooks need the library.
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#F1F5F9"})
        needed = book.add_format({"bold": True, "bg_color": "#FDE68A"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        _fill_sheet(book.add_worksheet("Customers"), kind, columns, choices, bold, needed)
        _explain(book.add_worksheet("Columns"), kind, columns, choices, bold, wrapped)
    return target.getvalue()


def _fill_sheet(
    sheet: Any, kind: CustomerKind, columns: Sequence[str], choices: Mapping[str, Sequence[str]], bold: Any, needed: Any
) -> None:
    """The sheet to fill in: mandatory columns in colour, lists where there is a choice."""
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write(0, place, column, needed if _is_needed(kind, column) else bold)
        sheet.set_column(place, place, max(12, len(column) + 2))
        codes = _codes(column, choices)
        if codes and len(",".join(codes)) <= _LONGEST_LIST:
            sheet.data_validation(1, place, 100_000, place, {"validate": "list", "source": list(codes)})


def _explain(
    sheet: Any,
    kind: CustomerKind,
    columns: Sequence[str],
    choices: Mapping[str, Sequence[str]],
    bold: Any,
    wrapped: Any,
) -> None:
    """The sheet that explains: column, tab of the form, whether it is mandatory, what it may hold, an example."""
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, ("Column", "Tab", "Mandatory", "What it may hold", "Example"), bold)
    for row, column in enumerate(columns, 1):
        tab = forms.paths(kind)[column].rpartition(".")[0].replace("_", " ")
        held = (
            ", ".join(_codes(column, choices))
            or _WHAT.get(column)
            or f"Text, {forms.longest(column)} characters at most"
        )
        example = kind.value if column == "kind" else EXAMPLES.get(column, "")
        sheet.write_row(row, 0, (column, tab, "yes" if _is_needed(kind, column) else "", held, example), wrapped)
    for place, width in enumerate((30, 18, 11, 60, 32)):
        sheet.set_column(place, place, width)


def _is_needed(kind: CustomerKind, column: str) -> bool:
    return column == "code" or column in forms.MANDATORY[kind]


def _codes(column: str, choices: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The codes a column may hold, where they are few and known."""
    fixed: Mapping[str, list[str]] = {
        "kind": [kind.value for kind in CustomerKind],
        "invoice_mode": [mode.value for mode in InvoiceMode],
        "payment_mode": [mode.value for mode in PaymentMode],
    }
    return fixed.get(column) or sorted(choices.get(column, ()))
