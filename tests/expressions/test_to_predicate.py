"""What expressions mean: nulls, numbers, texts and dates, by example."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from solde.expressions import compile_expression, properties, to_predicate, to_value

NOTHING: dict[str, object] = {spec.path: None for spec in properties()}
ROW = NOTHING | {
    "accountOperation.type": "I",
    "accountOperation.amount": Decimal("10.5"),
    "accountOperation.reference": "INV-42",
    "accountOperation.description": "",
    "accountOperation.dueDate": date(2024, 1, 31),
    "accountOperation.number": 7,
    "currentDate": date(2024, 2, 29),
}


def holds(inner: str) -> bool:
    return to_predicate(compile_expression(f"#{{ {inner} }}"))(ROW)


def number(inner: str) -> Decimal:
    return to_value(compile_expression(f"#{{ {inner} }}", "number"))(ROW)


@pytest.mark.parametrize(
    "inner",
    [
        "accountOperation.code != 'X' && accountOperation.code == null && null == null",
        "!(accountOperation.collectionDate < currentDate) && !(accountOperation.collectionDate >= currentDate)",
        "!accountOperation.excludeFromDefaultBalance && accountOperation.excludeFromDefaultBalance != false",
        "accountOperation.code in ['A', null] && accountOperation.code not in ['A']",
        "empty accountOperation.code && empty accountOperation.description && not empty accountOperation.reference",
        "startsWith(accountOperation.reference, 'INV') && endsWith(accountOperation.reference, '42')",
        "!startsWith(accountOperation.code, '') && contains(accountOperation.reference, '-')",
        "lower(accountOperation.code) == null && lower('ÉA') == 'Éa' && upper('ßa') == 'ßA' && length('é日') == 2",
        "'Z' < 'a' && '～' < '𐀀' && 'a' < 'é'",
        "addMonths(accountOperation.dueDate, 1) == currentDate && addMonths(currentDate, -12) == '2023-02-28'",
        "addDays(accountOperation.dueDate, 29) == currentDate && addDays(currentDate, 99999999) == null",
        "startOfMonth(currentDate) == '2024-02-01' && endOfMonth(currentDate) == currentDate",
        "daysBetween(accountOperation.dueDate, currentDate) == 29",
        "year(currentDate) * 100 + month(currentDate) == 202402 && day(currentDate) == 29",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 - 2 - 1 == 4 && 2 + 3 in [5] && 1 == 1 != false",
        "true || false && false",
        "false ? true : true ? true : false",
        "accountOperation.type eq 'I' and accountOperation.number mod 4 ge 3",
    ],
)
def test_it_holds(inner: str) -> None:
    assert holds(inner)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("accountOperation.amount + accountOperation.disputedAmount", "10.5"),
        ("accountOperation.amount / accountOperation.disputedAmount", "0"),
        ("1 / 0 + 5", "5"),
        ("5 % 0", "0"),
        ("-7 % 3", "-1"),
        ("2 / 3", "0.666667"),
        ("-2 / 3", "-0.666667"),
        ("0.000001 / 2", "0.000001"),
        ("99999999999999.999999 * 99999999999999.999999", "9999999999999999999800000000.000000"),
        ("round(2.5, 0) + round(-2.5, 0)", "0"),
        ("round(accountOperation.amount * 1.005, 2)", "10.55"),
        ("abs(accountOperation.disputedAmount)", "0"),
        ("min(accountOperation.amount, 3) + max(accountOperation.number, 3)", "10"),
        ("-accountOperation.disputedAmount", "0"),
        ("accountOperation.type == 'I' ? accountOperation.amount : 0", "10.5"),
    ],
)
def test_it_is_worth(inner: str, expected: str) -> None:
    assert number(inner) == Decimal(expected)
    assert not (number(inner).is_zero() and number(inner).is_signed())
