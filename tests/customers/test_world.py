"""Numbers, addresses and codes as the world writes them."""

from __future__ import annotations

import pytest

from solde.customers.rules.identifiers import (
    read_email,
    read_iban,
    read_phone,
    read_registration_number,
    read_vat_number,
)
from solde.customers.rules.world import currency_codes, read_country, read_currency, read_language
from solde.kernel.refusals import Refusal


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("FR 40 303 265 045", "FR", "FR40303265045"),
        ("40303265045", "FR", "FR40303265045"),
        ("DE136695976", "FR", "DE136695976"),
        ("DE136695976", "US", "DE136695976"),
        ("DE136695976", None, "DE136695976"),
        ("094259216", "GR", "EL094259216"),
        ("GR 094259216", None, "EL094259216"),
        ("XI110305878", "GB", "XI110305878"),
        ("GB 980 7806 84", "GB", "980780684"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
        ("995 525 828 MVA", "NO", "995525828MVA"),
        ("12-3456789", "US", "123456789"),
    ],
)
def test_a_vat_number_that_is_right(text: str, country: str | None, kept: str) -> None:
    assert read_vat_number(text, country) == kept


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("FR40303265046", "FR"),
        ("40303265046", "FR"),
        ("DE136695977", "US"),
        ("GB980780685", "GB"),
        ("CHE-107.787.578 IVA", "CH"),
        ("12", "US"),
        ("1234567890123456789012", None),
        ("ΑΒΓΔΕ", None),
    ],
)
def test_a_vat_number_that_is_wrong(text: str, country: str | None) -> None:
    assert isinstance(read_vat_number(text, country), Refusal)


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("552 008 443", "FR", "552008443"),
        ("732 829 320 00074", "FR", "73282932000074"),
        ("SC 123456", "GB", "SC123456"),
        ("00445790", "GB", "00445790"),
        ("995 525 828", "NO", "995525828"),
        ("HRB 12345 B", "DE", "HRB 12345 B"),
        ("391-77", None, "391-77"),
    ],
)
def test_a_registration_number_that_is_right(text: str, country: str | None, kept: str) -> None:
    assert read_registration_number(text, country) == kept


@pytest.mark.parametrize(
    ("text", "country"), [("552 008 444", "FR"), ("1234567", "GB"), ("995525829", "NO"), ("?", None), ("1", "DE")]
)
def test_a_registration_number_that_is_wrong(text: str, country: str | None) -> None:
    assert isinstance(read_registration_number(text, country), Refusal)


def test_an_iban_is_checked() -> None:
    assert read_iban("FR76 3000 6000 0112 3456 7890 189") == "FR7630006000011234567890189"
    for wrong in ("FR76 3000 6000 0112 3456 7890 188", "FR76", "XX00", "", "é"):
        assert isinstance(read_iban(wrong), Refusal)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("anna@example.com", "anna@example.com"),
        ("Anna.O'Neil+bills@Mail.Example.COM", "Anna.O'Neil+bills@mail.example.com"),
        ("佐藤@例え.テスト", "佐藤@例え.テスト"),
        ("käthe@bücher.de", "käthe@bücher.de"),
    ],
)
def test_an_email_of_sound_form(text: str, kept: str) -> None:
    assert read_email(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "anna", "anna@", "@example.com", "anna@example", "anna@@example.com", "an na@example.com", ".anna@example.com",
        "anna.@example.com", "a..b@example.com", "anna@-example.com", "anna@example-.com", "anna@example..com",
        "anna@exa_mple.com", "anna@192.168.0.1", "anna@example.c", "a" * 65 + "@example.com",
        "anna@" + "b" * 64 + ".com", "anna@" + ".".join(["b" * 60] * 5) + ".com",
        "anna@example.com, otto@example.com", "<anna@example.com>",
    ],
)  # fmt: skip
def test_an_email_of_wrong_form(text: str) -> None:
    assert isinstance(read_email(text), Refusal)


def test_a_telephone_number_is_kept_in_the_worlds_form() -> None:
    assert read_phone("01 42 68 53 00", "FR") == "+33142685300"
    assert read_phone("+44 20 7946 0958", "FR") == "+442079460958"
    for wrong, country in (("01 42 68 53 00", None), ("12", "FR"), ("call me", "FR"), ("+999 123", None)):
        assert isinstance(read_phone(wrong, country), Refusal)


def test_countries_currencies_and_languages_are_those_of_the_world() -> None:
    assert read_country("fr") == "FR"
    assert read_currency("eur") == "EUR"
    assert [read_language(text) for text in ("FR", "en-gb", "en_GB", "zh-hant-tw", "fil")] == [
        "fr", "en-GB", "en-GB", "zh-Hant-TW", "fil",
    ]  # fmt: skip
    for wrong in ("EURO", "XXX", "XTS", "XAU", "DEM", "HRK", "€"):
        assert isinstance(read_currency(wrong), Refusal)
    for wrong in ("xx", "french", "fr-XX", "fr-", "", "fra"):
        assert isinstance(read_language(wrong), Refusal)
    assert {"EUR", "USD", "JPY", "TND", "XOF"} <= currency_codes()


@pytest.mark.parametrize(
    ("text", "meant"), [("France", "FR"), ("UK", "GB"), ("DEU", "DE"), ("EL", "GR"), ("Vietnam", "VN")]
)
def test_a_country_written_otherwise_comes_with_its_code(text: str, meant: str) -> None:
    found = read_country(text)
    assert isinstance(found, Refusal)
    assert found.message.endswith(f"; did you mean {meant}?")
