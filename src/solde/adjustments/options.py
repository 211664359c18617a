"""Which transactions of the wizard can run now, and why the others cannot."""

from __future__ import annotations

from datetime import datetime

from solde.access.model import Permission
from solde.access.rules.permissions import WORDS
from solde.cards import CardTransaction, list_cards, list_transactions
from solde.db import Connection

from . import rules
from .model import LEDGER_TYPES, AccountStanding, AdjustmentType, Option

TRANSACTIONS_MOST = 200
"""How many of the newest card transactions are looked at for those that can be captured, voided or refunded."""


async def options_of(
    conn: Connection, standing: AccountStanding, permissions: frozenset[Permission], *, cards_on: bool, now: datetime
) -> list[Option]:
    """Every transaction in the order of the wizard, as somebody with these permissions finds it."""
    cards, transactions = await list_cards(conn, standing.account_id), await card_subjects(conn, standing.account_id)
    options = []
    for kind in AdjustmentType:
        missing = rules.missing_permission(kind, permissions)
        if missing is not None:
            options.append(Option(kind, f"Your role may not {WORDS[missing]}.", missing=missing))
        elif kind in LEDGER_TYPES:
            options.append(rules.option_of(kind, standing))
        elif not cards_on:
            options.append(Option(kind, "Card payments are switched off."))
        else:
            options.append(rules.card_option(kind, standing, cards=len(cards), transactions=transactions, now=now))
    return options


async def card_subjects(conn: Connection, account_id: int) -> list[CardTransaction]:
    """The newest card transactions of an account."""
    return await list_transactions(conn, account_id, limit=TRANSACTIONS_MOST)
