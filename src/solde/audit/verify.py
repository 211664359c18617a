"""Check the chain against the records."""

from __future__ import annotations

from solde.db import Connection

from . import rules, store
from .model import ChainFault


async def verify_chain(conn: Connection) -> list[ChainFault]:
    """Recompute every block; gives the blocks whose link, bounds, count or hash differ.

    Finds a record edited, removed, added or moved inside a sealed stretch, and a block edited, removed or moved.
    A chain cut at its end, with its records, shows only against a copy of the last hash kept elsewhere.
    """
    faults: list[ChainFault] = []
    previous, end, expected_number = rules.GENESIS, 0, 1
    for number, after_id, through_id, records, linked, sealed, facts in await store.list_blocks(conn):
        if number != expected_number or after_id != end:
            faults.append(ChainFault(number, "a block before it is missing"))
        if linked != previous:
            faults.append(ChainFault(number, "it does not continue the block before it"))
        rows = await store.records_between(conn, after_id, through_id)
        digest, count = rules.chain_hash(linked, after_id, through_id, facts, rows)
        if count != records:
            faults.append(ChainFault(number, f"{records} records were sealed, {count} are there"))
        elif digest != sealed:
            faults.append(ChainFault(number, "a record differs from what was sealed"))
        previous, end, expected_number = sealed, through_id, number + 1
    return faults
