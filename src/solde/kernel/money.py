"""Money: exact decimals, six kept; documents round to the currency's decimals.

Source: product §0 "Numbers".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .decimals import EXACT, SCALE, UNIT, exponent, minor_unit, plain, round_to
from .refusals import Kind, Refusal, declare, refuse

__all__ = [
    "AMOUNT_NOT_A_NUMBER",
    "AMOUNT_NOT_POSITIVE",
    "AMOUNT_TOO_LARGE",
    "AMOUNT_TOO_PRECISE",
    "EXACT",
    "LARGEST",
    "SCALE",
    "UNIT",
    "UNKNOWN_CURRENCY",
    "ZERO",
    "check_positive",
    "check_scale",
    "exponent",
    "minor_unit",
    "parse_amount",
    "plain",
    "round_for",
    "round_to",
    "split_largest_remainder",
]


LARGEST = Decimal(10) ** 14 - UNIT
ZERO = Decimal(0)
_PROGRAMS = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")

AMOUNT_NOT_A_NUMBER = declare(
    "amount_not_a_number", Kind.INVALID, "Write the amount as digits with a decimal point, such as 1610.81."
)
AMOUNT_NOT_POSITIVE = declare(
    "amount_not_positive", Kind.INVALID, "Give an amount above zero; the side says debit or credit."
)
AMOUNT_TOO_PRECISE = declare("amount_too_precise", Kind.INVALID, "Give at most six decimals.")
AMOUNT_TOO_LARGE = declare("amount_too_large", Kind.INVALID, "Give at most fourteen digits before the decimal point.")
UNKNOWN_CURRENCY = declare("unknown_currency", Kind.INVALID, "Use a three-letter ISO 4217 code, such as EUR.")


def round_for(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's decimals, half away from zero, as documents do."""
    return round_to(amount, exponent(currency))


def parse_amount(text: str) -> Decimal | Refusal:
    """Read an amount as programs write it: digits with a decimal point; a sign is allowed, six decimals at most.

    Nothing else that Python takes for a number is one here: no _ between digits, no exponent, no digits of other scripts.
    """
    bare = text.strip()
    if not _PROGRAMS.fullmatch(bare):
        return refuse(AMOUNT_NOT_A_NUMBER, "{text!r} is not an amount", text=text)
    amount = Decimal(bare)
    return check_scale(amount) or amount


def check_scale(amount: Decimal) -> Refusal | None:
    """Is the amount a finite number of at most fourteen digits and six decimals?"""
    if not amount.is_finite():
        return refuse(AMOUNT_NOT_A_NUMBER, "{amount} is not an amount", amount=str(amount))
    if abs(amount) > LARGEST:
        return refuse(AMOUNT_TOO_LARGE, "{amount} has more than fourteen digits before the point", amount=str(amount))
    places = amount.as_tuple().exponent
    assert isinstance(places, int)
    if places < -SCALE and amount != amount.quantize(UNIT, context=EXACT):
        return refuse(AMOUNT_TOO_PRECISE, "{amount} has more than six decimals", amount=str(amount))
    return None


def check_positive(amount: Decimal) -> Refusal | None:
    """Is it an amount of an operation: above zero, six decimals at most?"""
    if (refusal := check_scale(amount)) is not None:
        return refusal
    if amount <= 0:
        return refuse(AMOUNT_NOT_POSITIVE, "the amount is {amount}; it must be above zero", amount=amount)
    return None


def split_largest_remainder(total: Decimal, weights: Sequence[Decimal], decimals: int = SCALE) -> list[Decimal]:
    """Split an amount by weights so that the parts sum to it exactly.

    Shape: one part per weight, in order; weights >= 0 with a sum > 0.
    Units: `total` has at most `decimals` decimals, and so has every part.
    Gives: parts by largest remainder; equal remainders go to the earlier part.
    """
    weight_sum = sum(weights, ZERO)
    assert weight_sum > 0, "weights sum to zero"
    scale = 10**decimals
    units = int((abs(total) * scale).to_integral_value(context=EXACT))
    assert Decimal(units) == abs(total) * scale, "total is finer than its decimals"
    denominator = _as_integers([*weights, weight_sum])
    whole, sum_units = denominator[:-1], denominator[-1]
    floors = [units * weight // sum_units for weight in whole]
    remainders = [units * weight % sum_units for weight in whole]
    by_remainder = sorted(range(len(whole)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: units - sum(floors)]:
        floors[i] += 1
    sign = -1 if total < 0 else 1
    return [Decimal(sign * part).scaleb(-decimals) for part in floors]


def _as_integers(numbers: Sequence[Decimal]) -> list[int]:
    places = max((-int(n.as_tuple().exponent) for n in numbers if n), default=0)
    return [int(n.scaleb(max(places, 0), EXACT)) for n in numbers]


def trimmed(amount: Decimal) -> Decimal:
    """The same amount without zeros at its end, so that it is written as `plain` writes it."""
    return Decimal(plain(amount))
