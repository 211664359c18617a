"""Amounts that people type are read in one way, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solde.app.web import i18n
from solde.app.web.amounts import as_typed, read_amount, read_rate
from solde.kernel.refusals import Refusal


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """As for a reader of that language."""
    before = i18n.spoken()
    i18n.speak(language)
    try:
        yield
    finally:
        i18n.speak(before)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("1610.81", "1610.81"), ("1610,81", "1610.81"), ("1 610,81", "1610.81"), ("1\u202f610.81", "1610.81"),
        ("1,610.81", "1610.81"), ("1.610,81", "1610.81"), ("1'610.81", "1610.81"), ("1\u2019610.81", "1610.81"),
        ("1,610.815", "1610.815"), ("1 610,815", "1610.815"), ("1,234,567", "1234567"), ("1.234.567", "1234567"),
        ("1610.815", "1610.815"), ("0.125", "0.125"), ("0,125", "0.125"), ("1.0000", "1"), ("12.5", "12.5"), ("5.", "5"),
        (".5", "0.5"), (",125", "0.125"), ("1000", "1000"), (" 5 ", "5"), ("-5", "-5"), ("\u22125,50", "-5.50"),
        ("1 000", "1000"), ("1\u00a0000", "1000"),
    ],
)  # fmt: skip
def test_what_can_mean_one_thing_is_read(typed: str, means: str) -> None:
    assert read_amount(typed) == Decimal(means)


@pytest.mark.parametrize("typed", ["1.000", "1,000", "12.345", "123,456", "-1.000", "-1,610"])
def test_one_sign_before_three_digits_may_be_either_and_is_refused(typed: str) -> None:
    found = read_amount(typed)
    assert isinstance(found, Refusal)
    assert "may mean" in found.message


@pytest.mark.parametrize(
    "typed",
    [
        "1.5,000", "12,34.5", "1_5", "5e2", "1E3", "12 34", "1 0000", "1,2,3", "1.2.3", "1 610 81", "1,610,81", "1.610.815,5,5",
        "1,610,815.5.5", "１２", "٣", "1２", "NaN", "Infinity", "0x10", "", ".", ",", "-", "+-5", "5-", "1..5", "1,610 815", "EUR 5",
        "1,610,", "1 610.815.000",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert isinstance(read_amount(typed), Refusal)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("typed", ["1.000", "12.345", "-1.610"])
def test_three_decimals_are_exact_in_a_currency_that_has_them(typed: str, language: str) -> None:
    with speaking(language):
        assert read_amount(typed, "TND") == Decimal(typed)
        assert isinstance(read_amount(typed, "EUR"), Refusal)


def test_the_readers_own_sign_stands_before_three_decimals() -> None:
    with speaking("fr"):
        assert read_amount("1,500", "TND") == Decimal("1.500")
    with speaking("en"):
        assert isinstance(read_amount("1,500", "TND"), Refusal)


@pytest.mark.parametrize(("typed", "means"), [("8.875", "8.875"), ("8,875 %", "8.875"), ("20", "20"), ("5,5%", "5.5")])
def test_a_rate_has_no_thousands(typed: str, means: str) -> None:
    assert read_rate(typed) == Decimal(means)


@given(
    amount=st.decimals(0, 10**10, places=6) | st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-3)),
    currency=st.sampled_from([None, "EUR", "JPY", "TND", "CLF"]),
    language=st.sampled_from(list(i18n.LANGUAGES)),
)
def test_what_stands_in_a_field_is_read_back(amount: Decimal, currency: str | None, language: str) -> None:
    with speaking(language):
        assert read_amount(as_typed(amount, currency), currency) == amount
