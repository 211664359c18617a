"""Decimals: how many are kept, how many a currency has, how programs write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

SCALE = 6
UNIT = Decimal(1).scaleb(-SCALE)
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

# ISO 4217 minor units that are not two decimals (list of 2024-06-25 and later amendments).
_EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT_4 = "CLF UYW"
_EXPONENTS = (
    {code: 0 for code in _EXPONENT_0.split()}
    | {code: 3 for code in _EXPONENT_3.split()}
    | {code: 4 for code in _EXPONENT_4.split()}
)


def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit (ISO 4217): EUR 2, JPY 0, TND 3."""
    return _EXPONENTS.get(currency, 2)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount a document in this currency can show."""
    return Decimal(1).scaleb(-exponent(currency))


def round_to(amount: Decimal, decimals: int) -> Decimal:
    """Round half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT)


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
