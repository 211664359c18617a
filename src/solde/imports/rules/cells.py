"""What a cell says: texts, dates, amounts, currencies, types, and what is wrong with it. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from solde.customers.rules.world import read_currency
from solde.files.amounts import is_of, read_body, read_written
from solde.files.dates import read_date
from solde.files.model import Cell, FileMapping
from solde.files.texts import shown, text_of
from solde.kernel.dates import DATE_NOT_READABLE, DATED_IN_FUTURE
from solde.kernel.money import AMOUNT_NOT_A_NUMBER, AMOUNT_NOT_POSITIVE, check_positive, minor_unit
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say
from solde.operations.model import OperationType
from solde.operations.rules import DATE_OUT_OF_RANGE, EARLIEST, LATEST, TEXT_TOO_LONG, TEXT_UNPRINTABLE

CELL_MISSING = declare("cell_missing", Kind.INVALID, "Fill in the cell; every row needs it.")
NOT_YES_OR_NO = declare("not_yes_or_no", Kind.INVALID, "Write yes or no, or translate the values in a mapping.")
UNKNOWN_METHOD = declare(
    "unknown_payment_method", Kind.INVALID, "Use a code of GET /api/v1/payment-methods, or translate it in a mapping."
)

OTHER_CURRENCY = declare(
    "amount_in_other_currency", Kind.INVALID, "The sign beside the amount and the currency of the row must agree."
)

YES = frozenset({"yes", "y", "true", "1", "x", "t"})
NO = frozenset({"no", "n", "false", "0", "", "f"})
PAYMENT_DEFAULT = "PAY_WIRE"


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What the rules must know of the ledger: operation types, the type of each payment method, and today."""

    types: Mapping[str, OperationType]
    methods: Mapping[str, str]
    today: date


