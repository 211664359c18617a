"""Amounts as files write them: signs, thousands, currencies beside them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LONGEST = 60
"""Characters of an amount; more are no number anybody means."""
BLANKS = "\u0020\u00a0\u202f\u2009\u2007"
APOSTROPHES = "'\u2019\u02bc"
_SAME = {ord(one): " " for one in BLANKS} | {ord(one): "'" for one in APOSTROPHES} | {0x2212: "-", 0x2013: "-"}
_SIGNS = {
    "$": "USD CAD AUD NZD SGD HKD MXN BRL ARS CLP COP TWD", "€": "EUR", "£": "GBP EGP", "¥": "JPY CNY", "₹": "INR", "₽": "RUB",
    "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "₴": "UAH", "₦": "NGN", "฿": "THB", "zł": "PLN", "kr": "SEK NOK DKK ISK",
    "kč": "CZK", "fr": "CHF", "fr.": "CHF", "r$": "BRL", "us$": "USD", "ca$": "CAD", "a$": "AUD",
}  # fmt: skip
_PARTS = re.compile(
    r"(?P<open>\()?\s*(?P<s1>[+-])?\s*(?P<c1>[^\d\s.,'()+-][^\d\s,'()+-]*)?\s*(?P<s2>[+-])?\s*"
    r"(?P<body>[\d.,'](?:[\d.,' ]*[\d.,'])?)\s*"
    r"(?P<s3>[+-])?\s*(?P<c2>[^\d\s.,'()+-][^\d\s,'()+-]*)?\s*(?P<s4>[+-])?\s*(?P<close>\))?"
)


@dataclass(frozen=True, slots=True)
class WrittenAmount:
    """An amount as it is written: its digits with the signs between them, below zero or not, and what is said of its currency."""

    body: str
    is_negative: bool = False
    currency: str = ""


def same_blank(text: str) -> str:
    """A text with one blank, one apostrophe and one minus for all there are."""
    return text.translate(_SAME)


@lru_cache(maxsize=4096)
def read_written(text: str) -> WrittenAmount | None:
    """The parts of an amount; none where it is no amount."""
    if len(text) > LONGEST:
        return None
    found = _PARTS.fullmatch(same_blank(text).strip())
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [one for one in (found["s1"], found["s2"], found["s3"], found["s4"]) if one]
    if len(signs) > 1 or (signs and found["open"]):
        return None
    said = [one for one in (found["c1"], found["c2"]) if one]
    if len(said) > 1:
        return None
    return WrittenAmount(found["body"], bool(found["open"]) or signs == ["-"], said[0] if said else "")


def is_of(currency: str, sign: str) -> bool:
    """May what stands beside an amount mean this currency?"""
    return sign.upper() == currency or currency in _SIGNS.get(sign.casefold(), "").split()


def is_currency_sign(sign: str) -> bool:
    """Is it a sign or a code of a currency at all?"""
    return sign.casefold() in _SIGNS or (len(sign) == 3 and sign.isascii() and sign.isalpha())


@lru_cache(maxsize=64)
def _body_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    d, t = re.escape(decimal), re.escape(thousands)
    whole = rf"(?:[0-9]{{1,3}}(?:{t}[0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    return re.compile(rf"{whole}(?:{d}[0-9]*)?|{d}[0-9]+")


def read_body(body: str, decimal: str, thousands: str) -> Decimal | None:
    """Digits as a number: thousands are parted in groups of three, or not at all; none where they are not."""
    if not _body_pattern(decimal, thousands).fullmatch(body):
        return None
    plain = body.replace(thousands, "") if thousands else body
    return Decimal(plain.replace(decimal, "."))
