"""Amounts as people type them, and as they stand in a field to be typed over. What may be read in two ways is refused."""

from __future__ import annotations

import re
from decimal import Decimal

from solde.kernel.money import AMOUNT_NOT_A_NUMBER, exponent, parse_amount, plain
from solde.kernel.refusals import Refusal, refuse

from . import i18n
from .formats import POINTS

GROUP = 3
"""Digits between the signs that part thousands; as many decimals make a single sign doubtful."""
_BLANKS = " \u00a0\u202f\u2009\u2007"
_SAME = {ord(one): " " for one in _BLANKS} | {ord(one): "'" for one in "\u2019\u02bc"} | {0x2212: "-"}
_WHOLE = r"[0-9]+|[0-9]{1,3}(?:(?P<group>[ '.,])[0-9]{3})(?:(?P=group)[0-9]{3})*"
_TYPED = re.compile(rf"(?P<sign>[+-]?) *(?P<whole>{_WHOLE})?(?:(?P<point>[.,])(?P<part>[0-9]*))?")


def read_amount(text: str, currency: str | None = None) -> Decimal | Refusal:
    """An amount: 1610.81, 1 610,81, 1,610.81 or 1.610,81. `currency`: what it is in, where that is known.

    1.610 is refused as 1,610 is: it may mean either. In a currency of three decimals what is written as the screens write is exact.
    Refuses: amount_not_a_number, amount_too_large, amount_too_precise.
    """
    points = {".", POINTS[i18n.spoken()]} if currency is not None and exponent(currency) == GROUP else set()
    return _read(text, points)


def read_rate(text: str) -> Decimal | Refusal:
    """A percentage, in which nobody parts thousands: 8.875 and 8,875 are the same.

    Refuses: as `read_amount`.
    """
    return _read(text.replace("%", ""), {".", ","})


def as_typed(amount: Decimal, currency: str | None = None) -> str:
    """An amount as it stands in a field: with the currency's decimals at least, without blanks; `read_amount` reads it back."""
    places = 0 if currency is None else exponent(currency)
    text = plain(amount)
    if len(text.partition(".")[2]) < places:
        text = f"{amount:.{places}f}"
    return f"{text}0" if isinstance(read_amount(text, currency), Refusal) else text


def _read(text: str, points: set[str]) -> Decimal | Refusal:
    """`points`: the signs that stand before decimals for certain."""
    found = _TYPED.fullmatch(text.strip().translate(_SAME))
    if found is None or not (found["whole"] or found["part"]):
        return refuse(AMOUNT_NOT_A_NUMBER, "{text!r} is not an amount", text=text)
    whole, group, point, part = found["whole"] or "", found["group"], found["point"], found["part"] or ""
    if group is not None and group == point:
        return refuse(AMOUNT_NOT_A_NUMBER, "{text!r} is not an amount", text=text)
    is_short = group is None and len(part) == GROUP and len(whole) <= GROUP
    if is_short and whole.strip("0") and point not in points:
        return _doubtful(text, found["sign"], whole, part)
    return parse_amount(f"{found['sign']}{re.sub('[^0-9]', '', whole)}.{part}")


def _doubtful(text: str, sign: str, whole: str, part: str) -> Refusal:
    exact = part.rstrip("0").ljust(2, "0") if part.endswith("0") else f"{part}0"
    return refuse(
        AMOUNT_NOT_A_NUMBER,
        "{text!r} may mean {thousands} or {decimals}; write {thousands} or {exact}",
        text=text,
        thousands=f"{sign}{whole}{part}",
        decimals=f"{sign}{whole}.{part}",
        exact=f"{sign}{whole}.{exact}",
    )
