"""Decimals as programs write them."""

from __future__ import annotations

from decimal import Decimal


def plain(amount: Decimal) -> str:
    """The amount as the API writes it: no exponent, no trailing zeros beyond need: 1610.81544, 0, 12.5."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
