"""What commands print: tables, amounts with DR or CR in words, JSON, refusals."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal

from solde.kernel.money import SCALE, exponent, plain, round_to
from solde.kernel.refusals import CATALOGUE, Refusal

WORDS = {"DR": "the customer owes", "CR": "the customer overpaid", "ZERO": "settled"}


def print_json(value: object) -> None:
    """One JSON document, as the API would answer it."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    print(text.decode())


def print_refusals(refusals: Iterable[Refusal]) -> None:
    """One line a refusal on standard error: code, place, what is wrong, what to do."""
    for refusal in refusals:
        print(refusal_line(refusal), file=sys.stderr)


def refusal_line(refusal: Refusal) -> str:
    """`amount_not_positive: line 7, amount: the amount is 0 … | Give an amount above zero …`"""
    places = [
        f"line {refusal.line}" if refusal.line is not None else "",
        f"row {refusal.row}" if refusal.row is not None else "",
        refusal.field or "",
        f"character {refusal.column}" if refusal.column is not None else "",
    ]
    place = ", ".join(part for part in places if part)
    advice = CATALOGUE[refusal.code].advice if refusal.code in CATALOGUE else ""
    return " | ".join(
        part for part in (f"{refusal.code}: {place + ': ' if place else ''}{refusal.message}", advice) if part
    )


def money(amount: Decimal, currency: str) -> str:
    """An amount with the currency's decimals at least, and as many more as it has: 1,610.81544."""
    places = -int(Decimal(plain(amount)).as_tuple().exponent)
    return f"{round_to(amount, min(SCALE, max(exponent(currency), places))):,f}"


def balance_words(balance: Decimal, direction: str, currency: str) -> str:
    """A balance without a sign: 120.00 DR."""
    return money(abs(balance), currency) + ("" if direction == "ZERO" else f" {direction}")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows in aligned columns, those in `right` to the right; a line under the headers."""
    lines = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headers))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join(
        "  ".join(
            text.rjust(width) if i in right else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
