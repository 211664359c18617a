"""Verify the books in one snapshot of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from solde.audit import verify_chain
from solde.db import Connection, Pool, load

from .model import Difference, Report
from .sealing import as_sealed

sql = load(__package__)

DIFFERENCES_MOST = 200

SEALED_WITHIN = timedelta(minutes=15)
"""How long a record may wait to be sealed: a server does it every minute."""

CHECKS = {
    "check_numbering": "operations of an account are numbered 1, 2, 3, … and the counter stands at the last",
    "check_facts": "each operation has the class, side and currency of its type and account",
    "check_recorded_order": "operations were recorded in the order of their numbers",
    "check_open_items": "what is open and disputed of each operation is its amount less its standing matches",
    "check_history": "on no day was more matched of an operation than its amount, or more disputed than open",
    "check_disputes": "the work list of litigation holds each operation that is disputed, as its last event tells",
    "check_credit_notes": "credit notes that stand credit invoices, and none by more than its amount",
    "check_credited_tax": "credit notes that stand take back no more tax than their invoice has",
    "check_settled_items": "each settled operation is remembered from its date to the day it was closed",
    "check_totals": "totals by type, exclusion and status are the sums of the operations",
    "check_matches": "each match joins debits with credits of one account, no earlier than both",
    "check_match_numbering": "matches, reversals and litigation events are numbered without gap",
    "check_reversals": "each reversal concerns lines of its match and is no earlier than it",
    "check_balance": "debits less credits are open debits less open credits",
    "check_snapshots": "each snapshot of totals is the sum of the operations it knows",
    "check_deposits": "each security deposit holds what its history says, and its operations are open by that",
    "check_directory": "each account has one code, one profile and a customer",
    "check_definitions": "there is exactly one default balance and every definition points to its newest version",
    "check_instalment_plans": "the instalments of each plan, and what it puts off, add up to its amount; its operations are so",
    "check_periods": "the periods of a year follow each other without gap, and closed days are those of closed periods",
    "check_posting": "nothing counts in a period that was closed for all before it was posted",
    "check_pieces": "each exported operation has its piece in the journal, on its accounting day, and no other has one",
    "check_entries": "entries of a piece balance, and the customer's line is the operation: receivables are the operations exported",
    "check_sequences": "the pieces of each journal and year are numbered without gap",
    "check_marks": "no account is taken to accounting beyond its last operation",
    "check_unbilled": "what the unbilled items of an account come to is their sum, and they are numbered without gap",
    "check_billed": "an operation that bills items is their gross sum, but for the rounding of its lines",
    "check_corrections": "an item taken back is taken back whole, by the same of the other sign",
    "check_adjustments": "each adjustment made an item or operations of its amount, in the direction of its type",
    "check_cards": "sums of card transactions are those of their operations, refunds and chargebacks",
    "check_card_references": "each reference of a gateway belongs to one card transaction",
    "check_sealed_facts": "facts are as they were sealed: none was edited, removed or added since",
    "check_sealed_state": "settings, accounts, cards, deposits, plans and approvals changed by nothing but recorded actions",
    "check_seal": "the block sealed last is there, and no record waits to be sealed for long",
    "check_audit": "each operation, match, reversal, litigation event, card transaction, unbilled item and adjustment has its audit record",
}


async def verify(pool: Pool, *, now: datetime, progress: Callable[[str], None] = lambda _check: None) -> Report:
    """Recompute everything that can be recomputed; gives every difference.

    All checks read one snapshot, so that people may go on working meanwhile.
    """
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("set transaction isolation level repeatable read, read only")
        await conn.execute("set local statement_timeout = 0")
        await as_sealed(conn)
        await conn.execute("set local work_mem = '64MB'")
        found: list[Difference] = []
        for name, meaning in CHECKS.items():
            progress(meaning)
            found += await _check(conn, name)
        progress("the audit chain is as it was sealed")
        found += [
            Difference("audit_chain", 0, f"block {f.block_number}", f.fault, "") for f in await verify_chain(conn)
        ]
        row = await (await conn.execute(sql.count_all)).fetchone()
    assert row is not None
    names = (
        "accounts",
        "operations",
        "matches",
        "reversals",
        "litigation_events",
        "audit_records",
        "audit_blocks",
        "journal_entries",
    )
    return Report(
        now, dict(zip(names, row, strict=True)), (*CHECKS.values(), "the audit chain is as it was sealed"), tuple(found)
    )


async def _check(conn: Connection, name: str) -> list[Difference]:
    cursor = await conn.execute(getattr(sql, name), {"most": DIFFERENCES_MOST, "within": SEALED_WITHIN})
    return [Difference(name.removeprefix("check_"), *row) for row in await cursor.fetchall()]
