"""What a row says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from solde.files.dates import date_pattern
from solde.files.layout import Layout
from solde.files.layout import find_columns as find_in
from solde.files.mapping import parse_mapping as parse_onto
from solde.files.model import Cell, FileMapping
from solde.imports.columns import RECEIVABLES
from solde.imports.model import Receivable
from solde.imports.rules.cells import LedgerFacts
from solde.imports.rules.receivables import RowReader
from solde.kernel.refusals import Refusal, Refused
from solde.operations import OperationType, Side


def make_type(number: int, code: str, class_: str, side: Side) -> OperationType:
    return OperationType(number, code, code, class_, side, None, None, None, None, True, False)


TYPES = {
    t.code: t
    for t in (
        make_type(1, "INV_STD", "I", Side.DEBIT),
        make_type(2, "INV_CRN", "I", Side.CREDIT),
        make_type(3, "PAY_WIRE", "P", Side.CREDIT),
        make_type(4, "PAY_CRD", "P", Side.CREDIT),
        make_type(5, "EXP_WRT", "W", Side.CREDIT),
    )
}
KNOWN = LedgerFacts(TYPES, {"CARD": "PAY_CRD", "WIRETRANSFER": "PAY_WIRE"}, date(2026, 11, 22))
GOOD: dict[str, Cell] = {
    "customer_code": "ACME",
    "currency": "EUR",
    "invoice_number": "F-1",
    "invoice_date": "2026-01-10",
    "due_date": "2026-02-09",
    "amount": "120.50",
}


def find_columns(header: Sequence[Cell], mapping: FileMapping) -> Layout:
    return find_in(header, mapping, RECEIVABLES)


def parse_mapping(text: str) -> FileMapping:
    return parse_onto(text, RECEIVABLES.names)


def read(mapping: FileMapping | None = None, **cells: Cell) -> Receivable | list[Refusal] | None:
    row = GOOD | cells
    reader = RowReader(find_columns(list(row), mapping or FileMapping()), mapping or FileMapping(), KNOWN)
    return reader.read(7, list(row.values()))


def good(mapping: FileMapping | None = None, **cells: Cell) -> Receivable:
    row = read(mapping, **cells)
    assert isinstance(row, Receivable), row
    return row


def refused(mapping: FileMapping | None = None, **cells: Cell) -> list[tuple[str, str | None]]:
    row = read(mapping, **cells)
    assert isinstance(row, list), row
    assert all(refusal.line == 7 for refusal in row)
    return [(refusal.code, refusal.field) for refusal in row]


def test_the_account_is_the_customers_unless_it_is_named() -> None:
    assert good().account_code == "ACME"
    assert good(account_code="ACME-2").account_code == "ACME-2"


def test_a_paid_row_without_a_paid_amount_is_paid_whole() -> None:
    row = good(paid_date="2026-01-20")
    assert (row.paid_on, row.paid_amount, row.payment_type_id) == ("2026-01-20", "120.50", 3)


def test_a_blank_due_date_is_left_to_the_payment_terms() -> None:
    assert good(due_date="").due_on is None


def test_the_payment_method_chooses_the_type_of_the_payment() -> None:
    assert good(paid_date="2026-01-20", payment_method="card").payment_type_id == 4
    assert good(paid_date="2026-01-20", payment_method="PAY_CRD").payment_method is None


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ({"invoice_date": "2026-02-30"}, "date_not_readable", "invoice_date"),
        ({"due_date": "1/2/2026"}, "date_not_readable", "due_date"),
        ({"invoice_date": ""}, "cell_missing", "invoice_date"),
        ({"invoice_date": "1949-12-31"}, "date_out_of_range", "invoice_date"),
        ({"amount": "1.1234567"}, "amount_too_precise", "amount"),
        ({"amount": "0"}, "amount_not_positive", "amount"),
        ({"amount": "-5"}, "amount_not_positive", "amount"),
        ({"amount": ""}, "cell_missing", "amount"),
        ({"amount": "1e3"}, "amount_not_a_number", "amount"),
        ({"amount": "1_000"}, "amount_not_a_number", "amount"),
        ({"amount": "NaN"}, "amount_not_a_number", "amount"),
        ({"amount": "1,5"}, "amount_not_a_number", "amount"),
        ({"amount": "100000000000000"}, "amount_too_large", "amount"),
        ({"currency": "EURO"}, "unknown_currency", "currency"),
        ({"currency": ""}, "cell_missing", "currency"),
        ({"due_date": "2026-01-09"}, "due_before_operation", "due_date"),
        ({"paid_date": "2026-01-09"}, "paid_before_invoice", "paid_date"),
        ({"paid_date": "2026-11-23"}, "dated_in_future", "paid_date"),
        ({"paid_amount": "5"}, "paid_amount_without_date", "paid_date"),
        ({"paid_date": "2026-01-20", "paid_amount": "0"}, "amount_not_positive", "paid_amount"),
        ({"disputed": "perhaps"}, "not_yes_or_no", "disputed"),
        ({"type": "INV_STDD"}, "unknown_operation_type", "type"),
        ({"type": "EXP_WRT"}, "not_an_invoice_type", "type"),
        ({"type": "INV_CRN", "disputed": "yes"}, "credit_note_settled", "disputed"),
        ({"payment_method": "SHELLS"}, "unknown_payment_method", "payment_method"),
        ({"customer_kind": "ROBOT"}, "unknown_customer_kind", "customer_kind"),
        ({"customer_code": " "}, "cell_missing", "customer_code"),
        ({"customer_code": "x" * 51}, "text_too_long", "customer_code"),
        ({"invoice_number": ""}, "cell_missing", "invoice_number"),
        ({"invoice_number": "F\x00-1"}, "text_unprintable", "invoice_number"),
    ],
)
def test_a_bad_cell_is_refused_with_its_column(cells: dict[str, Cell], code: str, field: str) -> None:
    assert refused(None, **cells) == [(code, field)]


def test_every_fault_of_a_row_is_told_at_once() -> None:
    assert refused(amount="x", invoice_date="y", disputed="z") == [
        ("date_not_readable", "invoice_date"),
        ("amount_not_a_number", "amount"),
        ("not_yes_or_no", "disputed"),
    ]


def test_a_bad_date_is_refused_each_time() -> None:
    reader = RowReader(find_columns(list(GOOD), FileMapping()), FileMapping(), KNOWN)
    bad = list((GOOD | {"invoice_date": "1949-01-01"}).values())
    assert isinstance(reader.read(2, bad), list)
    assert isinstance(reader.read(3, bad), list)


def test_a_mapping_renames_translates_and_adds() -> None:
    mapping = parse_mapping(
        'date_format = "d.m.yyyy"\ndecimal = ","\nthousands = "."\n'
        '[columns]\namount = "Betrag"\n[constants]\ncurrency = "CHF"\n[values.disputed]\nJa = "yes"\n'
    )
    row = {"customer_code": "A", "invoice_number": "1", "invoice_date": "5.1.2026", "due_date": "4.02.2026"}
    cells = row | {"BETRAG": "1.234,50", "disputed": "JA"}
    reader = RowReader(find_columns(list(cells), mapping), mapping, KNOWN)
    read_row = reader.read(2, list(cells.values()))
    assert isinstance(read_row, Receivable)
    assert (read_row.invoice_on, read_row.amount, read_row.currency, read_row.disputed) == (
        "2026-01-05",
        "1234.50",
        "CHF",
        True,
    )


def test_a_refusal_names_the_files_own_column() -> None:
    mapping = FileMapping(columns={"amount": "InvoiceAmount"})
    cells = {("InvoiceAmount" if name == "amount" else name): value for name, value in GOOD.items()} | {
        "InvoiceAmount": "?"
    }
    row = RowReader(find_columns(list(cells), mapping), mapping, KNOWN).read(2, list(cells.values()))
    assert isinstance(row, list)
    assert row[0].message == "InvoiceAmount: '?' is not an amount"


def test_values_of_a_workbook_keep_what_was_typed() -> None:
    row = good(amount=Decimal("0.1"), invoice_date=date(2026, 1, 5), invoice_number=Decimal("611365.0"), disputed=True)
    assert (row.amount, row.invoice_on, row.reference, row.disputed) == ("0.1", "2026-01-05", "611365", True)


def test_headers_are_found_in_any_case_and_with_spaces() -> None:
    names = [name.replace("_", " ").title() for name in GOOD]
    assert find_columns(names, FileMapping()).places["invoice_number"] == 2


def test_every_missing_column_is_named() -> None:
    with pytest.raises(Refused) as caught:
        find_columns(["customer_code", "Invoice Numbr", "amount"], FileMapping())
    assert [r.field for r in caught.value.refusals] == ["currency", "invoice_number", "invoice_date"]


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        find_columns([*GOOD, "Amount"], FileMapping())
    assert [r.code for r in caught.value.refusals] == ["column_twice"]


def test_a_row_longer_than_the_header_is_refused_and_a_shorter_one_is_filled() -> None:
    reader = RowReader(find_columns(list(GOOD), FileMapping()), FileMapping(), KNOWN)
    assert [r.code for r in reader.read(2, [*GOOD.values(), "more"])] == ["row_too_long"]  # type: ignore[union-attr]
    assert isinstance(reader.read(2, [*GOOD.values(), ""]), Receivable)
    assert [r.code for r in reader.read(2, list(GOOD.values())[:-1])] == ["cell_missing"]  # type: ignore[union-attr]


def test_less_than_half_a_cent_left_is_a_trace() -> None:
    assert good(amount="100.004", paid_date="2026-01-20", paid_amount="100").trace
    assert not good(amount="100.005", paid_date="2026-01-20", paid_amount="100").trace
    assert good(currency="JPY", paid_date="2026-01-20", paid_amount="120.1").trace


@pytest.mark.parametrize(
    ("date_format", "text", "fits"),
    [
        ("m/d/yyyy", "1/31/2026", True),
        ("mm/dd/yyyy", "1/31/2026", True),
        ("%d.%m.%Y", "31.01.2026", True),
        ("d.m.yyyy", "31x1x2026", False),
    ],
)
def test_a_date_format_reads_with_and_without_leading_zeros(date_format: str, text: str, fits: bool) -> None:
    assert (date_pattern(date_format).fullmatch(text) is not None) is fits


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date_format = 5", "must be a text"),
        ('datum = "x"', "has no 'datum'"),
        ('[columns]\nammount = "x"', "did you mean amount"),
        ('decimal = "x"', "decimal is . or ,"),
        ('separator = ";;"', "separator is one character"),
        ('date_format = "d/m"', "names day, month and year"),
        ('encoding = "utf-99"', "no encoding"),
        ("[values]\ndisputed = 'yes'", "table of texts"),
        ("= x", "not TOML"),
    ],
)
def test_a_faulty_mapping_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_mapping(text)
    assert words in str(caught.value)


def test_every_canonical_column_can_be_mapped() -> None:
    text = "[columns]\n" + "\n".join(f'{column} = "c_{column}"' for column in RECEIVABLES.names)
    assert set(parse_mapping(text).columns) == set(RECEIVABLES.names)


def test_columns_that_the_guide_calls_optional_may_be_missing() -> None:
    names = ["customer_code", "currency", "invoice_number", "invoice_date", "amount"]
    assert find_columns(names, FileMapping()).places["due_date"] == -1
