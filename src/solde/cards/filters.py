"""By what the list of card transactions is narrowed, and what their kinds and states are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from solde.listings.filters import AccountCode, DateFrom, DateUntil, Filter, SellerId, search
from solde.listings.options import Options, options_of

from .model import CardKind, CardState

KIND_WORDS: Mapping[str, str] = {
    CardKind.CHARGE: "Charge",
    CardKind.AUTHORIZE: "Authorization",
    CardKind.CAPTURE: "Capture",
    CardKind.VOID: "Void",
    CardKind.REFUND: "Refund to the card",
}
STATE_WORDS: Mapping[str, tuple[str, str]] = {
    CardState.CREATED: ("Under way", "amber"),
    CardState.PENDING: ("Waits for the cardholder", "amber"),
    CardState.AUTHORIZED: ("Authorized", "blue"),
    CardState.CAPTURED: ("Captured", "green"),
    CardState.VOIDED: ("Voided", "grey"),
    CardState.EXPIRED: ("Expired", "grey"),
    CardState.REFUNDED: ("Refunded", "grey"),
    CardState.DECLINED: ("Declined", "red"),
    CardState.FAILED: ("Failed", "red"),
    CardState.UNKNOWN: ("Outcome unknown", "red"),
}
KINDS, STATES = Options(KIND_WORDS), options_of(STATE_WORDS)


class AllTransactionsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions of all accounts; None leaves a condition out. Days are those of UTC."""

    seller_id: SellerId = None
    q: Annotated[str | None, search("Customer, account", "Words of the customer, as its search finds them.")] = None
    kind: Annotated[
        tuple[CardKind, ...] | None, Filter(label="Transaction", help="Of one of these kinds.", options=KINDS)
    ] = None
    state: Annotated[
        tuple[CardState, ...] | None, Filter(label="State", help="In one of these states.", options=STATES)
    ] = None
    attention: Annotated[
        bool,
        Filter(
            label="To look at",
            help="Only those of unknown outcome, or that a person has to look at.",
            only="Only what a person has to look at",
        ),
    ] = False
    date_from: DateFrom = None
    date_until: DateUntil = None
    account: AccountCode = None


ALL = AllTransactionsFilter()
