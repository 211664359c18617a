"""Exact numbers and calendar steps: the Python twins of what expressions ask of PostgreSQL."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=2000, rounding=ROUND_HALF_UP)
"""Wider than any number an expression may reach (see `cost`), so nothing is rounded that is not asked for."""

_MICRO = Decimal("0.000001")
_ZERO = Decimal(0)
_FIRST_MONTH, _LAST_MONTH = 12, 119_999
_DOUBLE_MILLION = Decimal(2_000_000)


def divide(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """Divide to six decimals, half away from zero; null by zero."""
    if not divisor:
        return None
    size = EXACT.abs(divisor)
    top = EXACT.fma(EXACT.abs(dividend), _DOUBLE_MILLION, size)
    quotient = EXACT.multiply(EXACT.divide_int(top, EXACT.multiply(size, 2)), _MICRO)
    return EXACT.minus(quotient) if (dividend < 0) != (divisor < 0) else quotient


def remainder(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """What a division to a whole number, cut towards zero, leaves; null by zero."""
    return EXACT.remainder(dividend, divisor) if divisor else None


def round_half_away(number: Decimal, places: Decimal) -> Decimal:
    """Round to a number of decimals, half away from zero; never gives a negative zero."""
    return EXACT.add(EXACT.quantize(number, Decimal(1).scaleb(-int(places))), _ZERO)


def add_days(from_day: date, days: Decimal) -> date | None:
    """Move by whole days; null outside the years 1 to 9999."""
    ordinal = from_day.toordinal() + int(days)
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def add_months(from_day: date, months: Decimal) -> date | None:
    """Move by whole months, at most to the end of the month; null outside the years 1 to 9999."""
    index = from_day.year * 12 + from_day.month - 1 + int(months)
    if not _FIRST_MONTH <= index <= _LAST_MONTH:
        return None
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(from_day.day, monthrange(year, month)[1]))


def start_of_month(on_day: date) -> date:
    """The first day of the month."""
    return on_day - timedelta(days=on_day.day - 1)


def end_of_month(on_day: date) -> date:
    """The last day of the month."""
    return on_day.replace(day=monthrange(on_day.year, on_day.month)[1])
