"""What a row of customers says. Pure: no database, no clock; what the form asks of a customer is the form's own rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solde.customers.requests import NewCustomer
from solde.customers.rules.forms import longest
from solde.kernel.refusals import Refusal

from ..model import CUSTOMER_COLUMNS, Cell, FileMapping
from .cells import CellReader, Known, required, text_of
from .layout import Layout, RowPicker

_DATES, _AMOUNTS = ("birth_date",), ("credit_limit",)


class CustomerReader:
    """Reads the rows of one file of customers; `seller` owns those whose row names none."""

    def __init__(self, layout: Layout, mapping: FileMapping, known: Known, seller: str | None) -> None:
        self._picker = RowPicker(layout, mapping, CUSTOMER_COLUMNS)
        self._cells = CellReader(mapping, known)
        self._seller = seller

    def read(self, line: int, cells: Sequence[Cell]) -> tuple[NewCustomer | None, list[Refusal]]:
        """The row as it is asked for, with what is wrong with it whatever the form says."""
        picked = self._picker.pick(cells)
        if isinstance(picked, Refusal):
            return None, [picked.at(line=line)]
        told: dict[str, Any] = {
            column: self._value(column, cell) for column, cell in zip(CUSTOMER_COLUMNS, picked, strict=True)
        }
        found: list[Refusal] = []
        required(told["code"] or "", "code", longest("code"), found)
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
            return text if amount is None else amount
        return text
