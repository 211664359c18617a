"""Money is exact, rounds half away from zero, and splits without a rest."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solde.kernel.money import (
    check_positive,
    check_scale,
    exponent,
    parse_amount,
    plain,
    round_for,
    split_largest_remainder,
)
from solde.kernel.refusals import Refusal

D = Decimal


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "EUR", "2.35"),
        ("-2.345", "EUR", "-2.35"),
        ("2.344999", "EUR", "2.34"),
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("1.0005", "TND", "1.001"),
        ("83.123456", "EUR", "83.12"),
    ],
)
def test_documents_round_half_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert round_for(D(amount), currency) == D(rounded)


def test_currencies_have_their_own_decimals() -> None:
    assert [exponent(code) for code in ("EUR", "JPY", "TND", "CLF")] == [2, 0, 3, 4]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "amount_not_positive"),
        ("-1", "amount_not_positive"),
        ("0.0000001", "amount_too_precise"),
        ("100000000000000", "amount_too_large"),
        ("NaN", "amount_not_a_number"),
        ("Infinity", "amount_not_a_number"),
    ],
)
def test_what_is_no_amount_of_an_operation_is_refused(amount: str, code: str) -> None:
    refusal = check_positive(D(amount))
    assert refusal is not None
    assert refusal.code == code


def test_trailing_zeros_do_not_make_an_amount_too_precise() -> None:
    assert check_scale(D("1.50000000000")) is None


def test_an_amount_is_read_as_it_is_written() -> None:
    assert parse_amount(" 1610.81544 ") == D("1610.81544")
    assert isinstance(parse_amount("12,5"), Refusal)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1610.815440", "1610.81544"), ("100", "100"), ("0.000000", "0"), ("-0.0", "0"), ("1E+3", "1000")],
)
def test_amounts_leave_without_exponent_and_without_idle_zeros(amount: str, text: str) -> None:
    assert plain(D(amount)) == text


@given(
    units=st.integers(-(10**12), 10**12),
    weights=st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=12).filter(lambda w: sum(w) > 0),
    decimals=st.sampled_from([0, 2, 3, 6]),
)
def test_parts_sum_to_the_whole_and_lie_within_a_unit_of_their_share(
    units: int, weights: list[Decimal], decimals: int
) -> None:
    total = D(units).scaleb(-decimals)
    parts = split_largest_remainder(total, weights, decimals)
    unit = D(1).scaleb(-decimals)
    assert sum(parts, D(0)) == total
    assert all(abs(part - total * weight / sum(weights)) <= unit for part, weight in zip(parts, weights, strict=True))


def test_equal_shares_give_the_rest_to_the_first() -> None:
    assert split_largest_remainder(D("100"), [D(1)] * 3, 2) == [D("33.34"), D("33.33"), D("33.33")]
