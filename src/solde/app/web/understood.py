"""How a file was understood: its first rows and its oddest, dates with the name of the month, amounts with their currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date

from solde.app.uploads import SORTS, Upload
from solde.customers import list_payment_methods
from solde.db import Connection
from solde.files import cell_of, parse_mapping
from solde.files.layout import find_columns
from solde.imports.model import Payment, Receivable
from solde.imports.rules.cells import LedgerFacts
from solde.imports.rules.customers import CustomerReader
from solde.imports.rules.payments import PaymentReader
from solde.imports.rules.receivables import RowReader
from solde.kernel.refusals import Refusal
from solde.operations import load_types

from . import formats, i18n
from .i18n import t
from .texts import sentence


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it was understood: its line, what it says (label, text), or why it is refused. `is_odd`: few are written so."""

    line: int
    facts: Sequence[tuple[str, str]]
    wrong: Sequence[str] = ()
    left_out: bool = False
    is_odd: bool = False


async def understood(conn: Connection, upload: Upload, today: date) -> list[PreviewRow]:
    """The first rows of a file and its oddest, as its mapping has them read."""
    sort, head = SORTS[upload.kind], upload.head
    mapping = parse_mapping(upload.mapping, sort.columns)
    layout = find_columns(head.columns, mapping, sort.file, head.header_row)
    types = (await load_types(conn)).by_code
    methods = {method.code: method.payment_type for method in await list_payment_methods(conn)}
    known = LedgerFacts(types, methods, today)
    reader: RowReader | PaymentReader | CustomerReader
    if upload.kind == "import_receivables":
        reader = RowReader(layout, mapping, known)
    elif upload.kind == "import_payments":
        reader = PaymentReader(layout, mapping, known, needs_account=not upload.unidentified)
    else:
        reader = CustomerReader(layout, mapping, LedgerFacts({}, {}, today), upload.seller)
    names = {kind.type_id: kind.label for kind in types.values()}
    found = []
    for is_odd, rows in ((False, head.first), (True, head.odd)):
        for line, cells in rows:
            read = reader.read(line, [cell_of(cell) for cell in cells])
            found.append(_row(line, read, names, is_odd=is_odd))
    return found


def _row(line: int, read: object, names: dict[int, str], *, is_odd: bool) -> PreviewRow:
    if isinstance(read, Receivable):
        return PreviewRow(line, _receivable(read, names), is_odd=is_odd)
    if isinstance(read, Payment):
        return PreviewRow(line, _payment(read), is_odd=is_odd)
    if isinstance(read, tuple):
        request, refusals = read
        if request is not None and not refusals:
            return PreviewRow(line, _customer(request), is_odd=is_odd)
        read = refusals or None
    if isinstance(read, list):
        return PreviewRow(line, (), [_said(refusal) for refusal in read], is_odd=is_odd)
    return PreviewRow(line, (), left_out=True, is_odd=is_odd)


def _said(refusal: Refusal) -> str:
    words = sentence(refusal.text)
    return words if "header" in refusal.text.values or not refusal.field else f"{refusal.field}: {words}"


def _receivable(row: Receivable, names: dict[int, str]) -> list[tuple[str, str]]:
    facts = [
        (t("Customer"), f"{row.customer_code} · {row.customer_name}" if row.customer_name else row.customer_code),
        (t("Invoice"), row.reference),
        (t("Type"), t(names.get(row.type_id, ""))),
        (t("Date"), written_out(row.invoice_on)),
        (t("Due"), written_out(row.due_on) if row.due_on else t("by the payment terms")),
        (t("Amount"), _money(row.amount, row.currency)),
    ]
    if row.tax is not None:
        facts.append((t("Tax"), _money(row.tax, row.currency)))
    if row.paid_on is not None:
        facts.append((t("Paid"), f"{_money(row.paid_amount or row.amount, row.currency)}, {written_out(row.paid_on)}"))
    return facts


def _payment(row: Payment) -> list[tuple[str, str]]:
    facts = [
        (t("Account"), row.account_code or row.customer_code or t("unknown")),
        (t("Date"), written_out(row.paid_on)),
        (t("Amount"), _money(row.amount, row.currency)),
        (t("Reference"), row.reference),
        (t("Payer"), row.payer or ""),
        (t("Pays"), ", ".join(row.invoices) or (t("the oldest due first") if row.is_oldest else t("nothing yet"))),
    ]
    return [fact for fact in facts if fact[1]]


def _customer(request: object) -> list[tuple[str, str]]:
    told = {name: getattr(request, name) for name in SORTS["import_customers"].columns}
    return [(name, _value(value)) for name, value in told.items() if value is not None]


def _value(value: object) -> str:
    if isinstance(value, date):
        return written_out(value.isoformat())
    return formats.number(value) if isinstance(value, Decimal) else str(value)


def written_out(day: str) -> str:
    """A date that nobody can misread: 1 February 2026."""
    on = date.fromisoformat(day)
    return format_date(on, "d MMMM y", locale=i18n.spoken())


def _money(amount: str, currency: str) -> str:
    return f"{formats.money(Decimal(amount), currency)} {currency}"
