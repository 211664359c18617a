"""What looks like a card number is found in a text, and what only looks a little like one is not."""

from __future__ import annotations

import time

import pytest
from kernel.everyday_texts import everyday_texts

from solde.kernel.card_numbers import check_no_card_number, holds_card_number, without_card_number


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
        "carte4111111111111111",
        "4111111111111111x",
        "pan_4111111111111111",
        "12 4111 1111 1111 1111",
        "12345678 4111 1111 1111 1111",
        "202611304111111111111111",
        "0004111111111111111",
        "4111111111111111=2612101",
        "\uff14\uff11\uff11\uff11" * 1 + "\uff11" * 12,
        "\u0664" + "\u0661" * 15,
        "cards 4111111111111111.csv",
        "3782 822463 10005",
        "3530111333300000",
        "30569309025904",
        "6205500000000000004",
        "4222222222222",
        "135412345678911",
    ],
)
def test_a_card_number_is_found_however_it_is_written(text: str) -> None:
    refusal = check_no_card_number(text, "comment")
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("card_number_in_text", "comment")
    assert "4242" not in refusal.message


SIGNS = [*" -./_,|:'*", "  ", " - ", "\t", "\n", "\r\n", *"\u00a0\u2009\u202f\u3000\u2013\u200b\u2060\ufeff\u00ad"]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_card_number_is_found_whatever_stands_between_its_digits(sign: str) -> None:
    number = "4111111111111111"
    assert holds_card_number(f"see {sign.join(number[i : i + 4] for i in range(0, 16, 4))}!")
    assert holds_card_number(sign.join(number))


def test_everyday_texts_are_left_but_for_one_in_ten_thousand() -> None:
    false_alarms = [text for text in everyday_texts(100_000, seed=1) if holds_card_number(text)]
    assert len(false_alarms) < 10, false_alarms


def test_a_card_number_behind_an_iban_is_found() -> None:
    assert not holds_card_number("DE89 3704 0044 0532 0130 00 4111")
    assert holds_card_number("DE89 3704 0044 0532 0130 00 / 4111 1111 1111 1111")


def test_what_holds_a_card_number_is_not_shown() -> None:
    assert without_card_number("/accounts/4111111111111111") == "(hidden: it looks like a card number)"
    assert without_card_number("/accounts/CUST-000004") == "/accounts/CUST-000004"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "iban DE89 3704 0044 0532 0130 00 thanks",
        "RF18 5390 0754 7034",
        "21 00000 00003 13947 14300 09017",
        "4006381333931",
        "+4915201234567",
        "pays 4501, 4502, 4503, 4504, 4505",
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


HOSTILE = {
    "digits and blanks": lambda n: "1 " * (n // 2),
    "digits alone": lambda n: "9" * n,
    "IBANs": lambda n: "DE12 3456 7890 1234 5678 " * (n // 25),
    "digits and dashes beside an accent": lambda n: "é" + "1-" * (n // 2),
    "beginnings of IBANs": lambda n: "9" * 13 + " " + "AA11 " * (n // 5),
    "rows one digit too short": lambda n: "9" * 13 + " x " + "1-1-1-1-1-1-1-1-1-1-1-1-x" * (n // 25),
    "marks above marks": lambda n: "9" * 13 + "\u0315\u0300" * (n // 2),
    "signs that stand for many": lambda n: "9" * 13 + "\ufdfa" * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_twice_as_long_costs_about_twice_as_much(name: str) -> None:
    def cost(size: int) -> float:
        text, least = HOSTILE[name](size), 9.0
        for _ in range(5):
            begun = time.process_time()
            holds_card_number(text)
            least = min(least, time.process_time() - begun)
        return least

    # Four times as much where it grew with the square; the smallest costs are told by the clock's own steps.
    assert cost(200_000) < 3 * cost(100_000) + 0.01
