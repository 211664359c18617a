"""Verify the books in one snapshot of the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from psycopg import DataError, InternalError

from solde.audit import verify_chain
from solde.db import Connection, Pool, load

from .card_numbers import CARD_NUMBERS, MEANING, find_card_numbers
from .model import Report, VerificationDifference
from .sealing import as_sealed

sql = load(__package__)

DIFFERENCES_MOST = 200

SEALED_WITHIN = timedelta(minutes=15)
"""How long a record may wait to be sealed: a server does it every minute."""

CHAIN = "audit_chain"

CHECKS = {
    "numbering": "operations of an account are numbered 1, 2, 3, … and the counter stands at the last",
    "facts": "each operation has the class, side and currency of its type and account",
    "recorded_order": "operations were recorded in the order of their numbers",
    "open_items": "what is open and disputed of each operation is its amount less its standing matches",
    "history": "on no day was more matched of an operation than its amount, or more disputed than open",
    "disputes": "the work list of litigation holds each operation that is disputed, as its last event tells",
    "credit_notes": "credit notes that stand credit invoices, and none by more than its amount",
    "credited_tax": "credit notes that stand take back no more tax than their invoice has",
    "settled_items": "each settled operation is remembered from its date to the day it was closed",
    "totals": "totals by type, exclusion and status are the sums of the operations",
    "matches": "each match joins debits with credits of one account, no earlier than both",
    "match_numbering": "matches, reversals and litigation events are numbered without gap",
    "reversals": "each reversal concerns lines of its match and is no earlier than it",
    "roundings": "what rounding closed is closed: a rounding that was not taken back goes with the match that it rounded",
    "balance": "debits less credits are open debits less open credits",
    "snapshots": "each snapshot of totals is the sum of the operations it knows",
    "deposits": "each security deposit holds what its history says, and its operations are open by that",
    "directory": "each account has one code, one profile and a customer",
    "definitions": "there is exactly one default balance and every definition points to its newest version",
    "instalment_plans": "the instalments of each plan, and what it puts off, add up to its amount; its operations are so",
    "periods": "the periods of a year follow each other without gap, and closed days are those of closed periods",
    "posting": "nothing counts in a period that was closed for all before it was posted",
    "pieces": "each exported operation has its piece in the journal, on its accounting day, and no other has one",
    "entries": "entries of a piece balance, and the customer's line is the operation: receivables are the operations exported",
    "sequences": "the pieces of each journal and year are numbered without gap",
    "marks": "no account is taken to accounting beyond its last operation",
    "unbilled": "what the unbilled items of an account come to is their sum, and they are numbered without gap",
    "billed": "an operation that bills items is their gross sum, but for the rounding of its lines",
    "corrections": "an item taken back is taken back whole, by the same of the other sign",
    "adjustments": "each adjustment made an item or operations of its amount, in the direction of its type",
    "cards": "sums of card transactions are those of their operations, refunds and chargebacks",
    "card_references": "each reference of a gateway belongs to one card transaction",
    "open_marks": "open items know their latest day and why they are disputed",
    "closed": "nothing is open, held or unbilled on an account that is closed",
    "transfers": "both ends of each transfer are as much, on opposite sides",
    "receipts": "receipts of nobody are assigned as much as their payments, and given back as recorded",
    "approvals": "what each did alone in a day is the sum of it, and what waits is what was proposed",
    "exports": "files of entries that are kept are what was exported",
    "below": "billing accounts and user accounts have their codes",
    "receivables": "the customer's line of each piece stands on the general account that its scheme chose",
    "sealed_facts": "facts are as they were sealed: none was edited, removed or added since",
    "sealed_state": "settings, accounts, cards, deposits, plans and approvals changed by nothing but recorded actions",
    "seal": "the block sealed last is there, and no record waits to be sealed for long",
    "answers": "answers kept for repeated requests name what was posted",
    "told": "operations, matches, reversals and litigation events are what the audit records of their actions say",
    "nothing_ahead": "nothing counts from a day after today, where its seller is",
    "audit": "each operation, match, reversal, litigation event, card transaction, unbilled item and adjustment has its audit record",
    CARD_NUMBERS: MEANING,
    CHAIN: "the audit chain is as it was sealed",
}


Progress = Callable[[str, int, int], None]
"""Told before each check: what it is about, its place, and how many there are."""

COUNTED = (
    "accounts", "operations", "matches", "reversals", "litigation_events", "audit_records", "audit_blocks", "journal_entries",
)  # fmt: skip


async def verify(pool: Pool, *, now: datetime, progress: Progress = lambda _check, _place, _total: None) -> Report:
    """Recompute everything that can be recomputed; gives every difference.

    All checks read one snapshot, so that people may go on working meanwhile.
    """
    found: list[VerificationDifference] = []
    seconds: dict[str, float] = {}
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("set transaction isolation level repeatable read, read only")
        await conn.execute("set local statement_timeout = 0")
        await conn.execute("set local work_mem = '64MB'")
        for place, (name, meaning) in enumerate(CHECKS.items(), 1):
            progress(meaning, place, len(CHECKS))
            began = time.perf_counter()
            found += await differences_of(conn, name, now)
            seconds[name] = round(time.perf_counter() - began, 3)
        row = await (await conn.execute(sql.count_all)).fetchone()
    assert row is not None
    return Report(now, dict(zip(COUNTED, row, strict=True)), tuple(CHECKS.values()), tuple(found), seconds)


async def differences_of(conn: Connection, check: str, now: datetime) -> list[VerificationDifference]:
    """What one of the checks finds, at most `DIFFERENCES_MOST`."""
    if check == CARD_NUMBERS:
        return await find_card_numbers(conn, DIFFERENCES_MOST)
    if check == CHAIN:
        return [
            VerificationDifference(CHAIN, 0, f"block {f.block_number}", f.fault, "") for f in await verify_chain(conn)
        ]
    await as_sealed(conn)
    values = {"most": DIFFERENCES_MOST, "within": SEALED_WITHIN, "now": now}
    try:
        async with conn.transaction():
            rows = await (await conn.execute(getattr(sql, f"check_{check}"), values)).fetchall()
    except (DataError, InternalError) as error:
        # What was written past the rules may be such that no statement can reckon with it.
        return [VerificationDifference(check, 0, "everywhere", str(error).splitlines()[0], "a check that can be made")]
    return [VerificationDifference(check, *row) for row in rows]
