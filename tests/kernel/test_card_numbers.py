"""What looks like a card number is found in a text, and what only looks a little like one is not."""

from __future__ import annotations

import pytest

from solde.kernel.card_numbers import check_no_card_number, holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "paid with 4242-4242-4242-4242, thanks",
        "5555555555554444",
        "378282246310005",
        "card:4000000000000002.",
        "6011000990139424 and more",
        "2223003122003222",
        "no 1 4242424242424242",
    ],
)
def test_a_card_number_is_found_however_it_is_written(text: str) -> None:
    refusal = check_no_card_number(text, "comment")
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("card_number_in_text", "comment")
    assert "4242" not in refusal.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242424242424241",
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "INV-2026-0000000001",
        "0000000000000000",
        "+49 171 1234567",
        "42424242424242424242424242",
        "1234567890123.45",
    ],
)
def test_what_is_no_card_number_is_left(text: str) -> None:
    assert not holds_card_number(text)
