"""The cards that the sandbox takes: the number typed on its page decides what a card does, and is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

APPROVE, THREE_D_SECURE = "approve", "three_d_secure"
REPLY_LOST, REQUEST_LOST, LATE = "reply_lost", "request_lost", "late"
DECLINE = "decline:"


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card of the sandbox: its brand, what it does, and that in words."""

    __test__ = False

    brand: str
    behaviour: str
    words: str


TEST_CARDS: Mapping[str, TestCard] = {
    "4242424242424242": TestCard("visa", APPROVE, "Approves everything"),
    "5555555555554444": TestCard("mastercard", APPROVE, "Approves everything"),
    "378282246310005": TestCard("amex", APPROVE, "Approves everything"),
    "4000000000003220": TestCard("visa", THREE_D_SECURE, "Asks the cardholder to confirm"),
    "4000000000000002": TestCard("visa", DECLINE + "do_not_honor", "Declines: do not honor"),
    "4000000000009995": TestCard("visa", DECLINE + "insufficient_funds", "Declines: insufficient funds"),
    "4000000000000069": TestCard("visa", DECLINE + "expired_card", "Declines: expired card"),
    "4000000000009987": TestCard("visa", DECLINE + "lost_card", "Declines: lost card"),
    "4000000000001018": TestCard("visa", REPLY_LOST, "Does it, and the reply is lost"),
    "4000000000001026": TestCard("visa", REQUEST_LOST, "The first request is lost on its way"),
    "4000000000001034": TestCard("visa", LATE, "Approves a minute later, by an event"),
}
"""By number. They are no cards of anybody."""
