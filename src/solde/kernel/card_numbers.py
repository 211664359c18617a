"""Does a text hold what looks like the number of a payment card? Such a number is never kept, whoever writes it."""

from __future__ import annotations

import re

from .refusals import Kind, Refusal, declare, refuse

CARD_NUMBER_IN_TEXT = declare(
    "card_number_in_text", Kind.INVALID, "Leave the card number out; add the card on the gateway's page instead."
)

# 13 to 19 digits in one run, or in groups that are no part of a longer number or word (such as an IBAN in groups).
_NUMBER = re.compile(r"(?<![\w.])(?:[2-6]\d{12,18}|(?<!\d[ -])[2-6](?:[ -]?\d){12,18}(?![ -]?\d))(?!\w)", re.ASCII)


def holds_card_number(text: str) -> bool:
    """Is there a number of 13 to 19 digits with a right check digit, as cards have that begin with 2 to 6?"""
    return len(text) >= 13 and any(_has_check_digit(found.group()) for found in _NUMBER.finditer(text))


def _has_check_digit(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d if place % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def check_no_card_number(text: str | None, field: str | None = None) -> Refusal | None:
    """Refuses card_number_in_text; the number itself is not repeated."""
    if text is None or not holds_card_number(text):
        return None
    return refuse(CARD_NUMBER_IN_TEXT, f"{field or 'the text'} holds what looks like a card number", field=field)
