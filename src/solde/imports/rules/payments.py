"""What a row of payments says, and every reason why it cannot be imported. Pure: no database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from solde.files.layout import Layout, RowPicker
from solde.files.model import Cell, FileMapping
from solde.files.texts import shown, text_of
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.operations.rules import TEXT_LIMITS

from ..columns import PAYMENTS
from ..model import Payment
from .cells import CELL_MISSING, PAYMENT_DEFAULT, CellReader, LedgerFacts, optional, required
from .codes import CodeMaker
from .receivables import LONGEST_CODE, LONGEST_NAME

UNKNOWN_ALLOCATION = declare(
    "unknown_allocation", Kind.INVALID, "Write oldest or none, or name the invoices in invoice_numbers."
)
TOO_MANY_INVOICES = declare("too_many_invoices", Kind.INVALID, "Name at most 200 invoices in one row.")

INVOICES_MOST = 200


class PaymentReader:
    """Reads the rows of one file of payments. With `needs_account` a row must name an account or a customer."""

    def __init__(self, layout: Layout, mapping: FileMapping, known: LedgerFacts, *, needs_account: bool = True) -> None:
        self._known = known
        self._picker = RowPicker(layout, mapping, PAYMENTS)
        self._cells = CellReader(mapping, known)
        self._needs_account = needs_account
        self._codes = CodeMaker() if mapping.make_codes else None

    def read(self, line: int, cells: Sequence[Cell]) -> Payment | list[Refusal] | None:
        """The row as a payment, or every reason why not, each with line and column; nothing where it is left out."""
        picked = self._picker.pick(cells)
        if picked is None:
            return None
        if isinstance(picked, Refusal):
            return [picked.at(line=line)]
        found: list[Refusal] = []
        row = self._judge(line, picked, found)
        return row if not found else [self._picker.placed(refusal, line) for refusal in found]

    def _judge(self, line: int, picked: Sequence[Cell], found: list[Refusal]) -> Payment:
        account, customer, money, day, amount, named, method, invoices, allocate, payer = picked
        account_code = optional(account, "account_code", LONGEST_CODE, found)
        customer_code = optional(customer, "customer_code", LONGEST_NAME if self._codes else LONGEST_CODE, found)
        if self._codes and customer_code:
            customer_code = self._codes.code_of(customer_code, "customer_code", found)
        if self._needs_account and account_code is None and customer_code is None:
            found.append(refuse(CELL_MISSING, "the account code is missing", field="account_code"))
        currency = self._cells.currency(money, found)
        paid_on = self._cells.iso_date(day, "payment_date", found)
        self._cells.check_ahead(paid_on, "payment_date", found)
        paid = format(self._cells.amount(amount, "amount", found, currency).normalize(), "f")
        reference = required(named, "payment_reference", TEXT_LIMITS["reference"], found)
        type_id, method_code = self._cells.method(text_of(method), found)
        who = optional(payer, "payer", LONGEST_NAME, found)
        return Payment(
            line,
            account_code,
            customer_code,
            currency,
            paid_on,
            paid,
            reference,
            self._type_code(type_id),
            method_code,
            _invoices(invoices, found),
            _is_oldest(allocate, found),
            who,
            _entry_key(account_code, customer_code, currency, paid_on, paid, reference, who),
        )

    def _type_code(self, type_id: int | None) -> str:
        return next((code for code, kind in self._known.types.items() if kind.type_id == type_id), PAYMENT_DEFAULT)


def _invoices(cell: Cell, found: list[Refusal]) -> list[str]:
    """The numbers of invoices, separated by ; each once."""
    numbers = list(dict.fromkeys(part.strip() for part in text_of(cell).split(";") if part.strip()))
    if len(numbers) > INVOICES_MOST:
        found.append(
            refuse(TOO_MANY_INVOICES, "the row names {count} invoices", count=len(numbers), field="invoice_numbers")
        )
    for number in numbers:
        optional(number, "invoice_numbers", TEXT_LIMITS["reference"], found)
    return numbers


def _is_oldest(cell: Cell, found: list[Refusal]) -> bool:
    text = text_of(cell).casefold() or "oldest"
    if text not in ("oldest", "none"):
        found.append(
            refuse(UNKNOWN_ALLOCATION, "{cell} is neither oldest nor none", cell=shown(cell), field="allocate")
        )
    return text == "oldest"


def _entry_key(*parts: str | None) -> str:
    """What tells a row from those that differ from it, short enough for any key."""
    return hashlib.sha256("\x1f".join(part or "" for part in parts).encode()).hexdigest()
