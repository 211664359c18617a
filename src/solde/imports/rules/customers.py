"""What a row of customers says. Pure: no database, no clock; what the form asks of a customer is the form's own rule."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from solde.customers.requests import NewCustomer
from solde.customers.rules.forms import longest
from solde.customers.rules.world import country_named, read_country
from solde.files.layout import Layout, RowPicker
from solde.files.model import Cell, FileMapping
from solde.files.texts import text_of
from solde.kernel.refusals import Refusal

from ..columns import CUSTOMERS
from .cells import CellReader, LedgerFacts, required
from .codes import CodeMaker

_DATES, _AMOUNTS = ("birth_date",), ("credit_limit",)


class CustomerReader:
    """Reads the rows of one file of customers; `seller` owns those whose row names none."""

    def __init__(self, layout: Layout, mapping: FileMapping, known: LedgerFacts, seller: str | None) -> None:
        self._picker = RowPicker(layout, mapping, CUSTOMERS)
        self._cells = CellReader(mapping, known)
        self._seller = seller
        self._codes = CodeMaker() if mapping.make_codes else None

    def read(self, line: int, cells: Sequence[Cell]) -> tuple[NewCustomer | None, list[Refusal]]:
        """The row as it is asked for, with what is wrong with it whatever the form says; neither where it is left out."""
        picked = self._picker.pick(cells)
        if picked is None:
            return None, []
        if isinstance(picked, Refusal):
            return None, [picked.at(line=line)]
        told: dict[str, Any] = {
            column: self._value(column, cell) for column, cell in zip(CUSTOMERS.names, picked, strict=True)
        }
        found: list[Refusal] = []
        if self._codes and told["code"]:
            told["name"] = told["name"] or told["code"]
            told["code"] = self._codes.code_of(told["code"], "code", found)
        required(told["code"] or "", "code", longest("code"), found)
        told["country"] = _country(told["country"], found)
        told["kind"] = (told["kind"] or "COMPANY").upper()
        told["seller"] = told["seller"] or self._seller
        return NewCustomer(**told), [self.placed(refusal, line) for refusal in found]

    def placed(self, refusal: Refusal, line: int) -> Refusal:
        """A refusal at its line."""
        return self._picker.placed(refusal, line)

    def _value(self, column: str, cell: Cell) -> object:
        """Dates and amounts as the mapping writes them; what cannot be read so is left for the form to refuse."""
        text = text_of(cell)
        if not text:
            return None
        if column in _DATES:
            return self._cells.day(cell) or text
        if column in _AMOUNTS:
            amount = self._cells.number(cell)
            return amount if isinstance(amount, Decimal) else text
        return text


def _country(text: str | None, found: list[Refusal]) -> str | None:
    """The code of a country, which may be written by its name."""
    if not text:
        return None
    code = country_named(text)
    if code is None and isinstance(unknown := read_country(text), Refusal):
        found.append(unknown.at(field="country"))
    return code
