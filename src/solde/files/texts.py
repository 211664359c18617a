"""Cells as texts. Pure."""

from __future__ import annotations

from decimal import Decimal

from .model import Cell

SHOWN_MOST = 60


def text_of(cell: Cell) -> str:
    """A cell as text: a number without an exponent or needless decimals, as it stands in the workbook."""
    if type(cell) is str:
        return cell
    if isinstance(cell, Decimal):
        text = format(cell, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def shown(cell: Cell) -> str:
    """A cell in quotes, as a message shows it: the beginning of a long one."""
    text = text_of(cell)
    return repr(text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}…")