class CellReader:
    """Reads the cells of one file; remembers the few dates and currencies that most rows share."""

    def __init__(self, mapping: FileMapping, known: LedgerFacts) -> None:
        self._mapping = mapping
        self._known = known
        self._formats = mapping.date_formats
        self._decimal, self._thousands = mapping.signs
        self._takes_credits = mapping.negative == "credit_note"
        self._dates: dict[Cell, str] = {}
        self._currencies: dict[str, str] = {}
        self._halves: dict[str, Decimal] = {}
        self.today = known.today.isoformat()

    def half(self, currency: str) -> Decimal:
        """Half a minor unit of a currency."""
        half = self._halves.get(currency)
        if half is None:
            half = self._halves[currency] = minor_unit(currency) / 2
        return half

    def iso_date(self, cell: Cell, column: str, found: list[Refusal]) -> str:
        """A date as an ISO text."""
        known = self._dates.get(cell)
        if known is not None:
            return known
        if cell == "":
            found.append(
                refuse(CELL_MISSING, "the {name} is missing", name=Label(column.replace("_", " ")), field=column)
            )
            return ""
        day = self.day(cell)
        if day is None:
            said = say(
                "{cell} is not a date of the form {formats}", cell=shown(cell), formats=" or ".join(self._formats)
            )
            found.append(refuse(DATE_NOT_READABLE, said, field=column))
            return ""
        if not EARLIEST <= day <= LATEST:
            found.append(refuse(DATE_OUT_OF_RANGE, "{day} is outside 1950 to 2199", day=day, field=column))
        else:
            self._dates[cell] = day.isoformat()
        return day.isoformat()

    def check_ahead(self, day: str | None, column: str, found: list[Refusal]) -> None:
        """Does it lie in the future? ISO dates compare as texts, which is quick."""
        if day is not None and day > self.today:
            found.append(
                refuse(DATED_IN_FUTURE, "{day} is after today, {today}", day=day, today=self.today, field=column)
            )

    def day(self, cell: Cell) -> date | None:
        """A date written as the mapping says; none where it is not."""
        return cell if isinstance(cell, date) else read_date(text_of(cell), self._formats)

    def amount(self, cell: Cell, column: str, found: list[Refusal], currency: str = "") -> Decimal:
        """An amount above zero."""
        return abs(self._checked(cell, column, found, currency, below_zero=False))

    def signed(self, cell: Cell, column: str, found: list[Refusal], currency: str) -> Decimal:
        """An amount other than zero: below zero only where the mapping takes such rows as credit notes."""
        amount = self.number(cell, currency)
        if not self._takes_credits and isinstance(amount, Decimal) and amount < 0:
            said = say(
                '{cell} is below zero; for credit notes say negative = "credit_note" in the mapping', cell=shown(cell)
            )
            found.append(refuse(AMOUNT_NOT_POSITIVE, said, field=column))
            return Decimal(1)
        return self._checked(cell, column, found, currency, below_zero=self._takes_credits)

    def _checked(self, cell: Cell, column: str, found: list[Refusal], currency: str, *, below_zero: bool) -> Decimal:
        if cell == "":
            found.append(
                refuse(CELL_MISSING, "the {name} is missing", name=Label(column.replace("_", " ")), field=column)
            )
            return Decimal(1)
        amount = self.number(cell, currency)
        if isinstance(amount, Refusal):
            bad: Refusal | None = amount
        elif amount is None:
            bad = refuse(AMOUNT_NOT_A_NUMBER, "{cell} is not an amount", cell=shown(cell))
        else:
            bad = check_positive(abs(amount) if below_zero else amount)
        if bad is not None:
            found.append(bad.at(field=column))
        return Decimal(1) if bad is not None or not isinstance(amount, Decimal) else amount

    def number(self, cell: Cell, currency: str = "") -> Decimal | Refusal | None:
        """A number written as the mapping says; none where it is not.

        Refuses: amount_in_other_currency, where what stands beside it is not of the currency of the row.
        """
        if isinstance(cell, Decimal):
            return cell
        written = read_written(text_of(cell))
        if written is None:
            return None
        number = read_body(written.body, self._decimal, self._thousands)
        if number is not None and written.currency and not is_of(currency, written.currency):
            if not currency:
                return refuse(AMOUNT_NOT_A_NUMBER, "{cell} is not an amount", cell=shown(cell))
            return refuse(OTHER_CURRENCY, "{cell} is not in {currency}", cell=shown(cell), currency=currency)
        return -number if number is not None and written.is_negative else number

    def currency(self, cell: Cell, found: list[Refusal]) -> str:
        """The code of a currency."""
        text = text_of(cell)
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

    def method(self, text: str, found: list[Refusal]) -> tuple[int | None, str | None]:
        """The operation type of the payment, and the payment method where one is named."""
        code = text.upper()
        kind = self._known.types.get(self._known.methods.get(code, code) or PAYMENT_DEFAULT)
        if kind is None or kind.class_ not in ("P", "AP") or kind.deposit:
            near = get_close_matches(code, self._known.methods, 1)
            hint = say("; did you mean {near}?", near=near[0]) if near else ""
            found.append(
                refuse(
                    UNKNOWN_METHOD, "{text!r} is no payment method{hint}", text=text, hint=hint, field="payment_method"
                )
            )
            return None, None
        return kind.type_id, code if code in self._known.methods else None


def required(cell: Cell, column: str, longest: int, found: list[Refusal]) -> str:
    """A text that must be there."""
    text = optional(cell, column, longest, found)
    if text is None:
        found.append(refuse(CELL_MISSING, "the {name} is missing", name=Label(column.replace("_", " ")), field=column))
    return text or ""


def optional(cell: Cell, column: str, longest: int, found: list[Refusal]) -> str | None:
    """A text, if there is one."""
    text = cell if type(cell) is str else text_of(cell)
    if not text:
        return None
    if len(text) > longest:
        said = say("the text has {count} characters; {longest} are allowed", count=len(text), longest=longest)
        found.append(refuse(TEXT_TOO_LONG, said, field=column))
    if not text.isprintable() and any(
        not (c.isprintable() or c.isspace()) or c in "\x0b\x0c\r\x1c\x1d\x1e\x1f" for c in text
    ):
        found.append(refuse(TEXT_UNPRINTABLE, "the text holds a character that cannot be printed", field=column))
    return text


def yes(cell: Cell, column: str, found: list[Refusal]) -> bool:
    """Yes or no; blank is no."""
    text = text_of(cell).casefold()
    if text not in YES and text not in NO:
        found.append(refuse(NOT_YES_OR_NO, "{cell} is neither yes nor no", cell=shown(cell), field=column))
    return text in YES
