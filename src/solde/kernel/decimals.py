"""Decimals as programs write them."""

from __future__ import annotations

from decimal import Context, Decimal

EXACT = Context(prec=60)


def plain(amount: Decimal) -> str:
    """The amount as the API writes it: no exponent, no trailing zeros beyond need: 1610.81544, 0, 12.5."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


SHEET_DIGITS = 15
"""How many significant digits a spreadsheet keeps of a number."""


def fits_sheet(amount: Decimal) -> bool:
    """Does a spreadsheet keep the amount exactly? Zeros at its ends need no digit."""
    return len(amount.normalize(EXACT).as_tuple().digits) <= SHEET_DIGITS
