"""Statements of activity."""

from __future__ import annotations

from collections.abc import Sequence

from solde.audit import KeptRecord
from solde.db import Connection, load

from .model import PostedLine

sql = load(__package__)

POSTINGS_MOST = 5
"""Operations of one action that are read."""
MERGED_MOST = 1000
"""Operations of one instant that are looked through: postings of many callers are merged under one."""


async def postings_of_actions(
    conn: Connection, records: Sequence[KeptRecord]
) -> dict[tuple[int, int], tuple[PostedLine, ...]]:
    """The operations that these actions posted, by account and action."""
    values = {
        "account_ids": [r.account_id for r in records],
        "action_ids": [r.action_id for r in records],
        "recorded": [r.recorded_at for r in records],
        "span": MERGED_MOST,
        "most": POSTINGS_MOST,
    }
    found: dict[tuple[int, int], tuple[PostedLine, ...]] = {}
    for account_id, action_id, *rest in await (await conn.execute(sql.postings_of_actions, values)).fetchall():
        found[account_id, action_id] = (*found.get((account_id, action_id), ()), PostedLine(*rest))
    return found
