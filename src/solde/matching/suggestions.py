"""Suggestions for an account: what probably belongs together, and why."""

from __future__ import annotations

from solde.db import Connection
from solde.operations import Side, Types
from solde.operations import store as operation_store

from . import store
from .model import Suggestion
from .suggesting import suggest

READ_MOST = 200
"""How many open items of a side suggestions look at."""


async def suggestions_for(conn: Connection, account_id: int, types: Types) -> list[Suggestion]:
    """Suggested matches of an account's open items, best reason first."""
    items = await operation_store.oldest_open_items(conn, [account_id], types.deposit_ids, READ_MOST)
    references = await store.references_of(conn, account_id, [i.number for i in items])
    debits = [i for i in items if i.side is Side.DEBIT]
    credits = [i for i in items if i.side is Side.CREDIT]
    return suggest(debits, credits, references)
