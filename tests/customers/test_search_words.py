"""The words by which a customer is found."""

from __future__ import annotations

from solde.customers import SearchField
from solde.customers.rules import search


def test_texts_are_folded_to_plain_small_letters() -> None:
    assert search.words("Électricité  de l'Œuvre, Łódź & Straße") == [
        "electricite", "de", "l", "oeuvre", "lodz", "strasse",
    ]  # fmt: skip
    assert search.fold("ＡＣＭＥ №１") == "acme no1"
    assert search.fold("İSTANBUL") == "istanbul"


def test_a_code_is_found_whole_and_by_its_pieces() -> None:
    terms = search.search_terms({SearchField.CUSTOMER_CODE: "CUST-000123", SearchField.COUNTRY: "VN"})
    assert terms == {
        "cust000123": SearchField.CUSTOMER_CODE,
        "000123": SearchField.CUSTOMER_CODE,
        "123": SearchField.CUSTOMER_CODE,
        "vn": SearchField.COUNTRY,
        "viet": SearchField.COUNTRY,
        "nam": SearchField.COUNTRY,
        "vietnam": SearchField.COUNTRY,
    }


def test_a_number_in_a_code_is_found_without_the_zeros_before_it() -> None:
    for code in ("DEMO-00277", "00277", "DEMO00277", "X-0-277"):
        assert "277" in search.search_terms({SearchField.ACCOUNT_CODE: code}), code
    assert search.query_words("DEMO-277") == ["demo", "277"]


def test_a_word_in_several_fields_stands_in_the_best() -> None:
    terms = search.search_terms({SearchField.CUSTOMER_DESCRIPTION: "Acme France", SearchField.ACCOUNT_CODE: "ACME"})
    assert terms["acme"] == SearchField.ACCOUNT_CODE


def test_a_query_word_that_another_begins_with_is_left_out() -> None:
    assert search.query_words("mart Martin du du Midi") == ["martin", "du", "midi"]
    assert search.query_words(" -- ") == []
    assert len(search.query_words(" ".join(f"w{i}x" for i in range(50)))) == search.MOST_WORDS
