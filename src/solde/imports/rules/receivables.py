"""What a row of receivables says, and every reason why it cannot be imported. Pure: no database, no clock.

Source: interfaces, "Import of receivables".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches

from solde.customers.rules.creation import UNKNOWN_KIND
from solde.files.layout import Layout, RowPicker
from solde.files.model import Cell, FileMapping
from solde.files.texts import shown, text_of
from solde.kernel.money import AMOUNT_NOT_A_NUMBER, check_scale
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say
from solde.operations.model import OperationType, Side
from solde.operations.rules import DUE_TOO_EARLY, TEXT_LIMITS, UNKNOWN_TYPE

from ..columns import RECEIVABLES
from ..model import Receivable
from .cells import CellReader, LedgerFacts, optional, required, yes
from .codes import CodeMaker

PAID_TOO_EARLY = declare(
    "paid_before_invoice", Kind.INVALID, "An invoice is paid on or after its own date; correct one of the two."
)
PAID_WITHOUT_DATE = declare(
    "paid_amount_without_date", Kind.INVALID, "Give the date of the payment, or no paid amount."
)
NOT_AN_INVOICE = declare(
    "not_an_invoice_type", Kind.INVALID, "Use an operation type of class I, such as INV_STD or INV_CRN."
)
NOT_THE_SUM = declare(
    "net_and_tax_not_amount", Kind.INVALID, "The amount is net and tax together; correct one of the three."
)
NOT_SETTLED_HERE = declare(
    "credit_note_settled", Kind.INVALID, "A credit note is neither paid nor disputed; match it after the import."
)

TYPE_DEFAULT = "INV_STD"
CREDIT_NOTE = "INV_CRN"
_INVOICE_WORDS = "invoice, sales invoice, facture, facture client, rechnung, ausgangsrechnung, rv, dr, customer invoice"
_CREDIT_WORDS = "credit note, credit memo, sales credit note, credit, avoir, facture d'avoir, gutschrift, rg, dg, customer credit note"
TYPE_WORDS = dict.fromkeys(_INVOICE_WORDS.upper().split(", "), TYPE_DEFAULT) | dict.fromkeys(
    _CREDIT_WORDS.upper().split(", "), CREDIT_NOTE
)
"""What other programs write for a type."""
LONGEST_NAME = 200
LONGEST_CODE = 50


class RowReader:
    """Reads the rows of one file of receivables."""

    def __init__(self, layout: Layout, mapping: FileMapping, known: LedgerFacts) -> None:
        self._known = known
        self._picker = RowPicker(layout, mapping, RECEIVABLES)
        self._cells = CellReader(mapping, known)
        self._codes = CodeMaker() if mapping.make_codes else None
        self._tells_disputes = self._picker.tells("disputed")

    def read(self, line: int, cells: Sequence[Cell]) -> Receivable | list[Refusal] | None:
        """The row as an invoice and its settlement, or every reason why not, each with line and column; nothing where it is left out."""
        picked = self._picker.pick(cells)
        if picked is None:
            return None
        if isinstance(picked, Refusal):
            return [picked.at(line=line)]
        found: list[Refusal] = []
        row = self._judge(line, picked, found)
        return row if not found else [self._picker.placed(refusal, line) for refusal in found]

    def _judge(self, line: int, picked: Sequence[Cell], found: list[Refusal]) -> Receivable:
        (
            customer, name, kind, country, account, currency, number, invoiced, due, amount, type_, description,
            disputed, paid, paid_amount, payment_reference, method, net, tax,
        ) = picked  # fmt: skip
        told = required(customer, "customer_code", LONGEST_NAME if self._codes else LONGEST_CODE, found)
        customer_code = self._codes.code_of(told, "customer_code", found) if self._codes else told
        reference = required(number, "invoice_number", TEXT_LIMITS["reference"], found)
        code = self._cells.currency(currency, found)
        invoice_on = self._cells.iso_date(invoiced, "invoice_date", found)
        due_on = self._cells.iso_date(due, "due_date", found) if due != "" else None
        signed = self._cells.signed(amount, "amount", found, code)
        owed = abs(signed)
        without_tax, of_tax = self._split(signed, net, tax, code, found)
        kind_of_invoice = self._type(text_of(type_), found, is_credit=signed < 0)
        in_dispute = yes(disputed, "disputed", found)
        paid_on = self._cells.iso_date(paid, "paid_date", found) if paid != "" else None
        nothing = paid_on is None and self._cells.number(paid_amount, code) == 0
        paid_by = None if nothing or paid_amount == "" else self._cells.amount(paid_amount, "paid_amount", found, code)
        payment_type, payment_method = self._cells.method(text_of(method), found)
        if found == []:
            self._compare(invoice_on, due_on, paid_on, paid_by, in_dispute, kind_of_invoice, found)
        if paid_on is not None and paid_by is None:
            paid_by = owed
        left = abs(owed - paid_by) if paid_by is not None else Decimal(0)
        return Receivable(
            line,
            optional(account, "account_code", LONGEST_CODE, found) or customer_code,
            customer_code,
            optional(name, "customer_name", LONGEST_NAME, found) or (told if told != customer_code else None),
            _kind(kind, found),
            optional(country, "country", LONGEST_CODE, found),
            code,
            0 if kind_of_invoice is None else kind_of_invoice.type_id,
            reference,
            optional(description, "description", TEXT_LIMITS["description"], found),
            invoice_on,
            due_on,
            format(owed, "f"),
            in_dispute if self._tells_disputes else None,
            paid_on,
            None if paid_by is None else format(paid_by, "f"),
            payment_type if paid_on is not None else None,
            optional(payment_reference, "payment_reference", TEXT_LIMITS["reference"], found) if paid_on else None,
            payment_method if paid_on is not None else None,
            bool(left) and left < self._cells.half(code),
            without_tax,
            of_tax,
        )

    def _split(
        self, owed: Decimal, net: Cell, tax: Cell, currency: str, found: list[Refusal]
    ) -> tuple[str | None, str | None]:
        """What of the amount is net and what is tax, where the file tells one of them; signs are those of the amount."""
        if net == "" and tax == "":
            return None, None
        told: dict[str, Decimal] = {}
        for column, cell in (("net", net), ("tax", tax)):
            number = self._cells.number(cell, currency) if cell != "" else None
            if isinstance(number, Decimal) and (bad := check_scale(number)) is None:
                told[column] = number
            elif cell != "":
                bad = (
                    number
                    if isinstance(number, Refusal)
                    else refuse(AMOUNT_NOT_A_NUMBER, "{cell} is not an amount", cell=shown(cell))
                )
                found.append(bad.at(field=column))
        if found:
            return None, None
        without = told["net"] if "net" in told else owed - told["tax"]
        of_tax = told["tax"] if "tax" in told else owed - told["net"]
        if without + of_tax != owed or without * owed < 0 or of_tax * owed < 0:
            said = say(
                "net {without:f} and tax {of_tax:f} are not {owed:f} together",
                without=without,
                of_tax=of_tax,
                owed=owed,
            )
            found.append(refuse(NOT_THE_SUM, said, field="net" if net != "" else "tax"))
        return format(abs(without), "f"), format(abs(of_tax), "f")

    def _compare(
        self, invoice_on: str, due_on: str | None, paid_on: str | None, paid_by: Decimal | None, disputed: bool,
        kind: OperationType | None, found: list[Refusal],
    ) -> None:  # fmt: skip
        """Do the dates and the settlement fit each other? ISO dates compare as texts."""
        if due_on is not None and due_on < invoice_on:
            said = say("due {due_on} is before the invoice date {invoice_on}", due_on=due_on, invoice_on=invoice_on)
            found.append(refuse(DUE_TOO_EARLY, said, field="due_date"))
        if paid_by is not None and paid_on is None:
            found.append(refuse(PAID_WITHOUT_DATE, "there is a paid amount but no paid date", field="paid_date"))
        if paid_on is not None and paid_on < invoice_on:
            said = say("paid {paid_on} is before the invoice date {invoice_on}", paid_on=paid_on, invoice_on=invoice_on)
            found.append(refuse(PAID_TOO_EARLY, said, field="paid_date"))
        self._cells.check_ahead(invoice_on, "invoice_date", found)
        self._cells.check_ahead(paid_on, "paid_date", found)
        if kind is not None and kind.side is Side.CREDIT and (paid_on is not None or disputed):
            column = "paid_date" if paid_on is not None else "disputed"
            found.append(refuse(NOT_SETTLED_HERE, "{code} is a credit note", code=kind.code, field=column))

    def _type(self, text: str, found: list[Refusal], *, is_credit: bool = False) -> OperationType | None:
        """The type a row names; a row below zero is a credit note, whatever kind of invoice it says."""
        kind = self._known.types.get(TYPE_WORDS.get(text.upper(), text.upper()) or TYPE_DEFAULT)
        if is_credit and (kind is None or kind.side is Side.DEBIT) and (not text or kind is not None):
            kind = self._known.types.get(CREDIT_NOTE)
        if kind is None:
            near = get_close_matches(text.upper(), self._known.types, 1)
            hint = say("; did you mean {near}?", near=near[0]) if near else ""
            found.append(
                refuse(UNKNOWN_TYPE, "{text!r} is no operation type{hint}", text=text, hint=hint, field="type")
            )
        elif kind.class_ != "I" or kind.deposit:
            found.append(
                refuse(NOT_AN_INVOICE, "{code} is of class {kind}", code=kind.code, kind=kind.class_, field="type")
            )
        return kind


def _kind(cell: Cell, found: list[Refusal]) -> str:
    text = text_of(cell).upper() or "COMPANY"
    if text not in ("COMPANY", "INDIVIDUAL"):
        found.append(refuse(UNKNOWN_KIND, "{cell} is no kind of customer", cell=shown(cell), field="customer_kind"))
    return text
