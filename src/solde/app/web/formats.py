"""How figures are written on a page, in the reader's language: formatted here, before the template."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import get_decimal_symbol

from solde.kernel.money import EXACT, SCALE, exponent, plain, round_to
from solde.operations import CLASSES, words

from . import days, i18n

THIN = "\u202f"
"""A narrow space that does not break a line stands between thousands, in every language (ISO 80000-1)."""

POINTS = {language: get_decimal_symbol(language) for language in i18n.LANGUAGES}
"""What stands before decimals: a point in English, a comma in French."""

MATCHING, POSTING = words.MATCHING, words.POSTING
MINUS = "\u2212"

STATES = {
    "ACTIVE": ("Active", "green"),
    "BLOCKED": ("Blocked", "red"),
    "SUSPENDED": ("Suspended", "amber"),
    "CLOSED": ("Closed", "grey"),
}
DIRECTIONS = {"DR": "debit", "CR": "credit", "ZERO": "quiet"}
"""The tone of a balance: a debit is red, a credit green."""


def money(amount: Decimal, currency: str) -> str:
    """An amount with the currency's decimals at least, and as many more as it has: 1 610.81544; 1 610,81544 in French."""
    places = -int(plain_decimal(amount).as_tuple().exponent)
    shown = round_to(amount, min(SCALE, max(exponent(currency), places)))
    text = f"{abs(shown):,f}".replace(",", THIN).replace(".", POINTS[i18n.spoken()])
    return f"{MINUS}{text}" if shown < 0 else text


def parts(net: Decimal, gross: Decimal, currency: str) -> tuple[str, str]:
    """Net and tax of a gross amount with the decimals of its currency, such that they add up to it as they stand."""
    shown = round_to(net, exponent(currency))
    return money(shown, currency), money(gross - shown, currency)


def number(value: Decimal) -> str:
    """A number with the decimals it has."""
    return f"{value:,f}".replace(",", THIN).replace(".", POINTS[i18n.spoken()])


def plain_decimal(amount: Decimal) -> Decimal:
    """The same amount without needless zeros after the point."""
    return Decimal(plain(amount))


def plain_text(number: Decimal) -> str:
    """A number that is no money, such as a percentage: 5,5 in French."""
    return plain(number).replace(".", POINTS[i18n.spoken()])


def size(amount: Decimal, currency: str) -> str:
    """An amount without its sign, for a place where DR or CR says it."""
    return money(abs(amount), currency)


def percent(rate: Decimal) -> str:
    """A rate: 5.5 %; 5,5 % in French."""
    return f"{plain(rate).replace('.', POINTS[i18n.spoken()])}{THIN}%"


def direction(amount: Decimal) -> str:
    """DR: the customer owes; CR: the customer overpaid; ZERO."""
    return "ZERO" if amount == 0 else "DR" if amount > 0 else "CR"


def direction_word(amount: Decimal) -> str:
    """DR or CR as written behind a figure; nothing behind a zero."""
    return "" if amount == 0 else direction(amount)


def micros(amount: Decimal) -> str:
    """An amount in millionths, for a script that adds up what is selected."""
    return str(int(amount.scaleb(SCALE, EXACT)))


def whole(number: int) -> str:
    """A count: 12 345."""
    return f"{number:,}".replace(",", THIN)


day = days.day
instant = days.instant
instant_with_zone = days.instant_with_zone


def class_label(class_: str) -> str:
    """The name of a class of operations."""
    return CLASSES.get(class_, class_)


def initials(name: str) -> str:
    """Up to two letters that stand for a name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"
