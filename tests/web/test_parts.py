"""The pure parts of the pages: amounts, addresses, filters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from solde.app.web import conditions, filters, formats
from solde.app.web.addresses import Address, account_path, is_own_path
from solde.operations import OperationFilter, Side


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1610.81544", "EUR", "1\u202f610.81544"),
        ("0", "EUR", "0.00"),
        ("12.5", "EUR", "12.50"),
        ("1234567", "JPY", "1\u202f234\u202f567"),
        ("1.5", "TND", "1.500"),
        ("-0.000009", "EUR", "\u22120.000009"),
        ("12345678901234.123456", "EUR", "12\u202f345\u202f678\u202f901\u202f234.123456"),
    ],
)
def test_an_amount_shows_every_decimal_it_has_and_those_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert formats.money(Decimal(amount), currency) == text


def test_a_balance_is_said_in_words() -> None:
    assert [formats.direction_word(Decimal(n)) for n in (5, -5, 0)] == ["DR", "CR", ""]


def test_a_part_of_a_rule_that_fails_is_said_to_fail() -> None:
    assert conditions.reason("accountOperation.type == 'I'", included=False) == "not met: the class is Invoice"
    assert conditions.reason("accountOperation.type == 'I'", included=True) == "the class is Invoice"
    assert conditions.reason("INV_SD is excepted", included=False) == "INV_SD is excepted"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("#{ accountOperation.excludeFromDefaultBalance==false }", "it is not excluded from the default balance"),
        ("!accountOperation.excludeFromDefaultBalance", "it is not excluded from the default balance"),
        (
            "#{ accountOperation.dueDate < currentDate && (accountOperation.matchingStatus == 'O' || 'P' == accountOperation.matchingStatus) }",
            "the due date is before today and the matching status is Open or Partial",
        ),
        (
            "accountOperation.matchingStatus == 'O' || accountOperation.matchingStatus == 'P'",
            "the matching status is Open or Partial",
        ),
        ("accountOperation.code in ['A', 'B', 'C']", "the type is one of A, B, C"),
        ("accountOperation.amount >= 100.5", "the amount is at least 100.5"),
        ("not empty accountOperation.reference", "not (the reference is empty)"),
        ("accountOperation.dueDate <= addDays(currentDate, -30)", "the due date is on or before addDays(currentDate, -30)"),
        ("this is no condition", "this is no condition"),
    ],
)  # fmt: skip
def test_a_condition_is_read_aloud(condition: str, words: str) -> None:
    assert conditions.condition_in_words(condition) == words


def test_millionths_are_whole_numbers() -> None:
    assert formats.micros(Decimal("-1610.815440")) == "-1610815440"


def test_changing_an_address_goes_back_to_the_first_page() -> None:
    address = Address("/x", [("sort", "-due"), ("cursor", "abc"), ("type", "A"), ("type", "B")])
    assert str(address.with_(sort="open")) == "/x?type=A&type=B&sort=open"
    assert str(address.without("type", "A")) == "/x?sort=-due&type=B"
    assert str(address.with_(cursor="next")) == "/x?sort=-due&type=A&type=B&cursor=next"


def test_an_account_code_is_one_part_of_a_path() -> None:
    assert account_path("A/B ?", "operations", "7") == "/accounts/A%2FB%20%3F/operations/7"


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", None, "/a\nb", "javascript:1"]
)
def test_a_sign_in_never_leads_to_another_site(path: str | None) -> None:
    assert not is_own_path(path)


def test_a_sign_in_leads_back_to_a_page_of_ours() -> None:
    assert is_own_path("/accounts/A?definition=dunning")


def test_filters_are_read_from_an_address() -> None:
    read = filters.read({
        "class": ["I", "P"], "side": ["debit"], "from": ["2026-01-31"], "amount_from": ["10.5"],
        "matching_status": ["O"], "in_litigation": ["true"], "q": [" INV "], "type": [""],
    })  # fmt: skip
    assert read.wrong == {}
    chosen = read.chosen
    assert (chosen.classes, chosen.side, chosen.from_on) == (("I", "P"), Side.DEBIT, date(2026, 1, 31))
    assert (chosen.amount_from, chosen.in_litigation, chosen.text, chosen.types) == (Decimal("10.5"), True, "INV", None)


def test_a_filter_that_cannot_be_read_is_left_out_and_told() -> None:
    read = filters.read({"from": ["31.13.2026"], "amount_until": ["lots"], "matching_status": ["Z"]})
    assert set(read.wrong) == {"from", "amount_until", "matching_status"}
    assert read.chosen == OperationFilter()


def test_a_filter_that_is_on_can_be_taken_off() -> None:
    address = Address("/accounts/A", [("class", "I"), ("matching_status", "O"), ("due_before", "2026-01-01")])
    on = filters.chips(filters.read({"matching_status": ["O"], "due_before": ["2026-01-01"]}), address, {})
    assert [(c.text, c.href) for c in on] == [
        ("Matching: Open", "/accounts/A?class=I&due_before=2026-01-01"),
        ("Due before: 1 Jan 2026", "/accounts/A?class=I&matching_status=O"),
    ]
