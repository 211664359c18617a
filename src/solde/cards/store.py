"""Statements of card payments."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection

from .model import CardKind, CardState, CardTransaction, PaymentCard


async def list_cards(conn: Connection, account_id: int) -> list[PaymentCard]:
    """The cards of an account that are not removed, the default first."""
    raise NotImplementedError


async def list_transactions(
    conn: Connection, account_id: int, kinds: Sequence[CardKind] = (), states: Sequence[CardState] = ()
) -> list[CardTransaction]:
    """The transactions of an account, newest first."""
    raise NotImplementedError
