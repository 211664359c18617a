"""What a row of receivables says, and every reason why it cannot be imported. Pure: no database, no clock.

Source: interfaces, "Import of receivables".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from operator import itemgetter

from solde.customers.rules.creation import UNKNOWN_KIND
from solde.customers.rules.world import read_currency
from solde.kernel.dates import DATE_NOT_READABLE
from solde.kernel.money import AMOUNT_NOT_A_NUMBER, check_positive, minor_unit
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.operations.model import OperationType, Side
from solde.operations.rules import (
    DATE_OUT_OF_RANGE,
    DUE_TOO_EARLY,
    EARLIEST,
    LATEST,
    TEXT_LIMITS,
    TEXT_TOO_LONG,
    TEXT_UNPRINTABLE,
    UNKNOWN_TYPE,
)

from .model import COLUMNS, REQUIRED, Cell, FileMapping, Receivable

COLUMN_MISSING = declare(
    "column_missing", Kind.INVALID, "Add the column, or name the file's own column or a constant in a mapping."
)
COLUMN_TWICE = declare("column_twice", Kind.INVALID, "Name each column once.")
ROW_TOO_LONG = declare("row_too_long", Kind.INVALID, "Put texts that hold the separator in quotes.")
CELL_MISSING = declare("cell_missing", Kind.INVALID, "Fill in the cell; every invoice needs it.")
NOT_YES_OR_NO = declare("not_yes_or_no", Kind.INVALID, "Write yes or no, or translate the values in a mapping.")
PAID_TOO_EARLY = declare(
    "paid_before_invoice", Kind.INVALID, "An invoice is paid on or after its own date; correct one of the two."
)
PAID_IN_FUTURE = declare("paid_in_future", Kind.INVALID, "Leave the paid date blank until the payment is there.")
PAID_WITHOUT_DATE = declare(
    "paid_amount_without_date", Kind.INVALID, "Give the date of the payment, or no paid amount."
)
NOT_AN_INVOICE = declare(
    "not_an_invoice_type", Kind.INVALID, "Use an operation type of class I, such as INV_STD or INV_CRN."
)
NOT_SETTLED_HERE = declare(
    "credit_note_settled", Kind.INVALID, "A credit note is neither paid nor disputed; match it after the import."
)
UNKNOWN_METHOD = declare(
    "unknown_payment_method", Kind.INVALID, "Use a code of GET /api/v1/payment-methods, or translate it in a mapping."
)

YES = frozenset({"yes", "y", "true", "1", "x", "t"})
NO = frozenset({"no", "n", "false", "0", "", "f"})
TYPE_DEFAULT = "INV_STD"
PAYMENT_DEFAULT = "PAY_WIRE"
LONGEST_NAME = 200
LONGEST_CODE = 50
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE_PART = {"y": r"(?P<y>[0-9]{4})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules must know of the ledger: operation types, the type of each payment method, and today."""

    types: Mapping[str, OperationType]
    methods: Mapping[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the canonical columns stand in a file: the place of each, -1 where a constant or nothing does."""

    places: Mapping[str, int]
    headers: Mapping[str, str]
    width: int


def find_columns(header: Sequence[Cell], mapping: FileMapping) -> Layout:
    """Find the canonical columns in a file's header.

    Refuses: column_missing, for every column that lacks; column_twice.
    """
    names = [str(cell).strip() for cell in header]
    plain = [plain_name(name) for name in names]
    places: dict[str, int] = {}
    refusals: list[Refusal] = []
    for column in COLUMNS:
        wished = mapping.columns.get(column)
        found = [i for i, name in enumerate(plain) if name == plain_name(wished or column)]
        if len(found) > 1:
            refusals.append(
                refuse(COLUMN_TWICE, f"the file has {len(found)} columns {wished or column!r}", field=column)
            )
        elif not found and column not in mapping.constants and (wished or column in REQUIRED):
            hint = "" if not (near := get_close_matches(wished or column, names, 1)) else f"; there is {near[0]!r}"
            refusals.append(refuse(COLUMN_MISSING, f"the file has no column {wished or column!r}{hint}", field=column))
        places[column] = found[0] if len(found) == 1 else -1
    if refusals:
        raise Refused([refusal.at(line=1) for refusal in refusals])
    headers = {column: names[place] if place >= 0 else column for column, place in places.items()}
    return Layout(places, headers, len(names))


def plain_name(header: str) -> str:
    """A header as canonical columns are written: lower case, words joined by _."""
    return "_".join(header.casefold().replace("-", " ").replace("_", " ").split())


def date_pattern(date_format: str) -> re.Pattern[str]:
    """The dates a format allows: `m/d/yyyy` reads 1/31/2013 and 01/31/2013."""
    runs = re.sub(r"(?i)([dmy])\1*", lambda run: run[1].lower(), date_format.replace("%", ""))
    return re.compile("".join(_DATE_PART.get(letter, re.escape(letter)) for letter in runs))


class RowReader:
    """Reads the rows of one file; remembers the few dates, currencies and types that most rows share."""

    def __init__(self, layout: Layout, mapping: FileMapping, known: Known) -> None:
        self._layout = layout
        self._mapping = mapping
        self._known = known
        self._constants = [mapping.constants.get(column, "") for column in COLUMNS]
        self._pick = itemgetter(*(self._place(i, column) for i, column in enumerate(COLUMNS)))
        self._maps = [
            (COLUMNS.index(column), {key.strip().casefold(): value for key, value in entries.items()})
            for column, entries in mapping.values.items()
        ]
        self._pattern = date_pattern(mapping.date_format)
        self._dates: dict[Cell, str] = {}
        self._currencies: dict[str, str] = {}
        self._halves: dict[str, Decimal] = {}
        self._today = known.today.isoformat()

    def _place(self, position: int, column: str) -> int:
        """Behind the cells of a row stand the constants."""
        place = self._layout.places[column]
        return place if place >= 0 and column not in self._mapping.constants else self._layout.width + position

    def read(self, line: int, cells: Sequence[Cell]) -> Receivable | list[Refusal]:
        """The row as an invoice and its settlement, or every reason why not, each with line and column."""
        if len(cells) > self._layout.width and any(str(cell).strip() for cell in cells[self._layout.width :]):
            message = f"the row has {len(cells)} cells, the header {self._layout.width}"
            return [refuse(ROW_TOO_LONG, message, line=line)]
        padded = [*cells[: self._layout.width], *[""] * (self._layout.width - len(cells)), *self._constants]
        picked = [cell.strip() if type(cell) is str else cell for cell in self._pick(padded)]
        for position, translations in self._maps:
            picked[position] = translations.get(_text(picked[position]).casefold(), picked[position])
        found: list[Refusal] = []
        row = self._judge(line, picked, found)
        return row if not found else [self._placed(refusal, line) for refusal in found]

    def _placed(self, refusal: Refusal, line: int) -> Refusal:
        header = self._layout.headers.get(refusal.field or "", "")
        named = refusal if header in ("", refusal.field) else _named(refusal, header)
        return named.at(line=line)

    def _judge(self, line: int, picked: Sequence[Cell], found: list[Refusal]) -> Receivable:
        (
            customer, name, kind, country, account, currency, number, invoiced, due, amount, type_, description,
            disputed, paid, paid_amount, payment_reference, method,
        ) = picked  # fmt: skip
        customer_code = _required(customer, "customer_code", LONGEST_CODE, found)
        reference = _required(number, "invoice_number", TEXT_LIMITS["reference"], found)
        code = self._currency(currency, found)
        invoice_on = self._date(invoiced, "invoice_date", found)
        due_on = self._date(due, "due_date", found) if due != "" else invoice_on
        owed = self._amount(amount, "amount", found)
        kind_of_invoice = self._type(_text(type_), found)
        in_dispute = _yes(disputed, found)
        paid_on = self._date(paid, "paid_date", found) if paid != "" else None
        paid_by = self._amount(paid_amount, "paid_amount", found) if paid_amount != "" else None
        payment_type, payment_method = self._method(_text(method), found)
        if found == []:
            self._compare(invoice_on, due_on, paid_on, paid_by, in_dispute, kind_of_invoice, found)
        if paid_on is not None and paid_by is None:
            paid_by = owed
        left = abs(owed - paid_by) if paid_by is not None else Decimal(0)
        return Receivable(
            line,
            _optional(account, "account_code", LONGEST_CODE, found) or customer_code,
            customer_code,
            _optional(name, "customer_name", LONGEST_NAME, found),
            _kind(kind, found),
            _optional(country, "country", LONGEST_CODE, found),
            code,
            0 if kind_of_invoice is None else kind_of_invoice.type_id,
            reference,
            _optional(description, "description", TEXT_LIMITS["description"], found),
            invoice_on,
            due_on,
            format(owed, "f"),
            in_dispute,
            paid_on,
            None if paid_by is None else format(paid_by, "f"),
            payment_type if paid_on is not None else None,
            _optional(payment_reference, "payment_reference", TEXT_LIMITS["reference"], found) if paid_on else None,
            payment_method if paid_on is not None else None,
            bool(left) and left < self._half(code),
        )

    def _compare(
        self, invoice_on: str, due_on: str, paid_on: str | None, paid_by: Decimal | None, disputed: bool,
        kind: OperationType | None, found: list[Refusal],
    ) -> None:  # fmt: skip
        """Do the dates and the settlement fit each other? ISO dates compare as texts."""
        if due_on < invoice_on:
            found.append(
                refuse(DUE_TOO_EARLY, f"due {due_on} is before the invoice date {invoice_on}", field="due_date")
            )
        if paid_by is not None and paid_on is None:
            found.append(refuse(PAID_WITHOUT_DATE, "there is a paid amount but no paid date", field="paid_date"))
        if paid_on is not None and paid_on < invoice_on:
            message = f"paid {paid_on} is before the invoice date {invoice_on}"
            found.append(refuse(PAID_TOO_EARLY, message, field="paid_date"))
        if paid_on is not None and paid_on > self._today:
            found.append(refuse(PAID_IN_FUTURE, f"{paid_on} lies in the future", field="paid_date"))
        if kind is not None and kind.side is Side.CREDIT and (paid_on is not None or disputed):
            column = "paid_date" if paid_on is not None else "disputed"
            found.append(refuse(NOT_SETTLED_HERE, f"{kind.code} is a credit note", field=column))

    def _half(self, currency: str) -> Decimal:
        half = self._halves.get(currency)
        if half is None:
            half = self._halves[currency] = minor_unit(currency) / 2
        return half

    def _date(self, cell: Cell, column: str, found: list[Refusal]) -> str:
        known = self._dates.get(cell)
        if known is not None:
            return known
        if cell == "":
            found.append(refuse(CELL_MISSING, f"the {column.replace('_', ' ')} is missing", field=column))
            return ""
        day = cell if isinstance(cell, date) else self._parse_date(_text(cell))
        if day is None:
            message = f"{_text(cell)!r} is not a date of the form {self._mapping.date_format}"
            found.append(refuse(DATE_NOT_READABLE, message, field=column))
            return ""
        if not EARLIEST <= day <= LATEST:
            found.append(refuse(DATE_OUT_OF_RANGE, f"{day} is outside 1950 to 2199", field=column))
        else:
            self._dates[cell] = day.isoformat()
        return day.isoformat()

    def _parse_date(self, text: str) -> date | None:
        match = self._pattern.fullmatch(text)
        try:
            return date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
        except ValueError:
            return None

    def _amount(self, cell: Cell, column: str, found: list[Refusal]) -> Decimal:
        if cell == "":
            found.append(refuse(CELL_MISSING, f"the {column.replace('_', ' ')} is missing", field=column))
            return Decimal(1)
        amount = cell if isinstance(cell, Decimal) else self._parse_amount(_text(cell))
        bad = (
            check_positive(amount)
            if amount is not None
            else refuse(AMOUNT_NOT_A_NUMBER, f"{_text(cell)!r} is not an amount")
        )
        if bad is not None:
            found.append(bad.at(field=column))
        return Decimal(1) if amount is None or bad is not None else amount

    def _parse_amount(self, text: str) -> Decimal | None:
        if self._mapping.thousands:
            text = text.replace(self._mapping.thousands, "")
        if self._mapping.decimal != ".":
            text = text.replace(".", "?").replace(self._mapping.decimal, ".")
        return Decimal(text) if _NUMBER.fullmatch(text) else None

    def _currency(self, cell: Cell, found: list[Refusal]) -> str:
        text = _text(cell)
        known = self._currencies.get(text)
        if known is not None:
            return known
        if not text:
            found.append(refuse(CELL_MISSING, "the currency is missing", field="currency"))
            return ""
        read = read_currency(text)
        if isinstance(read, Refusal):
            found.append(read.at(field="currency"))
            return ""
        self._currencies[text] = read
        return read

    def _type(self, text: str, found: list[Refusal]) -> OperationType | None:
        kind = self._known.types.get(text.upper() or TYPE_DEFAULT)
        if kind is None:
            near = get_close_matches(text.upper(), self._known.types, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(refuse(UNKNOWN_TYPE, f"{text!r} is no operation type{hint}", field="type"))
        elif kind.class_ != "I" or kind.deposit:
            found.append(refuse(NOT_AN_INVOICE, f"{kind.code} is of class {kind.class_}", field="type"))
        return kind

    def _method(self, text: str, found: list[Refusal]) -> tuple[int | None, str | None]:
        """The operation type of the payment, and the payment method where one is named."""
        code = text.upper()
        kind = self._known.types.get(self._known.methods.get(code, code) or PAYMENT_DEFAULT)
        if kind is None or kind.class_ not in ("P", "AP") or kind.deposit:
            near = get_close_matches(code, self._known.methods, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(refuse(UNKNOWN_METHOD, f"{text!r} is no payment method{hint}", field="payment_method"))
            return None, None
        return kind.type_id, code if code in self._known.methods else None


def _named(refusal: Refusal, header: str) -> Refusal:
    return Refusal(refusal.code, refusal.kind, f"{header}: {refusal.message}", refusal.field)


def _text(cell: Cell) -> str:
    """A cell as text: a number without an exponent or needless decimals, as it stands in the workbook."""
    if type(cell) is str:
        return cell
    if isinstance(cell, Decimal):
        text = format(cell, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def _required(cell: Cell, column: str, longest: int, found: list[Refusal]) -> str:
    text = _optional(cell, column, longest, found)
    if text is None:
        found.append(refuse(CELL_MISSING, f"the {column.replace('_', ' ')} is missing", field=column))
    return text or ""


def _optional(cell: Cell, column: str, longest: int, found: list[Refusal]) -> str | None:
    text = cell if type(cell) is str else _text(cell)
    if not text:
        return None
    if len(text) > longest:
        message = f"the text has {len(text)} characters; {longest} are allowed"
        found.append(refuse(TEXT_TOO_LONG, message, field=column))
    if not text.isprintable() and any(
        not (c.isprintable() or c.isspace()) or c in "\x0b\x0c\r\x1c\x1d\x1e\x1f" for c in text
    ):
        found.append(refuse(TEXT_UNPRINTABLE, "the text holds a character that cannot be printed", field=column))
    return text


def _yes(cell: Cell, found: list[Refusal]) -> bool:
    text = _text(cell).casefold()
    if text not in YES and text not in NO:
        found.append(refuse(NOT_YES_OR_NO, f"{_text(cell)!r} is neither yes nor no", field="disputed"))
    return text in YES


def _kind(cell: Cell, found: list[Refusal]) -> str:
    text = _text(cell).upper() or "COMPANY"
    if text not in ("COMPANY", "INDIVIDUAL"):
        found.append(refuse(UNKNOWN_KIND, f"{_text(cell)!r} is no kind of customer", field="customer_kind"))
    return text
